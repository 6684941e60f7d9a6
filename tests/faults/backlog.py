"""Records that wait on the queue while no engine task runs, and the memory of the tasks that then find them: it must not follow the load."""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from harness.deadline import wait_for
from harness.failure import HarnessError
from harness.feed.record_states import is_final
from tests.faults.life import Life, draw_life
from tests.faults.oracle import Oracle
from tests.faults.world import World

TIMES = 10
_SECONDS, _LOOKED_AT_ONCE, _KILOBYTE, _MEGABYTE = 1_800.0, 1_000, 1_024, 1_000_000
_MOST_PERCENT = 10


def backlog(world: World, oracle: Oracle, records: int) -> str:
    """Let a tenth of the records wait, then all; return in one line the largest memory that a task had. Raises HarnessError where it grew,
    or where something was lost or came twice."""
    few, many = (_waited(world, oracle, number) for number in (records // TIMES, records))
    told = " and ".join(
        f"{megabytes:.0f} MB ({number} records in {took:.0f} s)" for number, megabytes, took in (few, many)
    )
    if many[1] > few[1] * (1 + _MOST_PERCENT / 100):
        raise HarnessError(f"a task's memory follows the load: at most {told}, which is over {_MOST_PERCENT} % more", 1)
    return f"records that waited for the engine: a task had at most {told}, and all figures are those of `calculate`"


def _waited(world: World, oracle: Oracle, count: int) -> tuple[int, float, float]:
    """Return how many records waited, the largest memory of a task in MB, and the seconds until all were done."""
    life = _lives(count)
    world.scale(0)
    try:
        record_ids = world.put(life.records)
        _await(world, "all received", record_ids, bool)
        print(f"{len(record_ids)} records wait for the engine", flush=True)
    finally:
        world.scale(world.tasks_wanted)
    began, started = monotonic(), [task["pid"] for task in world.tasks()]
    _await(world, "all have an outcome", record_ids, is_final)
    wait_for("rest", lambda: world.unrest(()), lambda left: not any(left.values()), _SECONDS)
    took = monotonic() - began
    if [task["pid"] for task in world.tasks()] != started:
        raise HarnessError(
            f"a task of {started} has ended under {len(record_ids)} records that waited: see make logs", 1
        )
    peak = max(map(_peak_megabytes, started))
    if violations := oracle.violations(life):
        raise HarnessError("\n  ".join([f"after {len(record_ids)} records that waited", *violations]), 1)
    return len(record_ids), peak, took


def _lives(count: int) -> Life:
    """Return lives in one, of so many records or a few more."""
    life, random = Life([]), Random(f"backlog {count}")
    while len(life.records) < count:
        drawn = draw_life(random)
        life.holders += drawn.holders
        life.records += drawn.records
    return life


def _await(world: World, what: str, record_ids: Sequence[str], reached: Callable[[Any], bool]) -> None:
    """Wait until each record's item of queue-state is `reached`. A thousand are looked at, the oldest first."""
    left = list(record_ids)

    def unreached() -> int:
        looked_at = left[:_LOOKED_AT_ONCE]
        items = world.items(looked_at)
        left[:_LOOKED_AT_ONCE] = [record_id for record_id in looked_at if not reached(items.get(record_id))]
        return len(left)

    wait_for(what, unreached, (0).__eq__, _SECONDS)


def _peak_megabytes(pid: int) -> float:
    """Return the most memory that a process has had at once (peak resident set). Linux alone tells it of another process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * _KILOBYTE / _MEGABYTE
    raise HarnessError(f"/proc/{pid}/status does not tell VmHWM")
