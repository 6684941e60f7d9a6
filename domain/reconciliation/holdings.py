"""Holdings statements (MT535, semt.002), and eligible balances of announcements, against the positions that we calculate with."""

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from domain.numbers.series import sum_of
from domain.reconciliation.facts import AccountFacts, greatest
from domain.reconciliation.positions import Balance, balances
from domain.reconciliation.row import AGREED, Row, Subject
from domain.records import Position, Statement, latest

_SAID_BY = {"holdings": "the holdings statement", "eligible_balance": "the eligible balance of the announcement"}
"""Kind of a row -> its side beside ours, in words."""
_INCONSISTENT = "INCONSISTENT_STATEMENT", "available and not available do not add up to the aggregate"


def current_lines(statements: Iterable[Statement]) -> list[Statement]:
    """The lines of each place's newest statement, by ISIN: a statement is whole, so that a newer one replaces all lines before it."""
    lines = [line for line in statements if not line.corporate_action_event_id]
    newest = greatest((line.safekeeping_place, line.as_of_date) for line in lines)
    current = [line for line in lines if line.as_of_date == newest[line.safekeeping_place]]
    return sorted(current, key=lambda line: (line.isin, line.safekeeping_place))


def check_holdings(facts: AccountFacts) -> Iterator[Row]:
    """Yield rows for each line of the newest statements (INCONSISTENT_STATEMENT where AVAI + NAVL is not AGGR; its aggregate against our
    position: QUANTITY, TIMING, MISSING_OURS), and MISSING_THEIRS for a position that its place's statement leaves out.

    A settled aggregate is compared with what is settled, on another basis with what is owned once all pending settles.
    A line without place is compared with all places together.
    """
    lines = current_lines(facts.statements)
    for line in lines:
        yield _of_line(line).row("holdings_consistency", finding=AGREED if _adds_up(line) else _INCONSISTENT)
        yield _compare(facts, line)
    yield from _left_out(facts, lines)


def check_eligible_balances(facts: AccountFacts) -> Iterator[Row]:
    """Yield a row for each eligible balance that an announcement states (MT564 ELIG): QUANTITY, TIMING or MISSING_OURS where our settled
    quantity on the record date, by which we entitle, is another."""
    yield from (_compare(facts, line) for line in facts.statements if line.corporate_action_event_id)


def _adds_up(line: Statement) -> bool:
    if line.available is None or line.not_available is None:
        return True
    return Fraction(line.available) + Fraction(line.not_available) == Fraction(line.aggregate)


def _compare(facts: AccountFacts, line: Statement) -> Row:
    ours = balances(_at(facts.positions, line.safekeeping_place), line.as_of_date).get(line.isin)
    theirs, kind = Fraction(line.aggregate), _kind(line)
    if ours is None:
        finding = ("MISSING_OURS", f"{_SAID_BY[kind]} holds what no position told us") if theirs else AGREED
        return _of_line(line).row(kind, (None, theirs), finding)
    counted = ours.settled if line.is_settled else ours.owned
    return _of_line(line).row(kind, (counted, theirs), _finding(facts, line, ours, counted), ours.uses)


def _finding(facts: AccountFacts, line: Statement, ours: Balance, counted: Fraction) -> tuple[str, str]:
    theirs = Fraction(line.aggregate)
    if theirs == counted:
        return AGREED
    if theirs in (ours.owned, ours.present, ours.settled):
        return "TIMING", "explained by pending, loaned or borrowed quantities"
    settled = facts.trades_of(line.isin, lambda trade: ours.newest < trade.settlement_date <= line.as_of_date)
    if settled and counted + sum_of(settled.values()) == theirs:
        return "TIMING", f"explained by what settled after the position: {', '.join(sorted(settled))}"
    return "QUANTITY", f"{_SAID_BY[_kind(line)]} and the position differ"


def _left_out(facts: AccountFacts, lines: Iterable[Statement]) -> Iterator[Row]:
    stated: dict[str, set[str]] = {}
    dates: dict[str, date] = {}
    for line in lines:
        stated.setdefault(line.safekeeping_place, set()).add(line.isin)
        dates[line.safekeeping_place] = line.as_of_date
    for place, on in sorted(dates.items()):
        for position in latest(_at(facts.positions, place), on):
            if position.isin in stated[place] or not position.settled_quantity:
                continue
            key = f"{position.isin}/{position.safekeeping_place}/{place or 'all'}"
            finding = ("MISSING_THEIRS", f"the custodian's statement of {on} does not hold the security")
            subject = Subject(key, [("positions", position.identity)], on, isin=position.isin)
            yield subject.row("holdings", (Fraction(position.settled_quantity), None), finding)


def _at(positions: Iterable[Position], place: str) -> list[Position]:
    return [position for position in positions if not place or position.safekeeping_place == place]


def _of_line(line: Statement) -> Subject:
    event = line.corporate_action_event_id
    key = f"{line.isin}/{line.safekeeping_place or 'all'}/" + (f"{line.as_of_date}/{event}" if event else "holdings")
    names = {"isin": line.isin, "corporate_action_event_id": event}
    return Subject(key, [("statements", line.identity)], line.as_of_date, **names)


def _kind(line: Statement) -> str:
    return "eligible_balance" if line.corporate_action_event_id else "holdings"
