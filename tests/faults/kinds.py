"""The kinds of fault. Each is begun, is over by itself or after a time, and is ended; what it did is one line."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from time import monotonic
from typing import Any
from uuid import uuid4

from harness.faults.refusals import OF_OPERATION
from harness.faults.rules import Rule
from tests.faults import versions
from tests.faults.failpoints import PLANTED, Failpoint
from tests.faults.world import World

FUNCTION_SECONDS, VISIBILITY_SECONDS = 15, 6
TIME_OUTS = (
    f"{{function_seconds={FUNCTION_SECONDS},request_visibility_seconds={VISIBILITY_SECONDS},request_receives=25}}"
)
"""Terraform's variable time_outs in these tests. Receives: several faults in a row shall not make a dead letter."""
SERVICES = ("dynamodb", "sqs", "s3", "events")
THROTTLED: Mapping[str, tuple[int, str]] = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "sqs": (403, "RequestThrottled"),
    "s3": (503, "SlowDown"),
    "events": (400, "ThrottlingException"),
}
"""How each service refuses what comes too fast (API references, "Errors")."""
OF_THE_SYSTEM = "."
"""Callers: engine tasks and functions, and nobody else, such as these tests."""
_ENGINE = "^servicing_engine$"
_LONG_SECONDS = 3.0


@dataclass
class Fault:
    """One fault of a schedule. `said`: what it does. Rules are planted from its begin to its end; `act` is done once, at its begin.

    `came_about`: whether what `act` began has happened, where that takes time.
    """

    kind: str
    said: str
    rules: Sequence[Rule] = ()
    act: Callable[[World], None] = lambda _world: None
    undo: Callable[[World], None] = lambda _world: None
    seconds: float = 0.0
    came_about: Callable[[World], bool] = lambda _world: True
    begun: float = field(default=0.0, compare=False)
    fired: int = 0

    def begin(self, world: World) -> None:
        """Plant its rules, and act."""
        self.begun = monotonic()
        world.layer.plant(self.rules)
        self.act(world)

    def is_over(self, world: World) -> bool:
        """Return True if its rules have fired as often as they may, or it has come about and its time has passed."""
        if self.rules:
            counters = world.layer.counters()
            fired = {rule.id: counters[rule.id]["fired"] for rule in self.rules if rule.id in counters}
            self.fired = sum(fired.values()) if fired else self.fired
            return all(fired.get(rule.id, rule.when["at_most"]) >= rule.when["at_most"] for rule in self.rules)
        self.fired = self.fired or int(self.came_about(world))
        return bool(self.fired) and monotonic() - self.begun >= self.seconds

    def end(self, world: World) -> None:
        """Take its rules out, and undo what it did."""
        self.is_over(world)
        if self.rules:
            world.layer.clear([rule.id for rule in self.rules])
        self.undo(world)


@dataclass(frozen=True)
class Draw:
    """What faults are drawn from: chance, the failpoints that there are, and a word for the ids of rules."""

    random: Random
    failpoints: Sequence[Failpoint]
    word: str

    def rule_id(self) -> str:
        """Return an id that no other rule has."""
        return f"{PLANTED} {self.word} {self.random.getrandbits(32):08x}"

    def rule(self, change: Mapping[str, Any], service: str, *operations: str, most: int = 1, **when: Any) -> Rule:
        """Return a rule for calls of the system, at most so often."""
        given = {"caller": OF_THE_SYSTEM, "at_most": most, **when}
        return Rule(self.rule_id(), change, service, operations, given)

    def service(self) -> str:
        """Return one of the services that the system writes to."""
        return self.random.choice(SERVICES)

    def calls(self) -> int:
        """Return how many calls a disturbance lasts: some are within an SDK's retries, and some go beyond."""
        return self.random.choice((2, 6, 15))


AT_A_CALL = "killed at a call"


def killed_at(draw: Draw, kind: str, failpoints: Sequence[Failpoint]) -> Fault:
    """A kill at one of these failpoints."""
    point, passed = draw.random.choice(failpoints), draw.random.choice((0, 0, 0, 1))
    return Fault(kind, f"{point}, call {passed + 1}", [point.rule(draw.rule_id(), passed)])


def task_killed(draw: Draw) -> Fault:
    return killed_at(
        draw, f"task {AT_A_CALL}", [point for point in draw.failpoints if point.effect.caller == "servicing_engine"]
    )


def function_killed(draw: Draw) -> Fault:
    return killed_at(
        draw,
        f"function {AT_A_CALL}",
        [point for point in draw.failpoints if point.effect.caller != "servicing_engine"],
    )


def function_timed_out(draw: Draw) -> Fault:
    service, side = draw.random.choice(("dynamodb", "sqs")), draw.random.choice(("before", "after"))
    rule = draw.rule(
        {"kind": "hang", "seconds": FUNCTION_SECONDS + 3, "at": side}, service, caller="ingest-normalizer$"
    )
    return Fault("function timed out half-way", f"{side} {service}", [rule])


def throttled(draw: Draw) -> Fault:
    service, calls = draw.service(), draw.calls()
    status, code = THROTTLED[service]
    rule = draw.rule({"kind": "answer", "status": status, "code": code}, service, most=calls)
    return Fault("service throttles", f"{calls} calls of {service}", [rule])


def failed(draw: Draw) -> Fault:
    service, calls = draw.service(), draw.calls()
    rule = draw.rule({"kind": "answer", "status": 500, "code": "InternalFailure"}, service, most=calls)
    return Fault("service answers 500", f"{calls} calls of {service}", [rule])


def reset(draw: Draw) -> Fault:
    service, calls, side = draw.service(), draw.calls(), draw.random.choice(("before", "after"))
    rule = draw.rule({"kind": "hang", "seconds": 0.001, "at": side}, service, most=calls)
    return Fault("connection reset", f"{side} {calls} calls of {service}", [rule])


def slow(draw: Draw) -> Fault:
    service, calls = draw.service(), draw.random.choice((1, 3))
    rule = draw.rule(
        {"kind": "delay", "seconds": 2, "at": draw.random.choice(("before", "after"))}, service, most=calls
    )
    return Fault("service answers late", f"{calls} calls of {service} by 2 s", [rule])


def partly_failed(draw: Draw) -> Fault:
    call, calls = draw.random.choice(sorted(set(OF_OPERATION) - {"sqs:DeleteMessageBatch"})), draw.random.choice((1, 3))
    service, operation = call.split(":")
    return Fault(
        "batch partly failed", f"{calls} of {call}", [draw.rule({"kind": "refuse"}, service, operation, most=calls)]
    )


def hidden_too_short(draw: Draw) -> Fault:
    change = {"kind": "delay", "seconds": VISIBILITY_SECONDS + 2}
    rule = draw.rule(change, "postgresql", "Commit", caller=_ENGINE, request="COMMIT facts")
    return Fault("visibility time-out", "a commit that takes longer than its message is hidden", [rule])


def sent_twice(draw: Draw) -> Fault:
    rule = draw.rule({"kind": "twice"}, "sqs", "SendMessageBatch", most=2, request="entitlement-requests")
    return Fault("two engines on one request", "requests sent twice", [rule])


def disk_full(draw: Draw) -> Fault:
    calls = draw.calls()
    change = {
        "kind": "answer",
        "status": 500,
        "code": "53100",
        "message": "could not extend file: No space left on device",
    }
    rule = draw.rule(change, "postgresql", "Insert", "Update", "With", most=calls, caller=_ENGINE)
    return Fault("disk full", f"{calls} statements", [rule])


def clock_skewed(draw: Draw) -> Fault:
    calls = draw.calls()
    change = {
        "kind": "answer",
        "status": 403,
        "code": "InvalidSignatureException",
        "message": "Signature expired: the clock is skewed",
    }
    return Fault("clock skewed", f"{calls} calls of tasks", [draw.rule(change, "*", most=calls, caller=_ENGINE)])


def connections_full(_draw: Draw) -> Fault:
    def fill(world: World) -> None:
        database = world.system.environment["PGDATABASE"]
        world.administer(
            f'ALTER DATABASE "{database}" CONNECTION LIMIT 0',
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'",
        )

    def free(world: World) -> None:
        world.administer(f'ALTER DATABASE "{world.system.environment["PGDATABASE"]}" CONNECTION LIMIT -1')

    return Fault("connections used up", f"for {_LONG_SECONDS:g} s", (), fill, free, _LONG_SECONDS)


def postgres_killed(_draw: Draw) -> Fault:
    return Fault("PostgreSQL killed", "SIGKILL to its first process", (), World.kill_postgres)


def tasks_stopped(_draw: Draw) -> Fault:
    def stop(world: World) -> None:
        world.signal_tasks(signal.SIGTERM, world.tasks_wanted)

    return Fault("tasks stopped in order", "SIGTERM to all", (), stop)


def deployed(_draw: Draw) -> Fault:
    return Fault("deployment", "a new revision of the task definition", (), versions.deploy)


def migrated(_draw: Draw) -> Fault:
    name = f"next_{uuid4().hex[:8]}"

    def run_beside(world: World) -> None:
        versions.run_beside(world, versions.following(world.run.temporary / "versions", name))

    return migrating("of every table, by a next engine", run_beside, f"{name}.sql")


def migrating(said: str, run_beside: Callable[[World], None], migration: str) -> Fault:
    """A newer engine beside the one that runs, which migrates the database by a last `migration`; after some seconds it goes again."""
    return Fault(
        "migration, old and new side by side", said, (), run_beside, versions.end_beside, _LONG_SECONDS,
        lambda world: migration in world.migrations(),
    )  # fmt: skip


KINDS: Sequence[Callable[[Draw], Fault]] = (
    task_killed, function_killed, function_timed_out, postgres_killed, throttled, failed, reset, slow, partly_failed, hidden_too_short,
    sent_twice, connections_full, disk_full, clock_skewed, deployed, tasks_stopped, migrated,
)  # fmt: skip
