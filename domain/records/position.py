"""Positions: what one custodian says that an account holds at one place at the end of one day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from domain.records.declared import Day, Identifier, Isin, Number, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A statement line; quantities in units of the security. Identified by account, ISIN, place and as-of date."""

    record_type: ClassVar[str] = "position"
    safekeeping_account: Identifier
    isin: Isin
    safekeeping_place: Identifier
    as_of_date: Day
    settled_quantity: Number
    pending_receipt_quantity: Number = Decimal(0)
    pending_delivery_quantity: Number = Decimal(0)
    on_loan_quantity: Number = Decimal(0)
    borrowed_quantity: Number = Decimal(0)
    source: Identifier
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return `account/isin/place/as_of_date`."""
        return position_identity(self.safekeeping_account, self.isin, self.safekeeping_place, self.as_of_date)


def latest(positions: Iterable[Position], on: date) -> list[Position]:
    """Return each place's statement of its greatest as-of date up to `on`, by account, ISIN and place."""
    newest: dict[tuple[str, str, str], Position] = {}
    for position in positions:
        key = (position.safekeeping_account, position.isin, position.safekeeping_place)
        if position.as_of_date <= on and (key not in newest or newest[key].as_of_date < position.as_of_date):
            newest[key] = position
    return [newest[key] for key in sorted(newest)]


def position_identity(account: str, isin: str, place: str, as_of_date: date) -> str:
    """Return the identity of what one place says of one day; none of its parts contains a slash."""
    return f"{account}/{isin}/{place}/{as_of_date}"
