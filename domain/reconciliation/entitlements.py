"""What we calculated against what was held on the entitlement date."""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.numbers.series import sum_of
from domain.reconciliation.entitlement import CurrentEntitlement
from domain.reconciliation.facts import AccountFacts
from domain.reconciliation.positions import Balance, balances
from domain.reconciliation.row import AGREED, Row, Subject
from domain.reconciliation.tolerance import quantities_agree


def check_entitlements(facts: AccountFacts) -> Iterator[Row]:
    """QUANTITY, MISSING_THEIRS (no statement any more), MISSING_OURS (held, and not entitled), DUPLICATE (one event under two ids).

    Over all options of an event. Who holds a security of a mandatory event or a choice is entitled with the whole holding; of a voluntary
    one (not among the calculated events) with what was instructed, at most the holding. Rights are compared with no holding of the security
    that they were given for.
    """
    by_event: dict[str, list[CurrentEntitlement]] = {}
    for entitlement in sorted(facts.entitlements, key=lambda entitlement: entitlement.key):
        by_event.setdefault(entitlement.corporate_action_event_id, []).append(entitlement)
    first: dict[tuple[str, date | None, tuple[str, ...]], str] = {}
    for event_id, options in by_event.items():
        pays = tuple(option.pays for option in options)
        twin = first.setdefault((options[0].isin, options[0].entitlement_date, pays), event_id)
        finding = AGREED if twin == event_id else ("DUPLICATE", f"{twin} has the same type, dates and amounts")
        yield _of_event(options).row("duplicate", finding=finding)
        if options[0].entitlement_date is not None and not options[0].in_rights:
            yield _quantity(facts, options, options[0].entitlement_date)
    yield from _left_out(facts, set(by_event))


def _quantity(facts: AccountFacts, options: Sequence[CurrentEntitlement], on: date) -> Row:
    ours = sum_of(option.eligible_quantity for option in options if not option.beyond_holding)
    balance = _held(facts, options[0].isin, on)
    key = f"{options[0].corporate_action_event_id}/{options[0].isin}"
    uses = [("calculated_events", key)]
    if balance is None:
        finding = ("MISSING_THEIRS", "no statement up to the record date any more")
        return _of_event(options).row("entitlement", (ours, None), finding, uses)
    finding = ("QUANTITY", "a statement came or changed after the calculation")
    in_part = ours < balance.settled and all(event.key != key for event in facts.calculated_events)
    if in_part or quantities_agree(ours, balance.settled):
        finding = AGREED
    return _of_event(options).row("entitlement", (ours, balance.settled), finding, [*uses, *balance.uses])


def _left_out(facts: AccountFacts, entitled: set[str]) -> Iterator[Row]:
    for event in facts.calculated_events:
        if event.corporate_action_event_id in entitled:
            continue
        held = _held(facts, event.isin, event.entitlement_date)
        if held and held.settled:
            names = {"isin": event.isin, "corporate_action_event_id": event.corporate_action_event_id}
            finding = ("MISSING_OURS", "a holder without entitlement: its account or rate is unknown, or it came late")
            subject = Subject(event.key, [("calculated_events", event.key)], event.entitlement_date, **names)
            yield subject.row("entitlement", (None, held.settled), finding, held.uses)


def _held(facts: AccountFacts, isin: str, on: date) -> Balance | None:
    return balances((position for position in facts.positions if position.isin == isin), on).get(isin)


def _of_event(options: Sequence[CurrentEntitlement]) -> Subject:
    event_id, isin = options[0].corporate_action_event_id, options[0].isin
    uses = [("entitlements", option.key) for option in options]
    return Subject(
        f"{event_id}/{isin}", uses, options[0].entitlement_date, isin=isin, corporate_action_event_id=event_id
    )
