"""Which option takes how much of a holding (domain rules: a later instruction than the deadline, or an unreleased one, does not count)."""

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

from domain.corporate_actions import EVENT_TYPES
from domain.held import Held, missing_terms
from domain.numbers.exact import EXACT, plain
from domain.records import CorporateAction, Election, ElectionRelease

BEYOND_THE_HOLDING = ("OVER", "BUYA")
"""Options that ask for more than the holding entitles to."""


def quantities_by_option(
    event: CorporateAction, eligible: Decimal, elections: Sequence[Election], releases: Sequence[ElectionRelease]
) -> dict[str, Decimal]:
    """option_number -> units that it takes: of what is held, or of the rights that it brings (`EventType.units`).

    What is not elected goes to the default option; nothing where the event is voluntary. OVER and BUYA ask for more than is held: they use
    none of it up. Raises Held when a silent holder's option or an elected one is not announced, and when elections exceed the holding.
    """
    units = EVENT_TYPES[event.event_type].units(event, eligible)
    if event.mandatory_voluntary == "MAND" and len(event.options) == 1:
        return {event.options[0].option_number: units}
    taken = _elected(event, elections, releases)
    beyond = {option.option_number for option in event.options if option.option_type in BEYOND_THE_HOLDING}
    used = [quantity for number, quantity in taken.items() if number not in beyond]
    rest = reduce(EXACT.subtract, used, units)
    if rest < 0:
        raise Held(
            "over_instruction", "quantity", f"elections exceed the eligible quantity by {plain(rest.copy_negate())}"
        )
    if rest > 0 and event.mandatory_voluntary != "VOLU":
        default = default_option(event)
        taken[default] = EXACT.add(taken.get(default, Decimal(0)), rest)
    return taken


def _elected(
    event: CorporateAction, elections: Sequence[Election], releases: Sequence[ElectionRelease]
) -> dict[str, Decimal]:
    numbers = {option.option_number for option in event.options}
    taken: dict[str, Decimal] = {}
    for election in elections:
        if refusal(event, election, releases):
            continue
        if election.option_number not in numbers:
            detail = f"election {election.election_id} takes option {election.option_number}, which is not announced"
            raise Held("unknown_option", "option_number", detail)
        taken[election.option_number] = EXACT.add(taken.get(election.option_number, Decimal(0)), election.quantity)
    return taken


def default_option(event: CorporateAction) -> str:
    """Return the number of the option that holds without an election. Raises Held if not exactly one is the default."""
    defaults = [option.option_number for option in event.options if option.is_default_option]
    if len(defaults) != 1:
        raise missing_terms("options.is_default_option", "exactly one option must be the default option")
    return defaults[0]


def refusal(event: CorporateAction, election: Election, releases: Sequence[ElectionRelease]) -> Held | None:
    """Return why an election does not count; None if it does."""
    deadline = event.deadline
    if deadline and election.received_at and election.received_at > deadline:
        return Held("after_deadline", "received_at", f"received at {election.received_at}, the deadline was {deadline}")
    if not election.entered_by:
        return None
    of_it = [release for release in releases if release.election_id == election.election_id]
    others = [release for release in of_it if release.released_by != election.entered_by]
    if not others:
        return Held("not_released", "entered_by", f"another identity than {election.entered_by} must release it")
    if deadline and all(release.received_at and release.received_at > deadline for release in others):
        return Held("after_deadline", "released_at", f"it was released after the deadline, {deadline}")
    return None
