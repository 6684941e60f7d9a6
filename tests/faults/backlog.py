"""Records that wait on the queue while no engine task runs, and the memory of the tasks that then find them: it must not follow the load."""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from harness.deadline import wait_for
from harness.failure import HarnessError
from harness.feed.record_states import is_final
from harness.soak.mix import Mix
from tests.faults.life import Life, Record
from tests.faults.oracle import Oracle
from tests.faults.world import World

TIMES = 10
_SECONDS, _LOOKED_AT_ONCE, _KILOBYTE, _MEGABYTE = 1_800.0, 1_000, 1_024, 1_000_000
_MOST_PERCENT = 10


def backlog(world: World, oracle: Oracle, records: int) -> str:
    """Let a tenth of the records wait, then all; return in one line the largest memory that a task had. Raises HarnessError where it grew,
    or where something was lost."""
    mix = Mix(uuid4().hex[:6].upper(), records * 2)
    _await_outcomes(world, world.put(list(mix.opening())))
    found = [_waited(world, [mix.record() for _ in range(number)]) for number in (records // TIMES, records)]
    _await_outcomes(world, world.put(list(mix.closing())))  # so that `verify` can add up the lots
    if violations := oracle.violations(Life([])):
        raise HarnessError("\n  ".join(["after a backlog", *violations]), 1)
    told = " and ".join(
        f"{megabytes:.0f} MB ({number} records, done in {took:.0f} s)" for number, megabytes, took in found
    )
    (_, few, _), (_, many, _) = found
    if many > few * (1 + _MOST_PERCENT / 100):
        raise HarnessError(f"a task's memory follows the load: at most {told}, which is over {_MOST_PERCENT} % more", 1)
    return f"backlog: a task had at most {told}"


def _waited(world: World, records: Sequence[Record]) -> tuple[int, float, float]:
    """Return how many records waited, the largest memory of a task in MB, and the seconds until all were done."""
    world.scale(0)
    try:
        record_ids = world.put(records)
        _await(world, "all received", record_ids, bool)
    finally:
        world.scale(world.tasks_wanted)
    began, started = monotonic(), [task["pid"] for task in world.tasks()]
    _await_outcomes(world, record_ids)
    took = monotonic() - began
    if [task["pid"] for task in world.tasks()] != started:
        raise HarnessError(f"a task of {started} has ended under {len(records)} records that waited: see make logs", 1)
    return len(records), max(map(_peak_megabytes, started)), took


def _await_outcomes(world: World, record_ids: Sequence[str]) -> None:
    _await(world, "all have an outcome", record_ids, is_final)
    wait_for("rest", lambda: world.unrest(()), lambda left: not any(left.values()), _SECONDS)


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
