"""What custodians state: balances by security and date, and whether a position can be right, is fresh and has one source."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.numbers.series import sum_of
from domain.reconciliation.facts import AccountFacts, greatest
from domain.reconciliation.row import AGREED, Input, Row, Subject
from domain.records import Position, latest

STALE_AFTER_DAYS = 7
"""Calendar days from a statement to its custodian's newest one after which it is STALE_STATEMENT.

No standard gives a number, so this is ours: a custodian states an account on every business day, and no market of our calendars has
business days further apart than 7 days (Tokyo, 30 December 2024 and 6 January 2025); what is older was left out, not closed.
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """Positions of one ISIN as of a date, in units: `settled`; `present` with what is lent and without what is borrowed; `owned` with
    what the custodian says is pending too."""

    positions: tuple[Position, ...]
    settled: Fraction
    present: Fraction
    owned: Fraction

    @property
    def newest(self) -> date:
        """Return the newest as-of date among the places."""
        return max(position.as_of_date for position in self.positions)

    @property
    def uses(self) -> list[Input]:
        """Return the positions, as inputs."""
        return [("positions", position.identity) for position in self.positions]


def present(position: Position) -> Fraction:
    """Settled + on loan - borrowed: what was delivered to the account, wherever it is now."""
    lent = Fraction(position.on_loan_quantity) - Fraction(position.borrowed_quantity)
    return Fraction(position.settled_quantity) + lent


def owned(position: Position) -> Fraction:
    """Return what lots should add up to: settled + pending receipts - pending deliveries + on loan - borrowed."""
    pending = Fraction(position.pending_receipt_quantity) - Fraction(position.pending_delivery_quantity)
    return present(position) + pending


def balances(positions: Iterable[Position], on: date) -> dict[str, Balance]:
    """By ISIN: the sum over places."""
    by_isin: dict[str, list[Position]] = {}
    for position in latest(positions, on):
        by_isin.setdefault(position.isin, []).append(position)
    return {isin: _balance(stated) for isin, stated in by_isin.items()}


def _balance(stated: Sequence[Position]) -> Balance:
    settled = sum_of(Fraction(position.settled_quantity) for position in stated)
    here, whole = (sum_of(map(quantity, stated)) for quantity in (present, owned))
    return Balance(tuple(stated), settled, here, whole)


def check_positions(facts: AccountFacts, on: date) -> Iterator[Row]:
    """Yield two rows for each place's latest position, and one for each second source of it.

    INCONSISTENT_STATEMENT: more is borrowed than settled holds (borrowed securities are in it), or what is owned is below zero, and neither
    the settled quantity nor our lots are short.
    STALE_STATEMENT: the custodian stated the account again more than STALE_AFTER_DAYS later without this line; one that closed at
    zero need not be stated again. DUPLICATE: another source states the same place and date, which changes nothing.
    """
    newest = greatest((position.source, position.as_of_date) for position in facts.positions)
    current = {position.identity: position for position in latest(facts.positions, on)}
    for position in current.values():
        yield _of_place(position).row("consistency", finding=_inconsistency(facts, position))
        yield _of_place(position).row("statement", finding=_staleness(position, newest[position.source]))
    for second in facts.second_sources:
        if second.identity in current:
            yield _second_source(current[second.identity], second)


def _of_place(position: Position) -> Subject:
    key, uses = f"{position.isin}/{position.safekeeping_place}", [("positions", position.identity)]
    return Subject(key, uses, position.as_of_date, isin=position.isin)


def _second_source(first: Position, second: Position) -> Row:
    key = f"{second.isin}/{second.safekeeping_place}/{second.as_of_date}/{second.source}"
    uses = [("positions", first.identity), ("second_sources", f"{second.identity}/{second.source}")]
    cause = f"{first.source} reports this place already: what {second.source} says changes nothing"
    sides = Fraction(first.settled_quantity), Fraction(second.settled_quantity)
    return Subject(key, uses, second.as_of_date, isin=second.isin).row("source", sides, ("DUPLICATE", cause))


def _inconsistency(facts: AccountFacts, position: Position) -> tuple[str, str]:
    is_short = position.settled_quantity < 0 or (facts.open_lots or {}).get(position.isin, Fraction(0)) < 0
    if position.borrowed_quantity > max(position.settled_quantity, Decimal(0)):
        return "INCONSISTENT_STATEMENT", "more is borrowed than the settled quantity holds"
    if owned(position) < 0 and not is_short:
        return "INCONSISTENT_STATEMENT", "settled, pending, loaned and borrowed quantities add up to less than zero"
    return AGREED


def _staleness(position: Position, newest: date) -> tuple[str, str]:
    if not owned(position) or (newest - position.as_of_date).days <= STALE_AFTER_DAYS:
        return AGREED
    return (
        "STALE_STATEMENT",
        f"last stated {position.as_of_date}, {position.source}'s newest statement is of {newest}",
    )
