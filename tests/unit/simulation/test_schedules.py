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


def traces(*arguments):
    return [
        line for line in simulate("--traces", *arguments).stdout.splitlines() if line[0].isdigit() and len(line) < 30
    ]


def test_a_seed_gives_the_same_schedule_whatever_ran_before_it_and_beside_it():
    in_a_row, beside = (traces("--schedules", 8, "--seed", 200, "--processes", processes) for processes in (1, 2))
    assert (len(in_a_row), beside) == (8, in_a_row)
    assert [traces("--schedules", 1, "--seed", seed) for seed in (203, 207)] == [[in_a_row[3]], [in_a_row[7]]]
