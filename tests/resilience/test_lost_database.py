"""PostgreSQL killed in a burst, and started again on its data: what it had acknowledged is there, and the tasks wait for the rest."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resilience.burst import Burst, dead_letters
from tests.resilience.engine_tasks import require_processes, running_tasks

pytestmark = [
    pytest.mark.engine,
    scenario(service="rds", lane="resilience", aws="rds-guide:Concepts.MultiAZSingleStandby"),
]

KILLS = 3


@pytest.fixture
def kill_server(system: System) -> Callable[[], None]:
    """Kills PostgreSQL, where it is a process of the harness, and waits until another runs."""
    require_processes(system)

    def pid() -> int:
        command = [sys.executable, "-m", "harness", "status", "--json", "--target", system.target]
        shown = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
        return next(int(process["pid"]) for process in shown["processes"] if process["name"] == "postgres")

    def kill() -> None:
        killed = pid()
        os.kill(killed, signal.SIGKILL)
        wait_for("another server", pid, killed.__ne__, 30)

    return kill


@scenario("rds.engine-database.killed-in-a-burst", feature="a database that fails over is waited for")
@pytest.mark.exclusive
def test_a_server_killed_in_a_burst_loses_no_commit_and_no_request(
    system: System, kill_server: Callable[[], None], fresh: str
) -> None:
    before, tasks = dead_letters(system), running_tasks(system)
    bursts = [Burst(system, f"ACC-{fresh}-{number}", securities=70) for number in range(KILLS)]
    for burst in bursts:
        burst.put()
        wait_for("the burst under way", burst.unfinished, len(burst.record_ids).__gt__, 120)
        kill_server()
    for burst in bursts:
        burst.await_all(240)
    assert dead_letters(system) == before
    assert {task["task_id"] for task in running_tasks(system)} == {task["task_id"] for task in tasks}
