"""Open lots against what custodians state that the account owns."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

from domain.reconciliation.row import AGREED, Row, row
from domain.reconciliation.statements import Balance, balances
from domain.records import Position


def check_lots(positions: Sequence[Position], on: date, open_lots: Mapping[str, Fraction]) -> Iterator[Row]:
    """Lots are today's, so they are compared with the newest statements only: `on` must not be before any statement of the account.

    TIMING where pending, loaned or borrowed quantities explain the difference, MISSING_OURS (no lots), MISSING_THEIRS (no statement),
    else QUANTITY.
    """
    stated = balances(positions, on)
    for isin in sorted({*stated, *(isin for isin, quantity in open_lots.items() if quantity)}):
        ours, found = open_lots.get(isin, Fraction(0)), stated.get(isin)
        statements = found.statements if found else ()
        uses = [("open_lots", isin), *(("positions", each.identity) for each in statements)]
        theirs, finding = _judge(ours, found)
        yield row("lots", isin, (ours, theirs), finding, uses)


def _judge(ours: Fraction, found: Balance | None) -> tuple[Fraction | None, tuple[str, str]]:
    if found is None:
        return None, ("MISSING_THEIRS", "lots are open, no custodian states the security")
    if ours == found.owned:
        agreed = ours == found.settled
        return found.settled, AGREED if agreed else ("TIMING", "explained by pending, loaned or borrowed quantities")
    if not ours:
        return found.owned, ("MISSING_OURS", "a position without lots: its trades were not fed")
    return found.owned, ("QUANTITY", "trades and statements differ")
