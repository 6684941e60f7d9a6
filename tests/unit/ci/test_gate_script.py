"""`.ci/gate` by running it: what goes wrong before there is a verdict is could-not-judge, and there is a report however it ends."""

import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from harness.deadline import wait_for
from harness.embedded.processes import answers, free_port
from harness.embedded.run_folder import CHECKOUT

SCRIPT = CHECKOUT / ".ci" / "gate"


MAKE = {"MAKE": "make -o .venv/.installed"}  # the packages are there: this test runs on them
DOCKER = """#!/bin/sh
echo "$*" >>'{record}'
case $1 in load) echo '{said}'; exit {status} ;; run) echo 'no such image' >&2; exit 1 ;; esac
"""


def gate(*arguments: str, cwd: Path = CHECKOUT, **environment: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, **MAKE, **environment}
    return subprocess.run([SCRIPT, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, check=False)


def options() -> set[str]:
    return set(re.findall(r"^  --([a-z-]+)", gate("--help").stdout, re.M))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--frobnicate", "x"], "unknown option --frobnicate"),
        (["--target"], "--target wants a value"),
        (["--image", "a", "--command", "b"], "--image, --image-archive and --command exclude each other"),
        (["--image", "a", "--image-archive", "b"], "--image, --image-archive and --command exclude each other"),
        (["--target", "custom"], "give --target, --image, --image-archive, --command or --endpoint"),
        (["--image-archive", "nowhere.tar"], "no image archive at nowhere.tar"),
        (["--target", "moto", "--time-limit", "5"], "--time-limit is '5': give whole minutes, more than 5"),
        (["--target", "moto", "--time-limit", "1h"], "--time-limit is '1h': give whole minutes, more than 5"),
        (["--endpoint", "http://127.0.0.1:1", "--quick", "1"], "--quick is '1': give yes, or leave it out"),
        (["--endpoint", "http://127.0.0.1:1", "--baseline", "nowhere.json"], "no baseline at nowhere.json"),
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: list[str], told: str, tmp_path: Path) -> None:
    ran = gate(*arguments, cwd=tmp_path)
    assert ran.returncode == 3
    assert ran.stderr.startswith(f"error: {told}\n")
    assert "usage: .ci/gate" in ran.stderr


def test_an_emulator_that_is_not_there_is_could_not_judge_with_a_report(tmp_path: Path) -> None:
    ran = gate(
        "--command",
        "no-such-emulator",
        "--endpoint",
        f"http://127.0.0.1:{free_port()}",
        "--out",
        "reports",
        cwd=tmp_path,
    )
    assert ran.returncode == 2
    assert ran.stdout.splitlines()[-1] == "verdict: could-not-judge"
    report = (tmp_path / "reports" / "report.md").read_text()
    assert "could not judge" in report
    assert "no-such-emulator cannot be run" in report
    assert not (tmp_path / "reports" / "run").exists()


def test_another_version_than_expected_is_not_judged_and_what_was_started_is_stopped(tmp_path: Path) -> None:
    """On a real emulator, the one that we depend on, from a folder whose name has a space."""
    port, folder = free_port(), tmp_path / "it's a folder"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "ministack").symlink_to(Path(sys.executable).with_name("ministack"))
    ran = gate(
        *("--target", "ministack", "--command", "bin/ministack"),
        *("--endpoint", f"http://127.0.0.1:{port}", "--expect-version", "0.0.0", "--out", str(tmp_path)),
        cwd=folder,
    )
    assert ran.returncode == 2
    assert f" {version('ministack')} + {version('moto')} answers, and version 0.0.0 was expected" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "verdict: could-not-judge"
    assert not answers(port)
    assert (tmp_path / "logs" / "emulator.log").exists()


def test_what_an_earlier_run_left_is_not_published_as_the_result_of_one_that_could_not_judge(tmp_path: Path) -> None:
    left = [tmp_path / name for name in ("result.json", "junit.xml", "report.html", "history/custom/latest.json")]
    for file in left:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("an earlier run's")
    ran = gate("--command", "no-such-emulator", "--endpoint", f"http://127.0.0.1:{free_port()}", "--out", str(tmp_path))
    assert ran.returncode == 2
    assert [file.name for file in left if file.exists()] == []


def test_a_target_that_is_unknown_is_a_usage_error_with_the_names_that_there_are(tmp_path: Path) -> None:
    ran = gate("--target", "nope", "--out", str(tmp_path))
    assert ran.returncode == 3
    assert "unknown target 'nope': TARGET is one of embedded" in ran.stdout


def with_docker(folder: Path, said: str, status: int = 0) -> dict[str, str]:
    """Make a docker that writes down its arguments, loads an archive as told and runs nothing; return the PATH with it."""
    program = folder / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(DOCKER.format(record=folder / "record", said=said, status=status))
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("said", "name"),
    [("Loaded image: emulator:candidate", "emulator:candidate"), ("Loaded image ID: sha256:0a1b", "sha256:0a1b")],
)
def test_an_image_archive_is_loaded_and_the_image_of_its_name_is_started(tmp_path: Path, said: str, name: str) -> None:
    (tmp_path / "an image.tar").write_text("")
    archive = ("--target", "ministack", "--image-archive", "an image.tar", "--out", "reports")
    where = ("--endpoint", f"http://127.0.0.1:{free_port()}")
    ran = gate(*archive, *where, cwd=tmp_path, **with_docker(tmp_path, said))
    called = (tmp_path / "record").read_text().splitlines()
    assert called[0] == f"load --input {tmp_path / 'an image.tar'}"
    assert {line.split()[-1] for line in called if line.startswith("run ")} == {name}
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (2, "verdict: could-not-judge")


def test_an_archive_that_docker_does_not_take_is_could_not_judge_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "broken.tar").write_text("")
    docker = with_docker(tmp_path, "invalid tar header", status=1)
    ran = gate("--image-archive", "broken.tar", "--out", "reports", cwd=tmp_path, **docker)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (2, "verdict: could-not-judge")
    assert "invalid tar header" in (tmp_path / "reports" / "report.md").read_text()


def never_ready(folder: Path) -> Path:
    """Make an emulator that never answers and writes its process id into the file pid."""
    emulator = folder / "emulator"
    emulator.write_text(f"#!/bin/sh\necho $$ >'{folder / 'pid'}'\nexec sleep 1000\n")
    emulator.chmod(0o755)
    return emulator


def test_a_command_that_a_script_starts_in_the_background_hears_an_interrupt(tmp_path: Path) -> None:
    """A shell lets such a command ignore it, and all that the command starts: then test sessions could only be killed."""
    where = {"EMULATOR_COMMAND": str(never_ready(tmp_path)), "ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    running = subprocess.Popen(
        ["sh", "-c", f"'{sys.executable}' -m harness up --target custom & echo $!; wait $!"], cwd=CHECKOUT,
        env={**os.environ, **where, "RUN_FOLDER": str(tmp_path / "run")}, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout
    wait_for("the emulator", (tmp_path / "pid").exists, bool)
    os.kill(int(running.stdout.readline()), signal.SIGINT)
    assert running.wait(timeout=60) == 130


def test_who_stops_it_finds_a_report_at_once_and_nothing_left_running(tmp_path: Path) -> None:
    """As a CI service does, which waits some seconds before it kills."""
    where = ("--endpoint", f"http://127.0.0.1:{free_port()}", "--out", str(tmp_path / "reports"))
    command = [SCRIPT, "--command", str(never_ready(tmp_path)), *where]
    running = subprocess.Popen(command, env={**os.environ, **MAKE}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wait_for("the emulator", (tmp_path / "pid").exists, bool)
    running.terminate()
    report = tmp_path / "reports" / "report.md"
    wait_for("the report", lambda: report.exists() and report.read_text(), bool, seconds=5)
    assert "could not judge" in report.read_text()
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"verdict: could-not-judge" in said.splitlines()
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
    assert sorted(file.name for file in report.parent.iterdir()) == ["gate.log", "history", "logs", "report.md"]


def test_a_second_gate_that_writes_to_the_same_folder_could_not_judge(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("the other's")
    (tmp_path / ".gate").write_text(str(os.getpid()))
    ran = gate("--command", "no-such-emulator", "--endpoint", f"http://127.0.0.1:{free_port()}", "--out", str(tmp_path))
    assert ran.returncode == 2
    assert ran.stdout.splitlines()[0].startswith(f"another gate (process {os.getpid()}) writes to {tmp_path}")
    assert ran.stdout.splitlines()[-1] == "verdict: could-not-judge"
    assert (tmp_path / "result.json").read_text() == "the other's"
