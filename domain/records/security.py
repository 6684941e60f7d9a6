"""Securities, payment confirmations and holdings statements."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from domain.records.declared import Country, Currency, Day, Identifier, Isin, Number, SignedNumber, Whole, optional
from domain.records.fields import Fields

_REFERENCE = re.compile(r"[ -~]{1,64}\Z")


def _reference(fields: Fields, name: str) -> str:
    """Return a sender's reference, "" where there is none: it may have the slashes that identifiers have not."""
    reference = fields.text(name, required=False)
    if reference and not _REFERENCE.match(reference):
        raise fields.fail(name, "invalid_reference", f"{reference[:70]!a} is not 1 to 64 characters of ASCII")
    return reference


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
class PostedSecurities:
    """A further security of a payment: units of `isin`, debits below zero."""

    isin: Isin
    posting_quantity: SignedNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A payment of an entitlement as the custodian confirms it (MT566): cash in `currency`, on `posting_date`, debits below zero.

    An entitlement may be paid in parts, and a payment made twice: `payment_reference` (20C SEME) tells payments apart, and they add up.
    `posting_quantity` in units of `isin` (36B PSTA), `securities_movements` what moves beside it,
    `withholding_tax_rate` in percent (92A TAXR), `version` that of the announcement which it pays. What it does not say is
    None or empty, and compared with nothing.
    """

    record_type: ClassVar[str] = "confirmation"
    corporate_action_event_id: Identifier
    safekeeping_account: Identifier
    option_number: Identifier
    payment_reference: Annotated[str, optional(_reference)] = ""
    posting_amount: SignedNumber | None = None
    posting_date: Day | None = None
    currency: Currency = ""
    posting_quantity: SignedNumber | None = None
    isin: Isin = ""
    securities_movements: tuple[PostedSecurities, ...] = ()
    withholding_tax_rate: Number | None = None
    version: Annotated[int, optional(_version)] | None = None
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return `event/account/option`, and `/payment_reference` where there is one."""
        return "/".join((self.entitlement_identity, *([self.payment_reference] if self.payment_reference else ())))

    @property
    def entitlement_identity(self) -> str:
        """Return `event/account/option`: the entitlement that is paid."""
        return f"{self.corporate_action_event_id}/{self.safekeeping_account}/{self.option_number}"

    @property
    def posted(self) -> list[tuple[str, Decimal]]:
        """Return (ISIN, units) of each security that moved; an empty ISIN where none is named."""
        beside = [(movement.isin, movement.posting_quantity) for movement in self.securities_movements]
        return beside if self.posting_quantity is None else [(self.isin, self.posting_quantity), *beside]


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
