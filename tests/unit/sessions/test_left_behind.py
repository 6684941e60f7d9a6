"""What tests leave running is stopped at the end of their session: shown by leaving something, in a pytest of its own."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from harness.deadline import wait_for

CHECKOUT = Path(__file__).resolve().parents[3]
CONFTEST = """
import signal
from tests.left_behind import LeftBehindPlugin
def pytest_configure(config):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    hasattr(config, "workerinput") or config.pluginmanager.register(LeftBehindPlugin())
"""
SUITE = """
import pathlib, signal, subprocess, sys, threading
HERE = pathlib.Path(__file__).parent
COMMAND = [sys.executable, "-c", "import signal, threading; signal.signal({signal}, signal.SIG_IGN); threading.Event().wait(100)"]
def test_that_leaves_a_process(tmp_path):
    left = subprocess.Popen(COMMAND, cwd=tmp_path, start_new_session=True)
    HERE.joinpath("draft").write_text(str(left.pid))
    HERE.joinpath("draft").rename(HERE / "pid")
    threading.Event().wait({seconds})
"""


def session(folder: Path, *options: str, ignored: str = "signal.SIGUSR1", seconds: int = 0) -> "subprocess.Popen[str]":
    """A session whose test leaves a process that ignores a signal; its pid is in the file `pid`."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_suite.py").write_text(SUITE.format(signal=ignored, seconds=seconds))
    environment = {"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin"}
    options = ("-q", "-p", "no:cacheprovider", f"--basetemp={folder / 'temp'}", *options)
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def runs(folder: Path) -> bool:
    """Whether the process that the test left runs still, and is no zombie that nobody waits for."""
    try:
        return psutil.Process(int((folder / "pid").read_text())).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("workers", ["-n0", "-n1"])
def test_a_process_that_a_test_left_is_stopped_and_named(tmp_path: Path, workers: str) -> None:
    said, _ = session(tmp_path, workers).communicate(timeout=60)
    assert not runs(tmp_path)
    assert "stopping 1 processes that tests left: python" in said


def test_one_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    session(tmp_path, "-n0", ignored="signal.SIGTERM").communicate(timeout=60)
    assert not runs(tmp_path)


def test_it_is_stopped_when_the_session_is_interrupted(tmp_path: Path) -> None:
    running = session(tmp_path, "-n1", seconds=50)
    wait_for("the process", (tmp_path / "pid").exists, bool, 60)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == pytest.ExitCode.INTERRUPTED
    assert not runs(tmp_path)


def test_what_runs_elsewhere_is_let_alone(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    other = subprocess.Popen([sys.executable, "-c", "input()"], cwd=tmp_path / "temporary", stdin=subprocess.PIPE)
    session(tmp_path, "-n0").communicate(timeout=60)
    assert other.poll() is None
    other.communicate(b"\n")
