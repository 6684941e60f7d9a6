"""Two commands at once on one target: the second says so and does nothing; those that only look go on."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from harness.deadline import wait_for
from harness.embedded.processes import ProcessRecord, free_port
from harness.embedded.run_folder import CHECKOUT, RunFolder, alone_on_machine, read_json
from harness.embedded.state import STARTING, SUPERVISOR, TargetState
from harness.failure import HarnessError
from tests.unit.machines.conftest import Run

SLOW_TERRAFORM = """#!/bin/sh
case "$1" in
version) echo '{"terraform_version": "1.11.0"}' ;;
init) touch "$HOME/working"; sleep 30 ;;
esac
"""


@contextmanager
def command_at_work(folder: Path, run: RunFolder, command: str) -> Iterator["subprocess.Popen[str]"]:
    """A command whose Terraform takes long."""
    terraform = folder / "terraform"
    terraform.write_text(SLOW_TERRAFORM)
    terraform.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "RUN_FOLDER": str(run.path), "TERRAFORM_BIN": str(terraform)}
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", command], cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        wait_for("terraform at work", (run.path / "terraform" / "working").exists, bool, 120)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        (run.path / "terraform" / "working").unlink(missing_ok=True)


@pytest.mark.parametrize("second", ["apply", "destroy", "plan", "up", "down"])
def test_a_second_command_says_which_works_and_does_nothing(
    up: TargetState, harness: Run, run: RunFolder, tmp_path: Path, second: str
) -> None:
    with command_at_work(tmp_path, run, "plan") as first:
        done = harness(second)
        assert done.returncode == 2
        assert done.stderr == f"error: another plan (process {first.pid}) works on {run.path}: wait until it is done\n"
    assert up.running()


def test_commands_that_only_look_go_on_meanwhile(up: TargetState, harness: Run, run: RunFolder, tmp_path: Path) -> None:
    with command_at_work(tmp_path, run, "plan"):
        assert harness("status").returncode == 0
        assert harness("env").returncode == 0
        assert "is not applied" in harness("feed", "examples/feeds/first-day.jsonl").stderr


def test_the_lock_ends_with_its_process(up: TargetState, harness: Run, run: RunFolder, tmp_path: Path) -> None:
    with command_at_work(tmp_path, run, "plan") as first:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert harness("up").returncode == 0


def test_a_target_that_another_command_starts_is_waited_for(harness: Run, tmp_path: Path) -> None:
    starting = RunFolder(tmp_path / "run")
    starting.make()
    ours = {SUPERVISOR: ProcessRecord.of(os.getpid())}
    TargetState(STARTING, ours).write(starting)
    assert "is being started: wait until it is up" in harness("env", RUN_FOLDER=str(starting.path)).stderr


def test_a_state_that_terraform_left_empty_is_none(tmp_path: Path) -> None:
    (file := tmp_path / "terraform.tfstate").touch()
    assert read_json(file) == {}


def test_a_state_that_is_just_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "terraform.tfstate"
    file.write_text('{"outputs": ')
    writer = threading.Timer(0.3, file.write_text, ['{"a": 1}'])
    writer.start()
    assert read_json(file) == {"a": 1}
    writer.join()


GATE = """
import argparse, os, pathlib, sys, threading
from harness.gate import command
class Judged:
    @staticmethod
    def brought_up(*_):
        pathlib.Path(sys.argv[1], "judging").touch()
        threading.Event().wait(60)
command.Judged = Judged
folder = pathlib.Path(sys.argv[1])
part = {"only": None, "lane": None, "service": None, "quick": False}
asked = {"target": "custom", "history": folder, "baseline": None, "without_system": True, "expect_version": None, **part}
command.run(argparse.Namespace(**asked))
"""


@contextmanager
def gate_at_work(history: Path, endpoint: str, checkout: Path = CHECKOUT) -> Iterator["subprocess.Popen[bytes]"]:
    history.mkdir()
    environment = {"PATH": os.environ["PATH"], "ENDPOINT": endpoint, "TMPDIR": str(history.parent)}
    process = subprocess.Popen([sys.executable, "-c", GATE, str(history)], cwd=checkout, env=environment)
    try:
        wait_for("a gate at work", (history / "judging").exists, bool, 60)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("shared_history", "shared_emulator"), [(False, True), (True, False)], ids=["one emulator", "one history"]
)
def test_a_second_gate_could_not_judge(
    harness: Run, tmp_path: Path, shared_history: bool, shared_emulator: bool
) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    with gate_at_work(tmp_path / "history", endpoint) as first:
        history = tmp_path / ("history" if shared_history else "another")
        other = endpoint if shared_emulator else f"http://127.0.0.1:{free_port()}"
        where = endpoint if shared_emulator else history / "custom"
        said = second_gate(harness, history, other)
        assert said == f"another gate (process {first.pid}) works on {where}: wait until it is done"


def test_a_second_gate_from_another_checkout_by_another_name_of_loopback_could_not_judge(
    harness: Run, tmp_path: Path
) -> None:
    port, another = free_port(), tmp_path / "another checkout"
    shutil.copytree(CHECKOUT / "harness", another / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(CHECKOUT / "pyproject.toml", another)
    with gate_at_work(tmp_path / "history", f"http://localhost:{port}", another) as first:
        here = f"http://127.0.0.1:{port}"
        said = second_gate(harness, tmp_path / "here", here)
        assert said == f"another gate (process {first.pid}) works on {here}: wait until it is done"


def second_gate(harness: Run, history: Path, endpoint: str) -> str:
    """Return why a gate could not judge while another is at work."""
    arguments = ("--target", "custom", "--endpoint", endpoint, "--history", str(history))
    done = harness("gate", *arguments, TMPDIR=str(history.parent))
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[-1]) == (2, "verdict: could-not-judge")
    return lines[0]


def test_the_lock_of_a_machine_leaves_nothing_and_is_taken_over_from_a_process_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / f"asset-servicing-{os.getuid()}"
    for left in (False, True):
        if left:
            folder.mkdir()
            (folder / sha256(b"x").hexdigest()[:16]).write_text("gate (process 1)")
        with alone_on_machine("x", "gate", "it"):
            assert [file.read_text() for file in folder.iterdir()] == [f"gate (process {os.getpid()})"]
            with (
                pytest.raises(HarnessError, match=rf"another gate \(process {os.getpid()}\) works on it"),
                alone_on_machine("x", "power", "it"),
            ):
                pass
        assert list(tmp_path.iterdir()) == []
