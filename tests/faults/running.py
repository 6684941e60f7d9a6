"""One schedule: a life under faults, until the system is at rest again, and what does not hold then."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from time import monotonic, sleep

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from harness.deadline import DeadlineError, wait_for
from harness.failure import HarnessError
from tests.faults.failpoints import Failpoint
from tests.faults.kinds import AT_A_CALL, KINDS, Draw, Fault
from tests.faults.life import Life, draw_life
from tests.faults.oracle import Oracle
from tests.faults.world import World

REST_SECONDS = 240.0
_OF_THREE = 3
_PAUSE_SECONDS = 0.1
_LEAST_FAULT_SECONDS, _LONGEST_FAULT_SECONDS = 8.0, 40.0
"""For how long calls are waited for that a fault may strike, where the system rests: longer than a long poll, which began before it."""


@dataclass(frozen=True)
class Result:
    """What a schedule showed. `recovery`: seconds from the end of its last fault to rest. `violations`: what does not hold, a sentence each.

    `faults`: kind, what was done, and how often it came about; 0: the system made no call that it was for.
    """

    name: str
    faults: Sequence[tuple[str, str, int]]
    records: int
    seconds: float
    recovery: float
    violations: list[str]

    @property
    def kind(self) -> str:
        """Return the kind of its fault; several are a kind of their own."""
        return self.faults[0][0] if len(self.faults) == 1 else "several at once"

    @property
    def reached(self) -> bool:
        """Return True if each of its faults came about."""
        return all(fired for *_, fired in self.faults)

    @property
    def line(self) -> str:
        """Return it in one line, with a line more for each violation."""
        told = "; ".join(f"{kind} ({said}{'' if fired else ', not reached'})" for kind, said, fired in self.faults)
        verdict = "VIOLATED" if self.violations else "survived"
        line = f"{verdict} {self.name}: {told}: {self.records} records, at rest {self.recovery:.1f} s after, {self.seconds:.1f} s in all"
        return "\n  ".join([line, *self.violations])


def draw_faults(seed: int, failpoints: Sequence[Failpoint]) -> tuple[Life, list[Fault]]:
    """Return the life and the faults of a seed: two of three have one fault, each kind in turn; the third has two or three."""
    random = Random(f"faults {seed}")
    draw = Draw(random, failpoints, f"seed-{seed}")
    several = seed % _OF_THREE == 0
    alone = KINDS[(seed - seed // _OF_THREE) % len(KINDS)]
    kinds = random.sample(KINDS, random.choice((2, 3))) if several else [alone]
    faults = [kind(draw) for kind in kinds]
    at_calls = [fault.said for fault in faults if AT_A_CALL in fault.kind]
    return draw_life(random, bool(at_calls), any(" s3:" in said for said in at_calls)), faults


def run(world: World, oracle: Oracle, name: str, life: Life, faults: Sequence[Fault]) -> Result:
    """Send half of a life, begin the faults, send the other half, and wait for rest."""
    began = monotonic()
    try:
        recovery, violations = _suffered(world, oracle, life, faults)
    except (BotoCoreError, ClientError, psycopg2.Error, HarnessError) as error:
        recovery, violations = 0.0, [f"not judged: {type(error).__name__}: {error}"]
        for fault in faults:
            fault.end(world)
    fired = [(fault.kind, fault.said, fault.fired) for fault in faults]
    return Result(name, fired, len(life.records), monotonic() - began, recovery, violations)


def _suffered(world: World, oracle: Oracle, life: Life, faults: Sequence[Fault]) -> tuple[float, list[str]]:
    """Return the seconds of recovery and the violations."""
    half = len(life.records) // 2
    with_rules = [fault for fault in faults if fault.rules]
    for fault in with_rules:
        fault.begin(world)
    record_ids = world.put(life.records[:half])
    for fault in faults:
        if fault not in with_rules:
            fault.begin(world)
    record_ids += world.put(life.records[half:]) + world.send_spoilt(life) + world.put_through_api(life)
    ended = _ended(world, list(faults), record_ids)
    violations: list[str] = []
    try:
        wait_for("rest", lambda: world.unrest(record_ids), lambda left: not any(left.values()), REST_SECONDS)
    except DeadlineError as error:
        violations.append(f"lost: {error}")
    recovery = monotonic() - ended
    return recovery, [*violations, *oracle.violations(life)]


def _ended(world: World, faults: list[Fault], record_ids: Sequence[str]) -> float:
    """Wait until each fault is over, or there is nothing left that it could strike, and end it; return when the last one was."""
    began = ended = monotonic()
    while faults:
        for fault in [fault for fault in faults if fault.is_over(world)]:
            fault.end(world)
            faults.remove(fault)
            ended = monotonic()
        lasted = monotonic() - began
        rests = lasted > _LEAST_FAULT_SECONDS and not any(world.unrest(record_ids).values())
        if faults and (lasted > _LONGEST_FAULT_SECONDS or rests):
            for fault in faults:
                fault.end(world)
            return ended if ended > began else monotonic()
        sleep(_PAUSE_SECONDS)  # between two looks at the layer's counters, which nobody tells of
    return ended
