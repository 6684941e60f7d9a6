"""Securities, payment confirmations and holdings statements."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from domain.records.fields import Fields


@dataclass(frozen=True, slots=True)
class Security:
    """Reference data of one ISIN."""

    record_type: ClassVar[str] = "security"
    isin: str
    currency: str
    country: str
    place_of_listing: str
    sequence: int

    @property
    def identity(self) -> str:
        """The ISIN."""
        return self.isin


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A paid entitlement as the custodian confirms it (MT566): cash in `currency`, on `posting_date`.

    `posting_quantity` in units of `isin` (36B PSTA), `withholding_tax_rate` in percent (92A TAXR), `version` that of the announcement which
    it pays. What it does not say is None or empty, and compared with nothing.
    """

    record_type: ClassVar[str] = "confirmation"
    corporate_action_event_id: str
    safekeeping_account: str
    option_number: str
    posting_amount: Decimal | None
    posting_date: date | None
    currency: str
    posting_quantity: Decimal | None
    isin: str
    withholding_tax_rate: Decimal | None
    version: int | None
    sequence: int

    @property
    def identity(self) -> str:
        """`event/account/option`."""
        return f"{self.corporate_action_event_id}/{self.safekeeping_account}/{self.option_number}"


@dataclass(frozen=True, slots=True)
class Statement:
    """A holdings statement line (MT535): AVAI + NAVL = AGGR, in units."""

    record_type: ClassVar[str] = "statement"
    safekeeping_account: str
    isin: str
    safekeeping_place: str
    as_of_date: date
    aggregate: Decimal
    available: Decimal
    not_available: Decimal
    source: str
    sequence: int

    @property
    def identity(self) -> str:
        """`account/isin/place/as_of_date`."""
        return f"{self.safekeeping_account}/{self.isin}/{self.safekeeping_place}/{self.as_of_date}"


def parse_security(fields: Fields) -> Security:
    """Reads a security record. Raises RecordError."""
    return Security(
        isin=fields.isin("isin"),
        currency=fields.currency("currency", required=False),
        country=fields.country("country", required=False),
        place_of_listing=fields.identifier("place_of_listing", required=False),
        sequence=fields.integer("sequence", default=0),
    )


def parse_confirmation(fields: Fields) -> Confirmation:
    """Reads a confirmation record. Raises RecordError."""
    return Confirmation(
        corporate_action_event_id=fields.identifier("corporate_action_event_id"),
        safekeeping_account=fields.identifier("safekeeping_account"),
        option_number=fields.identifier("option_number"),
        posting_amount=fields.decimal("posting_amount", required=False, signed=True),
        posting_date=fields.date("posting_date", required=False),
        currency=fields.currency("currency", required=False),
        posting_quantity=fields.decimal("posting_quantity", required=False, signed=True),
        isin=fields.isin("isin", required=False),
        withholding_tax_rate=fields.decimal("withholding_tax_rate", required=False),
        version=_version(fields),
        sequence=fields.integer("sequence", default=0),
    )


def parse_statement(fields: Fields) -> Statement:
    """Reads a statement record. Raises RecordError."""
    return Statement(
        safekeeping_account=fields.identifier("safekeeping_account"),
        isin=fields.isin("isin"),
        safekeeping_place=fields.identifier("safekeeping_place", required=False),
        as_of_date=fields.needed_date("as_of_date"),
        aggregate=fields.needed_decimal("aggregate"),
        available=fields.needed_decimal("available"),
        not_available=fields.needed_decimal("not_available"),
        source=fields.identifier("source", required=False),
        sequence=fields.integer("sequence", default=0),
    )


def _version(fields: Fields) -> int | None:
    """`version`, or `event_version` as custodians' rows name it; None where neither is there."""
    name = next((name for name in ("version", "event_version") if fields.has(name)), None)
    return fields.integer(name, minimum=1) if name else None
