"""Positions: what one custodian says that an account holds at one place at the end of one day."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from domain.records.fields import Fields


@dataclass(frozen=True, slots=True)
class Position:
    """A statement line; quantities in units of the security. Identified by account, ISIN, place and as-of date."""

    record_type: ClassVar[str] = "position"
    safekeeping_account: str
    isin: str
    safekeeping_place: str
    as_of_date: date
    settled_quantity: Decimal
    pending_receipt_quantity: Decimal
    pending_delivery_quantity: Decimal
    on_loan_quantity: Decimal
    borrowed_quantity: Decimal
    source: str
    sequence: int

    @property
    def identity(self) -> str:
        """`account/isin/place/as_of_date`."""
        return position_identity(self.safekeeping_account, self.isin, self.safekeeping_place, self.as_of_date)


def position_identity(account: str, isin: str, place: str, as_of_date: date) -> str:
    """Return the identity of what one place says of one day; none of its parts contains a slash."""
    return f"{account}/{isin}/{place}/{as_of_date}"


def parse_position(fields: Fields) -> Position:
    """Reads a position record. Raises RecordError."""
    return Position(
        safekeeping_account=fields.identifier("safekeeping_account"),
        isin=fields.isin("isin"),
        safekeeping_place=fields.identifier("safekeeping_place"),
        as_of_date=fields.needed_date("as_of_date"),
        settled_quantity=fields.needed_decimal("settled_quantity"),
        pending_receipt_quantity=fields.decimal("pending_receipt_quantity", required=False) or Decimal(0),
        pending_delivery_quantity=fields.decimal("pending_delivery_quantity", required=False) or Decimal(0),
        on_loan_quantity=fields.decimal("on_loan_quantity", required=False) or Decimal(0),
        borrowed_quantity=fields.decimal("borrowed_quantity", required=False) or Decimal(0),
        source=fields.identifier("source"),
        sequence=fields.integer("sequence", default=0),
    )
