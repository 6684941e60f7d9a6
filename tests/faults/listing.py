"""The list of failpoints by effect: recorded from a life that reaches every effect, then each failpoint once."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

from harness.failure import HarnessError
from tests.faults import failpoints
from tests.faults.failpoints import Effect, Failpoint
from tests.faults.kinds import Draw, Fault
from tests.faults.life import draw_life
from tests.faults.oracle import Oracle
from tests.faults.running import Result, run
from tests.faults.world import World

_RENEWED_SECONDS = 32
"""A message's visibility is renewed after 30 s of work (servicing_engine/worker.py)."""


def _renewed(draw: Draw) -> Fault:
    change = {"kind": "delay", "seconds": _RENEWED_SECONDS}
    rule = draw.rule(change, "postgresql", "Commit", caller="^servicing_engine$", request="COMMIT facts")
    return Fault("leads there", "a commit that takes longer than half of a visibility time-out", [rule])


def _cancelled(draw: Draw) -> Fault:
    change = {"kind": "answer", "status": 400, "code": "TransactionCanceledException"}
    rule = draw.rule(change, "dynamodb", "TransactWriteItems", caller="^servicing_engine$")
    return Fault("leads there", "a transaction of DynamoDB cancelled", [rule])


def _started(_draw: Draw) -> Fault:
    def kill(world: World) -> None:
        world.signal_tasks(signal.SIGKILL, world.tasks_wanted)

    return Fault("leads there", "all tasks killed, and others started", (), kill)


LEADS: Mapping[tuple[str, str], Callable[[Draw], Fault]] = {
    ("sqs", "ChangeMessageVisibility"): _renewed,
    ("dynamodb", "UpdateItem"): _cancelled,
    ("appconfigdata", "StartConfigurationSession"): _started,
}
"""What a life needs besides, to reach an operation."""


def effects_of(world: World, oracle: Oracle, seed: int) -> set[Effect]:
    """Return all effects. Raises HarnessError with those that the code names and no call showed: they would have no failpoint."""
    random = Random(f"effects {seed}")
    draw = Draw(random, (), "effects")
    failpoints.watch(world.layer, world.callers)
    result = run(
        world, oracle, "without a kill", draw_life(random, True, True), [lead(draw) for lead in LEADS.values()]
    )
    effects = failpoints.seen(world.layer, world.callers)
    world.clear()
    if result.violations:
        raise HarnessError(f"the life that reaches every effect is not whole: {result.line}", 1)
    if lacking := failpoints.unseen(effects):
        raise HarnessError(f"no failpoint for {', '.join(lacking)}: lead there (tests/faults/listing.py)", 1)
    return effects


def drawable(points: Sequence[Failpoint]) -> list[Failpoint]:
    """Return the failpoints that any life reaches."""
    return [point for point in points if (point.effect.service, point.effect.operation) not in LEADS]


def each_failpoint(
    world: World, oracle: Oracle, points: Sequence[Failpoint], seed: int
) -> Iterator[tuple[Failpoint, Result]]:
    """Kill at each failpoint once; one that is not reached is a violation."""
    for number, point in enumerate(points):
        random = Random(f"failpoint {seed} {number}")
        draw = Draw(random, points, f"failpoint-{number}")
        lead = LEADS.get((point.effect.service, point.effect.operation))
        faults = [Fault("killed", str(point), [point.rule(draw.rule_id())]), *([lead(draw)] if lead else [])]
        result = run(
            world, oracle, f"failpoint {number + 1}", draw_life(random, True, point.effect.service == "s3"), faults
        )
        if not faults[0].fired:
            result.violations.append("not reached: no call came to the failpoint")
        yield point, result
