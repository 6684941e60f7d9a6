"""The rules that are planted now, and how often each fired."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from threading import Lock

from harness.faults.callers import Caller
from harness.faults.messages import Answer, Request
from harness.faults.operations import Call, resource_of
from harness.faults.rules import Rule


@dataclass
class Counter:
    """`matched`: calls that the rule was for; `fired`: those that it changed; `calls`: the former, by `service:Operation` and resource."""

    matched: int = 0
    fired: int = 0
    calls: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class PlantedRule:
    """A rule with its counters, and for which resources the operation of `when.since` was done."""

    rule: Rule
    counter: Counter = field(default_factory=Counter)
    _done_for: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def is_for(self, call: Call, request: Request, principal: str, caller: Caller) -> bool:
        """Return True if the rule concerns this request, and what it waits for was done before."""
        waits = "since" in self.rule.when
        return self.rule.is_for(call, request, principal, caller) and (
            not waits or self.rule.resource(request) in self._done_for
        )

    def was_done(self, call: Call, request: Request) -> None:
        """Remember the resource of a request that was answered with a success, if it is what `when.since` waits for."""
        resource = self.rule.resource(request)
        if self.rule.when.get("since") == call.operation and self.rule.service == call.service and resource is not None:
            self._done_for.add(resource)

    def takes(self, call: Call, request: Request) -> bool:
        """Counts a call that matched, and tells whether this one is the rule's turn (every nth, after the nth, at most so often)."""
        when = self.rule.when
        with self._lock:
            self.counter.matched += 1
            resources, resource = self.counter.calls.setdefault(call.name, {}), resource_of(call, request)
            resources[resource] = resources.get(resource, 0) + 1
            number = self.counter.matched - int(when.get("after", 0))
        return (
            number > 0 and number % int(when.get("nth", 1)) == 0 and self.counter.fired < when.get("at_most", 1 << 60)
        )

    def fired(self, changed: bool = True) -> bool:
        """Counts it as fired where it changed something."""
        with self._lock:
            self.counter.fired += changed
        return changed


@dataclass
class PastAnswers:
    """What each read was answered before the last write to its service."""

    _writes: dict[str, int] = field(default_factory=dict)
    _answers: dict[tuple[str, ...], list[tuple[int, Answer]]] = field(default_factory=dict)

    def wrote(self, service: str) -> None:
        """A write went to this service."""
        self._writes[service] = self._writes.get(service, 0) + 1

    def stale(self, service: str, question: tuple[str, ...], answer: Answer) -> Answer | None:
        """What the same question was answered before the last write, None where it was not asked; keeps this answer."""
        now = self._writes.get(service, 0)
        kept = self._answers.setdefault(question, [])
        older = [one for one in kept if one[0] < now][-1:]
        self._answers[question] = [*older, (now, answer.copy())]
        return older[0][1].copy() if older else None


@dataclass
class Planted:
    """All of them, in the order in which they were planted."""

    rules: list[PlantedRule] = field(default_factory=list)
    past: PastAnswers = field(default_factory=PastAnswers)

    def plant(self, rules: Iterable[Rule]) -> None:
        """Adds rules; one with the id of another takes its place."""
        new = [PlantedRule(rule) for rule in rules]
        replaced = {one.rule.id for one in new}
        self.rules = [one for one in self.rules if one.rule.id not in replaced] + new

    def clear(self, ids: Collection[str] | None = None) -> None:
        """Take out the rules of these ids, or all; what was remembered for stale answers goes too."""
        self.rules = [] if ids is None else [one for one in self.rules if one.rule.id not in ids]
        self.past = PastAnswers()

    def counters(self) -> dict[str, dict[str, int]]:
        """matched and fired by rule id."""
        return {
            planted.rule.id: {"matched": planted.counter.matched, "fired": planted.counter.fired}
            for planted in self.rules
        }

    def calls(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return how often each rule matched, by rule id, `service:Operation` and resource."""
        return {planted.rule.id: planted.counter.calls for planted in self.rules}
