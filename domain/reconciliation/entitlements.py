"""What we calculated against what was held on the entitlement date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.reconciliation.row import AGREED, Row, row
from domain.reconciliation.statements import Balance, balances
from domain.records import Position


@dataclass(frozen=True, slots=True)
class CurrentEntitlement:
    """What the projection says was eligible: units of `isin` on the entitlement date, over all options of one event.

    `pays` is what comes of it (type, payment date, amounts and securities of each option), to tell an event announced twice.
    """

    corporate_action_event_id: str
    isin: str
    entitlement_date: date
    eligible_quantity: Decimal
    pays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CalculatedEvent:
    """An event that was calculated and entitles everyone who held `isin` on the entitlement date (not a voluntary one)."""

    corporate_action_event_id: str
    isin: str
    entitlement_date: date


def check_entitlements(
    positions: Sequence[Position], due: Sequence[CurrentEntitlement], events: Sequence[CalculatedEvent]
) -> Iterator[Row]:
    """QUANTITY, MISSING_THEIRS (no statement any more), MISSING_OURS (held, and not entitled), DUPLICATE (one event under two ids)."""
    first: dict[tuple[str, date, tuple[str, ...]], str] = {}
    for each in sorted(due, key=input_key):
        found = balances(positions, each.entitlement_date).get(each.isin)
        yield _quantity(each, found)
        event_id = each.corporate_action_event_id
        twin = first.setdefault((each.isin, each.entitlement_date, each.pays), event_id) if each.pays else event_id
        finding = AGREED if twin == event_id else ("DUPLICATE", f"{twin} has the same type, dates and amounts")
        yield row("duplicate", _key(each), (None, None), finding, [("entitlements", input_key(each))])
    entitled = {each.corporate_action_event_id for each in due}
    for event in events:
        held = balances(positions, event.entitlement_date).get(event.isin)
        if held and held.settled > 0 and event.corporate_action_event_id not in entitled:
            finding = ("MISSING_OURS", "a holder without entitlement: its account or rate is unknown, or it came late")
            uses = [("calculated_events", input_key(event)), *_stated(held)]
            yield row("entitlement", _key(event), (None, held.settled), finding, uses)


def input_key(each: CurrentEntitlement | CalculatedEvent) -> str:
    """`event/isin/date`, by which control totals count it."""
    return f"{_key(each)}/{each.entitlement_date}"


def _quantity(due: CurrentEntitlement, found: Balance | None) -> Row:
    key, ours = _key(due), Fraction(due.eligible_quantity)
    uses = [("entitlements", input_key(due)), ("calculated_events", input_key(due))]
    if found is None:
        finding = ("MISSING_THEIRS", "no statement up to the record date any more")
        return row("entitlement", key, (ours, None), finding, uses)
    finding = AGREED if found.settled == ours else ("QUANTITY", "a statement came or changed after the calculation")
    return row("entitlement", key, (ours, found.settled), finding, [*uses, *_stated(found)])


def _stated(balance: Balance) -> list[tuple[str, str]]:
    return [("positions", each.identity) for each in balance.statements]


def _key(each: CurrentEntitlement | CalculatedEvent) -> str:
    return f"{each.corporate_action_event_id}/{each.isin}"
