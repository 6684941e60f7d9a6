"""What custodians state: balances by security and date, and whether a statement can be right and is fresh."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from domain.reconciliation.row import AGREED, Row, row
from domain.records import Position

STALE_AFTER_DAYS = 7
"""Calendar days from a statement to its custodian's newest one after which it is STALE_STATEMENT.

No standard gives a number, so this is ours: a custodian states an account on every business day, and no market of our calendars has
business days further apart than 7 days (Tokyo, 30 December 2024 and 6 January 2025); what is older was left out, not closed.
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """Statements of one ISIN as of a date: settled, and what explains a difference to lots as timing or lending. In units."""

    statements: tuple[Position, ...]
    settled: Fraction
    owned: Fraction


def latest(positions: Iterable[Position], on: date) -> list[Position]:
    """Each place's own greatest as-of date up to a date, by ISIN and place."""
    found: dict[tuple[str, str], Position] = {}
    for each in positions:
        key = (each.isin, each.safekeeping_place)
        if each.as_of_date <= on and (key not in found or found[key].as_of_date < each.as_of_date):
            found[key] = each
    return [found[key] for key in sorted(found)]


def owned(statement: Position) -> Fraction:
    """What lots should add up to: settled + pending receipts - pending deliveries + on loan - borrowed."""
    plus = (statement.settled_quantity, statement.pending_receipt_quantity, statement.on_loan_quantity)
    minus = (statement.pending_delivery_quantity, statement.borrowed_quantity)
    return sum(map(Fraction, plus), Fraction(0)) - sum(map(Fraction, minus), Fraction(0))


def balances(positions: Iterable[Position], on: date) -> dict[str, Balance]:
    """By ISIN: the sum over places."""
    by_isin: dict[str, list[Position]] = {}
    for each in latest(positions, on):
        by_isin.setdefault(each.isin, []).append(each)
    return {isin: _balance(statements) for isin, statements in by_isin.items()}


def _balance(statements: Sequence[Position]) -> Balance:
    settled = sum((Fraction(each.settled_quantity) for each in statements), Fraction(0))
    return Balance(tuple(statements), settled, sum(map(owned, statements), Fraction(0)))


def check_statements(positions: Sequence[Position], on: date) -> Iterator[Row]:
    """Two rows for each place's latest statement.

    INCONSISTENT_STATEMENT: more is borrowed than settled holds (borrowed securities are in it), or what is owned is below zero.
    STALE_STATEMENT: the custodian stated the account again more than STALE_AFTER_DAYS later without this line; one that closed at
    zero need not be stated again.
    """
    newest: dict[str, date] = {}
    for each in positions:
        newest[each.source] = max(each.as_of_date, newest.get(each.source, date.min))
    for statement in latest(positions, on):
        key, uses = f"{statement.isin}/{statement.safekeeping_place}", [("positions", statement.identity)]
        yield row("consistency", key, (None, None), _inconsistency(statement), uses)
        yield row("statement", key, (None, None), _staleness(statement, newest[statement.source]), uses)


def _inconsistency(statement: Position) -> tuple[str, str]:
    if statement.borrowed_quantity > statement.settled_quantity:
        return "INCONSISTENT_STATEMENT", "more is borrowed than the settled quantity holds"
    if owned(statement) < 0:
        return "INCONSISTENT_STATEMENT", "settled, pending, loaned and borrowed quantities add up to less than zero"
    return AGREED


def _staleness(statement: Position, newest: date) -> tuple[str, str]:
    if not owned(statement) or (newest - statement.as_of_date).days <= STALE_AFTER_DAYS:
        return AGREED
    return (
        "STALE_STATEMENT",
        f"last stated {statement.as_of_date}, {statement.source}'s newest statement is of {newest}",
    )
