"""An emulator that the registry says how to start: up, down, and every way in which it is not there."""

import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.cli.main import main
from harness.deployment.access import aws_environment
from harness.embedded.processes import ProcessRecord, answers, stop
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import TargetState
from harness.environment import client
from harness.failure import HarnessError
from harness.targets.identity import identity, require_version
from harness.targets.starting import bring_up, take_down
from harness.targets.target import Start, Target


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    text = f"{sys.executable} {tmp_path / 'program.py'}"
    monkeypatch.setenv("EMULATOR_COMMAND", text)
    return text


@contextmanager
def another_run_folder(tmp_path: Path) -> Iterator[None]:
    """Make what runs already look as if others had started it."""
    with pytest.MonkeyPatch.context() as other:
        other.setenv("RUN_FOLDER", str(tmp_path / "another"))
        yield


def started() -> Mapping[str, ProcessRecord]:
    state = TargetState.read(RunFolder.of_target("small"))
    assert state is not None
    return state.processes


def test_it_is_started_by_the_callers_command_with_the_registrys_arguments_and_stopped_again(
    small: Target, command: str
) -> None:
    done = bring_up(small)
    assert (done.started, done.ours) == (True, True)
    assert identity(small, {"AWS_ENDPOINT_URL": str(small.endpoint)}) == ("Small", "1.2")
    processes = started()
    pid = processes["emulator"].pid
    assert not bring_up(small).started
    assert take_down(small) == ["emulator"]
    assert not psutil.pid_exists(pid)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(str(small.endpoint), timeout=5)


def test_it_is_up_only_when_it_tells_its_version_not_when_its_port_opens(small: Target, command: str) -> None:
    """The small emulator answers 404 to its first three questions."""
    bring_up(small)
    with urllib.request.urlopen(f"{small.endpoint}/_small/health", timeout=5) as answer:
        assert answer.status == 200


def test_its_log_is_kept_when_it_is_down(small: Target, command: str) -> None:
    bring_up(small)
    take_down(small)
    assert (RunFolder.of_target("small").logs / "emulator.log").exists()


def test_what_others_started_is_used_and_left_alone(
    small: Target, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring_up(small)
    with another_run_folder(tmp_path):
        done = bring_up(small)
        assert (done.started, done.ours) == (False, False)
        assert take_down(small) == []
        assert main(["down", "--target", "small"]) == 0
        assert "still answers what the harness did not start" in capsys.readouterr().out
    assert identity(small, {"AWS_ENDPOINT_URL": str(small.endpoint)})[1] == "1.2"


def test_a_companion_is_started_beside_an_emulator_that_others_started_and_down_stops_it_alone(
    small_with: Callable[..., Target], command: str, tmp_path: Path
) -> None:
    small = small_with()
    bring_up(small)
    with another_run_folder(tmp_path):
        beside = small_with(companion=["codecommit"])
        with pytest.raises(HarnessError, match="nothing answers for codecommit beside it: type `python -m harness up"):
            aws_environment(beside)
        done = bring_up(beside)
        environment = aws_environment(beside)
        assert environment["AWS_ENDPOINT_URL"] == small.endpoint
        assert environment["AWS_ENDPOINT_URL_CODECOMMIT"] == f"http://{done.endpoints['code_services']}"
        assert "AWS_ENDPOINT_URL_CODEDEPLOY" not in environment
        assert client("codecommit", environment).list_repositories()["repositories"] == []
        assert bring_up(beside).endpoints == done.endpoints
        RunFolder.of_target("small").make()
        state_file = RunFolder.of_target("small").terraform_state
        state_file.write_text("{}")
        assert take_down(beside) == ["code_services"]
        assert not answers(int(done.endpoints["code_services"].rpartition(":")[2]))
        assert state_file.exists(), "what was applied to the other's emulator is there still"
    assert identity(small, {"AWS_ENDPOINT_URL": str(small.endpoint)})[1] == "1.2"


def test_a_companion_of_another_endpoint_is_replaced(small_with: Callable[..., Target], command: str) -> None:
    here = small_with(companion=["codecommit"])
    first = bring_up(here).endpoints["code_services"]
    processes = started()
    same = replace(here, endpoint=str(here.endpoint).replace("127.0.0.1", "localhost"))
    replaced = bring_up(same).endpoints["code_services"]
    assert replaced != first
    assert not processes["code_services"].alive()


def test_a_companion_that_died_is_missed_and_started_again(
    small_with: Callable[..., Target], command: str, tmp_path: Path
) -> None:
    bring_up(small_with())
    with another_run_folder(tmp_path):
        beside = small_with(companion=["codecommit"])
        bring_up(beside)
        processes = started()
        stop(processes["code_services"])
        with pytest.raises(HarnessError, match="nothing answers for codecommit"):
            aws_environment(beside)
        bring_up(beside)
        assert "AWS_ENDPOINT_URL_CODECOMMIT" in aws_environment(beside)
        take_down(beside)


def test_one_that_others_started_and_that_is_starting_still_is_waited_for(
    small_with: Callable[..., Target], command: str, tmp_path: Path
) -> None:
    small = small_with()
    bring_up(small)
    with another_run_folder(tmp_path):
        bring_up(small_with(health="/_small/health"))
        slow = replace(small_with(health="/_small/other"), start=replace(Start(), seconds=0.2))
        with pytest.raises(HarnessError, match="/_small/other answers 200: not so after"):
            bring_up(slow)


def test_what_was_applied_to_an_emulator_that_is_gone_is_discarded(small: Target, command: str) -> None:
    run = RunFolder.of_target("small")
    run.make()
    run.terraform_state.write_text("{}")
    assert "its emulator is gone" in bring_up(small).discarded
    assert not run.terraform_state.exists()


def test_one_that_died_is_started_afresh_and_said_so(small: Target, command: str) -> None:
    bring_up(small)
    processes = started()
    process = psutil.Process(processes["emulator"].pid)
    process.kill()
    process.wait(5)
    again = bring_up(small)
    assert again.started
    assert "its emulator is gone" in again.discarded


def test_without_command_program_and_image_the_remedies_are_named(
    small: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HarnessError, match="put small-emulator-that-is-nowhere on PATH, or give EMULATOR_COMMAND"):
        bring_up(small)


def test_one_that_ends_at_once_shows_what_it_said(
    small: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMULATOR_COMMAND", f"{sys.executable} {tmp_path / 'program.py'} fail")
    with pytest.raises(HarnessError, match=r"ended with \d+: no licence"):
        bring_up(small)
    assert TargetState.read(RunFolder.of_target("small")) is None


def test_a_command_that_cannot_be_run_is_named(small: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_COMMAND", "no-such-emulator")
    with pytest.raises(HarnessError, match="no-such-emulator cannot be run: No such file"):
        bring_up(small)


def test_a_programs_relative_path_is_from_the_callers_folder(
    small: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "emulator"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/program.py "$@"\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMULATOR_COMMAND", "./emulator")
    assert bring_up(small).started


def test_an_image_without_docker_says_so(small: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_IMAGE", "an/emulator:1")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HarnessError, match="docker cannot be run"):
        bring_up(small)


def test_an_image_is_run_in_a_network_of_its_own_on_loopback_only_and_removed_with_what_it_started(
    small: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker itself is stood for by a program that notes its arguments: what it would be told is what is claimed here."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(
        f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\n[ "$1" = ps ] && echo task\n[ "$2" = inspect ] && exit 1\n'
        f'[ "$1" = run ] && VERSION=9 exec {sys.executable} {tmp_path}/program.py {str(small.endpoint).rpartition(":")[2]}\nexit 0\n'
    )
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{docker.parent}:/usr/bin:/bin")
    monkeypatch.setenv("EMULATOR_IMAGE", "an/emulator:1")
    bring_up(small)
    take_down(small)
    port = str(small.endpoint).rpartition(":")[2]
    asked = (tmp_path / "asked").read_text().splitlines()
    run = next(line for line in asked if line.startswith("run "))
    assert f"--publish 127.0.0.1:{port}:4566" in run
    assert run.endswith(" an/emulator:1")
    name = run.split("--name ")[1].split()[0]
    assert f"--network {name}" in run
    assert asked[1] == f"network create --opt com.docker.network.bridge.host_binding_ipv4=127.0.0.1 {name}"
    assert asked[-2:] == ["rm --force --volumes task", f"network rm {name}"]


def test_only_loopback_is_for_us_to_start_at(small: Target, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT", "http://[::ffff:127.0.0.9]:9")
    from harness.targets.registry import choose

    with pytest.raises(HarnessError, match="only on loopback do we start one"):
        bring_up(choose("small"))


def test_a_version_that_was_not_expected_is_one_line(small: Target) -> None:
    require_version(small, ("Small", "1.2"), "1.2")
    with pytest.raises(HarnessError, match=r"^target small: Small 1.2 answers, and version 1.3 was expected$"):
        require_version(small, ("Small", "1.2"), "1.3")
