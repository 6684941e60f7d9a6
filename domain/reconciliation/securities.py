"""Securities that custodians state and that our reference data does not know."""

from collections.abc import Iterator
from datetime import date

from domain.reconciliation.facts import AccountFacts, greatest
from domain.reconciliation.holdings import current_lines
from domain.reconciliation.row import AGREED, Input, Row, Subject
from domain.records import Position, Statement, latest


def check_securities(facts: AccountFacts, on: date) -> Iterator[Row]:
    """UNKNOWN_SECURITY: a position, or a line of a holdings statement, in an ISIN without `security` record.

    Reference data is optional: where no security record is known at all, nothing is said. Domain rules do not say when a security is
    unknown; this is ours.
    """
    if facts.securities is None:
        return
    stated: dict[str, list[Input]] = {}
    lines: list[Position | Statement] = [*latest(facts.positions, on), *current_lines(facts.statements)]
    for line in lines:
        stated.setdefault(line.isin, []).append((f"{line.record_type}s", line.identity))
    since = greatest((line.isin, line.as_of_date) for line in lines)
    for isin, uses in sorted(stated.items()):
        finding = ("UNKNOWN_SECURITY", "no security record: a new issue, a changed ISIN, or another's holding")
        known = isin in facts.securities
        subject = Subject(isin, [*uses, ("securities", isin)] if known else uses, since[isin], isin=isin)
        yield subject.row("security", finding=AGREED if known else finding)
