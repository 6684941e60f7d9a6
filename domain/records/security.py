"""Securities, payment confirmations and holdings statements."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from domain.records.declared import (
    Country,
    Currency,
    Day,
    Identifier,
    Isin,
    Kind,
    Meaning,
    Number,
    SequenceNumber,
    SignedNumber,
    among,
    optional,
)
from domain.records.fields import Fields
from domain.records.shapes import REFERENCE, whole_number
from domain.records.unread import UnreadFields

STATEMENT_BASES = ("SETT", "TRAD", "CONT")
_REFERENCE = re.compile(r"[ -~]{1,64}\Z")


def _reference(fields: Fields, name: str) -> str:
    """Return a sender's reference, "" where there is none: it may have the slashes that identifiers have not."""
    reference = fields.text(name, required=False)
    if reference and not _REFERENCE.match(reference):
        raise fields.fail(name, "invalid_reference", f"{reference[:70]!a} is not 1 to 64 characters of ASCII")
    return reference


def _version(fields: Fields, name: str, _: object) -> int | None:
    """`version`, or `event_version` as custodians' rows name it; None where neither is there."""
    said = [each for each in (name, _VERSION.also_named) if fields.has(each)]
    if len(said) > 1:
        raise fields.fail(said[1], "version_twice", f"{said[1]} is another name of {name}: say one of them")
    return fields.integer(said[0], minimum=1) if said else None


_VERSION = Kind(_version, whole_number(1), may_be_absent=True, also_named="event_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """Reference data of one ISIN."""

    record_type: ClassVar[str] = "security"
    isin: Annotated[Isin, Meaning("the security", source="35B")]
    currency: Annotated[Currency, Meaning("currency of its face amount or price", source="11A DENO")] = ""
    country: Annotated[Country, Meaning("country of its issuer")] = ""
    place_of_listing: Annotated[Identifier, Meaning("market (MIC) whose calendar holds", source="94B PLIS")] = ""
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return the ISIN."""
        return self.isin


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedSecurities:
    """A further security of a payment."""

    isin: Annotated[Isin, Meaning("the security that moved", source="35B")]
    posting_quantity: Annotated[SignedNumber, Meaning("posted; a debit is below zero", "units of isin", "36B PSTA")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A payment of an entitlement as the custodian confirms it (MT566, seev.036): payments of one entitlement add up.

    What it does not say is None or empty, and compared with nothing.
    """

    record_type: ClassVar[str] = "confirmation"
    corporate_action_event_id: Annotated[Identifier, Meaning("event", source="20C CORP")]
    safekeeping_account: Annotated[Identifier, Meaning("account paid", source="97A SAFE")]
    option_number: Annotated[Identifier, Meaning("option paid", source="13A CAON")]
    payment_reference: Annotated[
        str,
        optional(_reference, REFERENCE),
        Meaning(
            "tells the payments of an entitlement apart; those without it are reports of one payment", source="20C SEME"
        ),
    ] = ""
    posting_amount: (
        Annotated[SignedNumber, Meaning("cash posted; a debit is below zero", "currency", "19B PSTA")] | None
    ) = None
    charge_amount: (
        Annotated[Number, Meaning("charges that posting_amount is less by", "currency", "19B CHAR")] | None
    ) = None
    posting_date: Annotated[Day, Meaning("day on which it was posted", source="98A POST")] | None = None
    currency: Annotated[Currency, Meaning("currency of posting_amount", source="19B PSTA")] = ""
    posting_quantity: (
        Annotated[SignedNumber, Meaning("posted; a debit is below zero", "units of isin", "36B PSTA")] | None
    ) = None
    isin: Annotated[Isin, Meaning("security posted", source="35B")] = ""
    securities_movements: Annotated[tuple[PostedSecurities, ...], Meaning("further securities of the payment")] = ()
    withholding_tax_rate: Annotated[Number, Meaning("rate at which tax was withheld", "percent", "92A TAXR")] | None = (
        None
    )
    version: Annotated[int, _VERSION, Meaning("version of the announcement that it pays")] | None = None
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

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
    """A line of a holdings statement (MT535, semt.002): available and not_available, if stated, add up to aggregate."""

    record_type: ClassVar[str] = "statement"
    safekeeping_account: Annotated[Identifier, Meaning("account that holds", source="97A SAFE")]
    isin: Annotated[Isin, Meaning("security held", source="35B")]
    safekeeping_place: Annotated[Identifier, Meaning("where it is held", source="94a SAFE")] = ""
    as_of_date: Annotated[Day, Meaning("day at whose end it was so", source="98A STAT")]
    aggregate: Annotated[SignedNumber, Meaning("whole balance, below zero if short", "units", "93B AGGR")]
    available: Annotated[SignedNumber, Meaning("of it, free to be delivered", "units", "93B AVAI")] | None = None
    not_available: Annotated[SignedNumber, Meaning("of it, blocked, lent or pending", "units", "93B NAVL")] | None = (
        None
    )
    basis: Annotated[
        str,
        among(*STATEMENT_BASES),
        Meaning("what is counted: settled, traded or contractual; absent: settled", source="22F STBA"),
    ] = ""
    source: Annotated[Identifier, Meaning("who reports it")] = ""
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return `account/isin/place/as_of_date`, and `/basis` where it is another than settled."""
        own = f"{self.safekeeping_account}/{self.isin}/{self.safekeeping_place}/{self.as_of_date}"
        return own if self.is_settled else f"{own}/{self.basis}"

    @property
    def is_settled(self) -> bool:
        """Return False for a statement that counts what is traded or due and not settled yet."""
        return self.basis in ("", "SETT")
