"""Exclusive tests run alone, last, in the same session: shown by running a small suite in a pytest of its own."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
CONFTEST = """
from tests.exclusive_scheduling import ExclusivePlugin
def pytest_configure(config):
    config.addinivalue_line("markers", "exclusive: alone")
    config.pluginmanager.register(ExclusivePlugin())
"""
SUITE = """
import os, pathlib, threading, time, pytest
LOG = pathlib.Path(__file__).with_name("log")
def run(name, seconds):
    begin = time.monotonic()
    threading.Event().wait(seconds)
    with LOG.open("a") as log:
        log.write(f"{name} {begin} {time.monotonic()}\\n")
@pytest.mark.exclusive
@pytest.mark.parametrize("n", range(2))
def test_exclusive(n): run("exclusive", 0.1)
@pytest.mark.parametrize("n", range(7))
def test_shared(n): run("shared", 1.2 if n == 5 else 0.05)
@pytest.mark.skipif("CRASH" not in os.environ, reason="only where a worker is to crash")
def test_crash(): os._exit(1)
"""


def spans(folder: Path, *options: str, crash: bool = False) -> tuple[list[tuple[str, float, float]], str]:
    """(name, begin, end) of every test that ran, in the order of their ends, and pytest's closing line."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_suite.py").write_text(SUITE)
    environment = {"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin", **({"CRASH": "1"} if crash else {})}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    rows = [line.split() for line in (folder / "log").read_text().splitlines()]
    return [(name, float(begin), float(end)) for name, begin, end in rows], run.stdout.splitlines()[-1]


def assert_exclusive_ran_alone_and_last(seen: list[tuple[str, float, float]]) -> None:
    assert [name for name, _, _ in seen[-2:]] == ["exclusive", "exclusive"]
    for (_, _, end), (name, begin, _) in itertools.pairwise(seen):
        assert name == "shared" or begin >= end


@pytest.mark.parametrize("options", [("-n0",), ("-n1",), ("-n2",), ("-n4",)])
def test_exclusive_tests_run_alone_and_last_and_one_line_closes(tmp_path: Path, options: tuple[str, ...]) -> None:
    seen, closing = spans(tmp_path, *options)
    assert len(seen) == 9
    assert_exclusive_ran_alone_and_last(seen)
    assert re.match(r"9 passed, 1 skipped in", closing)


def test_only_an_exclusive_test_selected_runs(tmp_path: Path) -> None:
    seen, closing = spans(tmp_path, "-n3", "-k", "exclusive and 1")
    assert [name for name, _, _ in seen] == ["exclusive"]
    assert closing.startswith("1 passed")


def test_a_crashed_worker_loses_no_test(tmp_path: Path) -> None:
    seen, closing = spans(tmp_path, "-n2", crash=True)
    assert len(seen) == 9
    assert_exclusive_ran_alone_and_last(seen)
    assert closing.startswith("1 failed, 9 passed")
