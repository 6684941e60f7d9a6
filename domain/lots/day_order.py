"""The order of events of one day (domain rules, "Order within a day"): the only place that chooses it.

Each rule orders the pairs of events that earlier rules left open: links of the announcements; then the record date; then, of one security,
what distributes on it before what replaces it; then what credits a security before events of that security; then the event id.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, permutations

from domain.corporate_actions import DISTRIBUTING, Debit, LotTreatment
from domain.lots.effect import LotEffect


@dataclass(frozen=True, slots=True)
class _Event:
    """An event's effects of one day, in the order in which it gives them."""

    effects: Sequence[LotEffect]

    @property
    def identity(self) -> str:
        return self.effects[0].event_id

    @property
    def isin(self) -> str:
        return self.effects[0].isin

    @property
    def record_date(self) -> date | None:
        return self.effects[0].record_date

    @property
    def replaces(self) -> bool:
        taken = any(
            effect.outturn.debit is not Debit.NOTHING and effect.treatment is not LotTreatment.PURCHASE
            for effect in self.effects
            if effect.isin == self.isin
        )
        return taken or self.effects[0].event_type not in DISTRIBUTING

    @property
    def credits(self) -> set[str]:
        return {isin for effect in self.effects for isin, _ in effect.credited} - {self.isin}


@dataclass(slots=True)
class _Precedence:
    """`before`: every event that comes before an event, directly or through others, by event id."""

    before: dict[str, set[str]] = field(default_factory=dict)

    def add(self, first: str, second: str) -> None:
        """Put an event before another one, with all that comes before the one and after the other."""
        earlier = self.before.get(first, set()) | {first}
        for event_id in [second, *(later for later, known in self.before.items() if second in known)]:
            self.before.setdefault(event_id, set()).update(earlier)

    def is_open(self, first: str, second: str) -> bool:
        """Return True if nothing orders the two yet."""
        return first not in self.before.get(second, ()) and second not in self.before.get(first, ())


def _is_recorded_earlier(first: _Event, second: _Event) -> bool:
    return first.record_date is not None and second.record_date is not None and first.record_date < second.record_date


def _distributes_before(first: _Event, second: _Event) -> bool:
    return first.isin == second.isin and second.replaces and not first.replaces


def _credits(first: _Event, second: _Event) -> bool:
    return second.isin in first.credits


_RULES: Sequence[Callable[[_Event, _Event], bool]] = (_is_recorded_earlier, _distributes_before, _credits)


def in_order(effects: Iterable[LotEffect]) -> tuple[list[LotEffect], list[str]]:
    """Return (effects in the order of their days and within each day, ids of the events whose links go in a circle); the latter's effects
    are left out."""
    ordered = sorted(effects, key=lambda effect: (effect.on, effect.event_id))
    linked = _of_links(ordered)
    circular = sorted(event_id for event_id, before in linked.before.items() if event_id in before)
    standing = [effect for effect in ordered if effect.event_id not in circular]
    return [
        effect for _, day in groupby(standing, key=lambda effect: effect.on) for effect in _of_day(day, linked)
    ], circular


def _of_links(effects: Sequence[LotEffect]) -> _Precedence:
    """Read the links between these events. Events processed together (WITH) share what comes before and after them."""
    links = {effect.event_id: effect.links for effect in effects}
    pairs = [
        (event_id, link.corporate_action_event_id, link.processing_position)
        for event_id, of_event in sorted(links.items())
        for link in of_event
        if link.corporate_action_event_id in links
    ]
    together = {event_id: {event_id} for event_id in links}
    for one, other, position in pairs:
        if position == "WITH":
            joined = together[one] | together[other]
            together |= {event_id: joined for event_id in joined}
    precedence = _Precedence()
    for one, other, position in pairs:
        if position in ("BEFO", "AFTE"):
            first, second = (one, other) if position == "BEFO" else (other, one)
            for earlier in sorted(together[first]):
                for later in sorted(together[second]):
                    precedence.add(earlier, later)
    return precedence


def _of_day(effects: Iterable[LotEffect], linked: _Precedence) -> list[LotEffect]:
    """Order one day's events, given by event id."""
    events = [_Event(list(of_event)) for _, of_event in groupby(effects, key=lambda effect: effect.event_id)]
    return [effect for event in _ranked(events, linked) for effect in event.effects]


def _ranked(group: Sequence[_Event], linked: _Precedence) -> list[_Event]:
    """Return a group's events in order, the lowest id first where no rule decides."""
    order = _Precedence({event.identity: set(linked.before.get(event.identity, ())) for event in group})
    for rule in _RULES:
        for first, second in permutations(group, 2):
            if order.is_open(first.identity, second.identity) and rule(first, second):
                order.add(first.identity, second.identity)
    waiting, ranked = list(group), list[_Event]()
    while waiting:
        left = {event.identity for event in waiting}
        ranked.append(next(event for event in waiting if not order.before[event.identity] & left))
        waiting.remove(ranked[-1])
    return ranked
