"""The effects that tasks and functions have on AWS and PostgreSQL, as the fault layer saw them, and a failpoint before and after each.

Nothing here is a list of them: what the system calls is recorded, and what its code names besides and never called is an error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.faults.callers import ENGINE
from harness.faults.layer import FaultLayer
from harness.faults.operations import Call
from harness.faults.rules import Rule
from tests.unit.coverage.test_used import CODE, called

BEFORE, AFTER = SIDES = ("before", "after")
_SOON = 0.0001
PLANTED = "fault"
"""What the ids of all rules begin with."""
_SEEN = f"{PLANTED}: seen"
_DATABASE = "postgresql"
_SHARED = "sending"
"""The room by which functions and engine send: what its code names they call."""
_COMMITS = ("Commit",)
_PER_KILL = 1


@dataclass(frozen=True, order=True)
class Effect:
    """What a caller does to a resource by an operation of a service. `caller`: ENGINE, or the function's name."""

    caller: str
    service: str
    operation: str
    resource: str

    def __str__(self) -> str:
        """Return it in a line of a table."""
        return (
            f"{self.caller.removeprefix('asset-servicing-')} {self.service}:{self.operation} {self.resource}".rstrip()
        )


@dataclass(frozen=True, order=True)
class Failpoint:
    """The moment before a call of an effect goes on, or after it was answered and before its caller knows."""

    effect: Effect
    side: str

    def __str__(self) -> str:
        """Return it in a line of a table."""
        return f"{self.side} {self.effect}"

    def rule(self, rule_id: str, passed: int = 0) -> Rule:
        """Return the rule that kills the caller there, once; so many calls pass before."""
        effect = self.effect
        when = {"caller": f"^{effect.caller}$", "after": passed, "at_most": _PER_KILL}
        if effect.resource:
            when |= (
                {"path": f"^/{effect.resource}/"} if effect.service == "s3" else {"request": rf"\b{effect.resource}\b"}
            )
        return Rule(rule_id, {"kind": "kill", "at": self.side}, effect.service, (effect.operation,), when)


def failpoints(effects: set[Effect]) -> list[Failpoint]:
    """Return the failpoints of effects: two each."""
    return [Failpoint(effect, side) for effect in sorted(effects) for side in SIDES]


def watch(layer: FaultLayer, callers: tuple[str, ...]) -> None:
    """Count from now on what these callers call. It delays each call by a moment, and changes nothing."""
    change = {"kind": "delay", "seconds": _SOON}
    for caller in callers:
        for service, operations in (("*", ()), (_DATABASE, _COMMITS)):
            layer.plant([Rule(f"{_SEEN} {service} {caller}", change, service, operations, {"caller": f"^{caller}$"})])


def seen(layer: FaultLayer, callers: tuple[str, ...]) -> set[Effect]:
    """Return the effects among what was counted since `watch`."""
    counted, effects = layer.calls(), set[Effect]()
    for caller in callers:
        for service in ("*", _DATABASE):
            effects.update(_effects(caller, counted[f"{_SEEN} {service} {caller}"]))
    return effects


def _effects(caller: str, calls: Mapping[str, Mapping[str, int]]) -> Iterator[Effect]:
    for call, resources in calls.items():
        service, operation = call.split(":")
        if not Call(service, operation, "", "").reads:
            yield from (Effect(caller, service, operation, resource) for resource in resources)


def unseen(effects: set[Effect]) -> list[str]:
    """Return the effects that code of functions or engine names and that were not seen: each lacks a failpoint."""
    lacking = set[str]()
    for folder in CODE:
        of_folder = {(e.service, e.operation) for e in effects if (e.caller == ENGINE) == (folder == ENGINE)}
        named = {call for call in called(folder, _SHARED) if not Call(*call, "", "").reads}
        lacking |= {f"{folder} {service}:{operation}" for service, operation in named - of_folder}
    return sorted(lacking)
