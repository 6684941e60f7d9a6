"""Securities, payment confirmations and holdings statements."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from domain.records.declared import Country, Currency, Day, Identifier, Isin, Number, SignedNumber, Whole, optional
from domain.records.fields import Fields


def _version(fields: Fields, _: str) -> int | None:
    """`version`, or `event_version` as custodians' rows name it; None where neither is there."""
    name = next((name for name in ("version", "event_version") if fields.has(name)), None)
    return fields.integer(name, minimum=1) if name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """Reference data of one ISIN."""

    record_type: ClassVar[str] = "security"
    isin: Isin
    currency: Currency = ""
    country: Country = ""
    place_of_listing: Identifier = ""
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return the ISIN."""
        return self.isin


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A paid entitlement as the custodian confirms it (MT566): cash in `currency`, on `posting_date`.

    `posting_quantity` in units of `isin` (36B PSTA), `withholding_tax_rate` in percent (92A TAXR), `version` that of the announcement which
    it pays. What it does not say is None or empty, and compared with nothing.
    """

    record_type: ClassVar[str] = "confirmation"
    corporate_action_event_id: Identifier
    safekeeping_account: Identifier
    option_number: Identifier
    posting_amount: SignedNumber | None = None
    posting_date: Day | None = None
    currency: Currency = ""
    posting_quantity: SignedNumber | None = None
    isin: Isin = ""
    withholding_tax_rate: Number | None = None
    version: Annotated[int, optional(_version)] | None = None
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return `event/account/option`."""
        return f"{self.corporate_action_event_id}/{self.safekeeping_account}/{self.option_number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A holdings statement line (MT535): AVAI + NAVL = AGGR, in units."""

    record_type: ClassVar[str] = "statement"
    safekeeping_account: Identifier
    isin: Isin
    safekeeping_place: Identifier = ""
    as_of_date: Day
    aggregate: Number
    available: Number
    not_available: Number
    source: Identifier = ""
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return `account/isin/place/as_of_date`."""
        return f"{self.safekeeping_account}/{self.isin}/{self.safekeeping_place}/{self.as_of_date}"
