"""500 schedules of the whole system, a part of them in each process, and that a seed is a schedule."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
SCHEDULES, AT_A_TIME = 500, 50


def simulate(*arguments):
    """Run the command in a process of its own: it fixes the order of sets."""
    command = [sys.executable, "-m", "tests.simulation", *map(str, arguments)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=1_200)


@pytest.mark.parametrize("seed", range(1, SCHEDULES, AT_A_TIME))
def test_no_schedule_loses_doubles_or_leaves_anything(seed):
    done = simulate("--schedules", AT_A_TIME, "--seed", seed)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-5_000:]


def test_a_seed_gives_the_same_schedule_again():
    traces = {simulate("--schedules", 3, "--seed", 77, "--traces").stdout.partition("3 schedules")[0] for _ in range(2)}
    assert len(traces) == 1
    assert len(traces.pop().splitlines()) == 3
