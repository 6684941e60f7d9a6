"""Which option takes how much of a holding (domain rules: a later instruction than the deadline, or an unreleased one, does not count)."""

from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

from domain.entitlements.held import Held
from domain.exact import EXACT, plain
from domain.records import CorporateAction, Election, ElectionRelease


def quantities_by_option(
    event: CorporateAction, eligible: Decimal, elections: Sequence[Election], releases: Sequence[ElectionRelease]
) -> dict[str, Decimal]:
    """option_number -> eligible quantity. What is not elected goes to the default option; nothing where the event is voluntary.

    Raises Held when a silent holder's option or an elected one is not announced, and when elections exceed the holding.
    """
    if event.mandatory_voluntary == "MAND" and len(event.options) == 1:
        return {event.options[0].option_number: eligible}
    numbers = {option.option_number for option in event.options}
    taken: dict[str, Decimal] = {}
    for election in elections:
        if counts(event, election, releases):
            if election.option_number not in numbers:
                detail = (
                    f"election {election.election_id} takes option {election.option_number}, which is not announced"
                )
                raise Held("unknown_option", "option_number", detail)
            taken[election.option_number] = EXACT.add(taken.get(election.option_number, Decimal(0)), election.quantity)
    rest = reduce(EXACT.subtract, taken.values(), eligible)
    if rest < 0:
        raise Held(
            "over_instruction", "quantity", f"elections exceed the eligible quantity by {plain(rest.copy_negate())}"
        )
    if rest > 0 and event.mandatory_voluntary != "VOLU":
        default = _default_option(event)
        taken[default] = EXACT.add(taken.get(default, Decimal(0)), rest)
    return taken


def _default_option(event: CorporateAction) -> str:
    defaults = [option.option_number for option in event.options if option.is_default_option]
    if len(defaults) != 1:
        raise Held("missing_terms", "options.is_default_option", "exactly one option must be the default option")
    return defaults[0]


def counts(event: CorporateAction, election: Election, releases: Sequence[ElectionRelease]) -> bool:
    """In time, and released by another identity where one entered it."""
    deadline = event.deadline
    if deadline and election.received_at and election.received_at > deadline:
        return False
    if not election.entered_by:
        return True
    return any(
        release.election_id == election.election_id
        and release.released_by != election.entered_by
        and not (deadline and release.received_at and release.received_at > deadline)
        for release in releases
    )
