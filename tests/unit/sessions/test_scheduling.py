"""Tests of the system follow each other on one worker, exclusive ones last: shown by running a small suite in a pytest of its own."""

import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
CONFTEST = """
import pytest
from tests.scheduling import SchedulingPlugin
def pytest_configure(config):
    config.addinivalue_line("markers", "exclusive: last")
    config.pluginmanager.register(SchedulingPlugin())
@pytest.fixture
def system(): pass
@pytest.fixture
def part_of_it(system): pass
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
def test_exclusive(system, n): run("exclusive", 0.5)
@pytest.mark.parametrize("n", range(2))
def test_shared(system, n): run("shared", 0.05)
def crash(): os.environ.get("CRASH") == os.environ["PYTEST_CURRENT_TEST"].split("::")[1].split()[0] and os._exit(1)
def test_crash_shared(system): crash()
def test_shared_by_a_fixture(part_of_it): run("shared", 0.05)
@pytest.mark.parametrize("n", range(4))
def test_own(n): run("own", 0.1)
def test_crash_own(): crash()
@pytest.mark.parametrize("n", range(5))
def test_another_of_its_own(n): run("own", 0.1)
"""


class Span(NamedTuple):
    """When a test ran, on one monotonic clock."""

    name: str
    begin: float
    end: float


def spans(folder: Path, *options: str, crash: str = "") -> tuple[list[Span], str]:
    """Every test that ran, in the order of their ends, and pytest's closing line."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_suite.py").write_text(SUITE)
    environment = {"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin", "CRASH": crash}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    rows = [line.split() for line in (folder / "log").read_text().splitlines()]
    return [Span(name, float(begin), float(end)) for name, begin, end in rows], run.stdout.splitlines()[-1]


def assert_the_systems_tests_followed_each_other(seen: list[Span]) -> None:
    of_the_system = [span for span in seen if span.name != "own"]
    assert [span.name for span in of_the_system] == ["shared"] * 3 + ["exclusive"] * 2
    for one, following in itertools.pairwise(of_the_system):
        assert following.begin >= one.end


@pytest.mark.parametrize("options", [("-n0",), ("-n1",), ("-n2",), ("-n4",)])
def test_tests_of_the_system_never_meet_and_exclusive_ones_come_last(tmp_path: Path, options: tuple[str, ...]) -> None:
    seen, closing = spans(tmp_path, *options)
    assert len(seen) == 14
    assert_the_systems_tests_followed_each_other(seen)
    assert re.match(r"16 passed in", closing)


def test_the_other_tests_run_beside_exclusive_ones(tmp_path: Path) -> None:
    seen, _ = spans(tmp_path, "-n2")
    first, *_ = (span for span in seen if span.name == "exclusive")
    assert [span for span in seen if span.name == "own" and first.begin < span.end < first.end]


def test_only_an_exclusive_test_selected_runs(tmp_path: Path) -> None:
    seen, closing = spans(tmp_path, "-n3", "-k", "exclusive and 1")
    assert [span.name for span in seen] == ["exclusive"]
    assert closing.startswith("1 passed")


@pytest.mark.parametrize("crash", ["test_crash_shared", "test_crash_own"])
def test_a_crashed_worker_loses_no_test_and_hangs_nothing(tmp_path: Path, crash: str) -> None:
    seen, closing = spans(tmp_path, "-n2", crash=crash)
    assert len(seen) == 14
    assert_the_systems_tests_followed_each_other(seen)
    assert closing.startswith("1 failed, 15 passed")


def test_a_worker_that_crashes_on_its_last_test_but_one_leaves_the_last_to_another(tmp_path: Path) -> None:
    seen, closing = spans(tmp_path, "-n1", "-k", "crash_shared or exclusive and 1", crash="test_crash_shared")
    assert [span.name for span in seen] == ["exclusive"]
    assert closing.startswith("1 failed, 1 passed")
