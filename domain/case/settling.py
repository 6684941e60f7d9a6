"""What one holder gets out of an event: entitlements, effects on its trades, protections, and what is held."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from domain.case.event import Case
from domain.case.holder import SHORT_NOT_ALLOWED, Holder
from domain.corporate_actions import EVENT_TYPES
from domain.entitlements import Calculation, judge_elections, quantities_by_option
from domain.entitlements.elections import JudgedElections
from domain.held import Held, Hold
from domain.market_claims import BuyerProtection, PartedElections, TradeEffects, part_elections, trade_effects
from domain.numbers.exact import plain
from domain.records import CorporateAction, Election, Position, position_identity


@dataclass(frozen=True, slots=True)
class Settled:
    """`due` by option; `effects` on the holder's pending trades; `protections` of its purchases; `holds` says what is held."""

    due: tuple[Calculation, ...] = ()
    effects: TradeEffects = field(default_factory=TradeEffects)
    protections: tuple[BuyerProtection, ...] = ()
    holds: tuple[Hold, ...] = ()


def settle(case: Case, holder: Holder) -> Settled:
    """Return what the event gives the holder today; nothing if the event has ended, is held or is not due."""
    if case.prepared is None or not case.is_settled:
        return Settled()
    effects = trade_effects(case.prepared, case.dates, holder.trades)
    refused = _judged(case, holder).refused  # whatever the account holds
    holds = [Hold("refused", election.election_id, holder.safekeeping_account, why) for election, why in refused]
    holds += _unclaimed(case.event.identity, effects)
    protections: tuple[BuyerProtection, ...] = ()
    due: tuple[Calculation, ...] = ()
    try:
        parted = part(case, holder)
        protections = parted.protections
        due = case.prepared.entitle(holder.account, holder.eligible, parted.of_holding, holder.places, holder.drawings)
        told = {election.election_id for election, _ in refused}
        holds += _of_nothing(case.event, parted.of_holding, told) if not holder.eligible else ()
    except Held as held:
        holds.append(_unsettled(case, holder, held))
    return Settled(due, effects, protections, tuple(holds))


def judged_election(case: Case, holder: Holder, election_id: str) -> tuple[Election | None, Held | None]:
    """Return (the content of a holder's election that stands, why its latest content does not count), each None if there is none.

    Raises Held if the holder's elections cannot be judged yet.
    """
    if case.held and (case.event.event_type not in EVENT_TYPES or not case.event.options):
        raise case.held
    judged = _judged(case, holder)
    standing = next((content for content in judged.standing if content.identity == election_id), None)
    refused = next((why for content, why in judged.refused if content.identity == election_id), None)
    try:
        quantities_by_option(case.event, holder.eligible, part(case, holder).of_holding)
    except Held as held:
        if held.reason not in (*_OF_ELECTIONS, "unknown_option"):
            raise
        return None, refused or held
    return standing, refused


def part(case: Case, holder: Holder) -> PartedElections:
    """Return the elections of what is held, and the protected purchases with theirs. Raises Held if a calendar is needed, or for a short
    that the account does not allow."""
    if refused := holder.refused_short:
        raise refused
    standing = _judged(case, holder).standing
    return part_elections(case.event, case.dates, holder.eligible, holder.trades, standing)


def _judged(case: Case, holder: Holder) -> JudgedElections:
    return judge_elections(case.event, holder.safekeeping_account, holder.elections, holder.releases, holder.advices)


_OF_ELECTIONS = ("over_instruction", "election_of_a_short")
_OF_THE_HOLDER = ("unknown_account", SHORT_NOT_ALLOWED, *_OF_ELECTIONS)
"""Reasons that lie with the holder; every other one lies with the event as well."""


def _unsettled(case: Case, holder: Holder, held: Held) -> Hold:
    """Return the hold of an entitlement that cannot be settled: of the positions that count, and of the event, drawings or elections with
    which the reason lies. Of an account without position and drawing only its claims can be held."""
    event, account = case.event, holder.safekeeping_account
    if not (holder.eligible or holder.drawings):
        return Hold("claims", event.identity, account, held)
    beside = [
        (Position.record_type, position_identity(account, event.isin, place.safekeeping_place, place.as_of_date))
        for place in holder.places
    ]
    if held.reason not in _OF_THE_HOLDER:
        beside.append((event.record_type, event.identity))
    beside += [(drawing.record_type, drawing.identity) for drawing in holder.drawings]
    if held.reason in _OF_ELECTIONS:
        beside += sorted({(election.record_type, election.identity) for election in holder.elections})
    return Hold("entitlement", event.identity, account, held, beside=tuple(beside))


def _of_nothing(event: CorporateAction, elections: Sequence[Election], told: Collection[str]) -> Iterator[Hold]:
    """Hold each election of an account that held nothing, but those `told` as refused and those of 0 units, which were taken back."""
    for election in elections:
        if election.quantity and election.election_id not in told:
            held = f"{election.safekeeping_account} held nothing of {event.isin} on {event.entitlement_date}"
            detail = f"{held}, of which {plain(election.quantity)} is elected: report its position, or elect 0 with a higher sequence"
            yield Hold(
                "refused", election.election_id, election.safekeeping_account, Held("no_holding", "quantity", detail)
            )


def _unclaimed(event_id: str, effects: TradeEffects) -> Iterator[Hold]:
    for trade, held in effects.unclaimed:
        said = Held(held.reason, held.field, f"trade {trade.trade_id}: {held.detail}")
        yield Hold("claims", event_id, trade.safekeeping_account, said, trade.trade_id)
