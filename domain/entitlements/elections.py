"""Which option takes how much of a holding (domain rules: a later instruction than the deadline, or an unreleased one, does not count)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from itertools import groupby

from domain.corporate_actions import EVENT_TYPES, unread_terms
from domain.held import Held, missing_terms
from domain.numbers.exact import EXACT, plain
from domain.numbers.series import paired
from domain.records import Advice, CorporateAction, Election, ElectionRelease

ACCEPTED = "PACK"
NOT_CARRIED_OUT = ("REJT", "CAND", "CANO", "DEND", "DFLA")
"""Statuses of an instruction that is rejected, cancelled, cancelled by a third party, denied, or replaced by the default action (ISO 15022
User Handbook, MT567, 25D IPRC)."""
BEYOND_THE_HOLDING = ("OVER", "BUYA")
"""Options that ask for more than the holding entitles to."""


def quantities_by_option(
    event: CorporateAction, eligible: Decimal, elections: Sequence[Election]
) -> dict[str, Decimal]:
    """option_number -> units that it takes: of what is held, or of the rights that it brings (`EventType.units`).

    What is not elected goes to the default option; nothing where the event is voluntary. OVER and BUYA ask for more than is held: they use
    none of it up. Raises Held when a silent holder's option or an elected one is not announced, when elections exceed the holding, and for
    elections of a short: his lender elects, who takes the default until somebody says otherwise.
    """
    if eligible < 0 and elections:
        named = ", ".join(sorted(election.election_id for election in elections))
        detail = f"the account is short {plain(eligible.copy_abs())}: what it owes its lender elects, not its own election {named}"
        raise Held("election_of_a_short", "quantity", detail)
    units = EVENT_TYPES[event.event_type].units(event, eligible)
    if event.mandatory_voluntary == "MAND" and len(event.options) == 1:
        return {event.options[0].option_number: units}
    taken = _elected(event, elections)
    beyond = {option.option_number for option in event.options if option.option_type in BEYOND_THE_HOLDING}
    used = [quantity for option_number, quantity in taken.items() if option_number not in beyond]
    rest = reduce(EXACT.subtract, used, units)
    if rest < 0 <= eligible:
        raise Held(
            "over_instruction", "quantity", f"elections exceed the eligible quantity by {plain(rest.copy_negate())}"
        )
    if rest and event.mandatory_voluntary != "VOLU":
        default = default_option(event)
        taken[default] = EXACT.add(taken.get(default, Decimal(0)), rest)
    return taken


def _elected(event: CorporateAction, elections: Sequence[Election]) -> dict[str, Decimal]:
    numbers = {option.option_number for option in event.options}
    taken: dict[str, Decimal] = {}
    for election in elections:
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


@dataclass(frozen=True, slots=True)
class JudgedElections:
    """An account's elections of an event: the contents that `stand`, and the latest contents that do not count, each with the reason."""

    standing: tuple[Election, ...]
    refused: tuple[tuple[Election, Held], ...]


def judge_elections(
    event: CorporateAction,
    account: str,
    elections: Collection[Election],
    releases: Sequence[ElectionRelease],
    advices: Sequence[Advice] = (),
) -> JudgedElections:
    """Return the account's elections of the event, judged. `elections` are all contents of every election that ever named both.

    Of each election the content of the highest sequence that was received and released in time stands (domain rules, "Four eyes"), as far
    as the servicer carries it out: what it rejects is as if not elected, and counts again only under another number, as ISO 15022 knows no
    change of an instruction.
    """
    told = {advice.election_id: advice for advice in advices}
    if not elections:
        return JudgedElections((), ())
    standing, refused = [], []
    by_sequence = sorted(elections, key=lambda content: (content.election_id, -content.sequence))
    for _, group in groupby(by_sequence, key=lambda content: content.election_id):
        contents = list(group)
        reasons = [_refusal(event, content, contents, releases) for content in contents]
        counting = [content for content, reason in paired(contents, reasons) if reason is None]
        for content in (content for content in counting[:1] if _names(content, event, account)):
            carried_out, rest = _carried_out(content, told.get(content.election_id))
            standing += [carried_out] if carried_out.quantity or rest is None else []
            refused += [(content, rest)] if rest else []
        if reasons[0] and _names(contents[0], event, account):
            refused.append((contents[0], reasons[0]))
    return JudgedElections(tuple(standing), tuple(refused))


def _carried_out(election: Election, advice: Advice | None) -> tuple[Election, Held | None]:
    """Return (the election with the quantity that the servicer carries out, why the rest is not; None if there is no rest)."""
    if advice is None or advice.status not in (ACCEPTED, *NOT_CARRIED_OUT):
        return election, None
    whole = election.quantity
    told = whole if advice.quantity is None else min(advice.quantity, whole)
    left = told if advice.status == ACCEPTED else EXACT.subtract(whole, told)
    if left == whole:
        return election, None
    detail = f"the servicer carries out {plain(left)} of {plain(whole)}: {advice.said:.200}; instruct the rest anew, under another number"
    return replace(election, quantity=left), Held("not_carried_out", "quantity", detail)


def _names(election: Election, event: CorporateAction, account: str) -> bool:
    named = election.corporate_action_event_id, election.safekeeping_account
    return named == (event.corporate_action_event_id, account)


def _refusal(
    event: CorporateAction, election: Election, contents: Sequence[Election], releases: Sequence[ElectionRelease]
) -> Held | None:
    """Return why this one of an election's contents does not count; None if it does. Another event's deadline is not judged."""
    if unread := unread_terms(election):
        return unread
    deadline = event.deadline if election.corporate_action_event_id == event.corporate_action_event_id else None
    if deadline and election.received_at and election.received_at > deadline:
        return Held("after_deadline", "received_at", f"received at {election.received_at}, the deadline was {deadline}")
    if not any(content.entered_by for content in contents if content.sequence <= election.sequence):
        return None
    of_it = _releases_of(election, contents, releases)
    if not of_it:
        entered_by = f"another identity than {election.entered_by}" if election.entered_by else "an identity"
        detail = (
            f"sequence {election.sequence}: {entered_by} must release it with election_sequence {election.sequence}"
        )
        return Held("not_released", "entered_by", detail)
    if deadline and all(release.received_at and release.received_at > deadline for release in of_it):
        return Held("after_deadline", "released_at", f"it was released after the deadline, {deadline}")
    return None


def _releases_of(
    election: Election, contents: Sequence[Election], releases: Sequence[ElectionRelease]
) -> list[ElectionRelease]:
    """Return the releases of one content by others than who entered it: of each identity those of the highest sequence."""
    of_it = [
        release
        for release in releases
        if release.election_id == election.election_id
        and release.released_by != election.entered_by
        and _released_sequence(release, contents) == election.sequence
    ]
    latest = {release.released_by: release.sequence for release in sorted(of_it, key=lambda release: release.sequence)}
    return [release for release in of_it if release.sequence == latest[release.released_by]]


def _released_sequence(release: ElectionRelease, contents: Sequence[Election]) -> int | None:
    """Return the sequence of the content released: without an election_sequence the one current when the release was received; None if
    none was there yet. A later content than the first counts as current only if it surely came before the release."""
    if release.election_sequence is not None:
        return release.election_sequence
    first, at = contents[-1], release.received_at
    before = [content for content in contents if at and content.received_at and content.received_at <= at]
    current = [content.sequence for content in before]
    if first.received_at is None or at is None:
        current.append(first.sequence)
    return max(current, default=None)
