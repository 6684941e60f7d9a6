"""Securities, payment confirmations and holdings statements."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar

from domain.numbers.exact import EXACT
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
    """A payment of an entitlement as the custodian confirms it (MT566, seev.036), or takes it back (REVR, seev.037): they add up.

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
    reversed_reference: Annotated[
        str,
        optional(_reference, REFERENCE),
        Meaning("payment_reference of the payment that this one takes back, whole or in part", source="20C PREV"),
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
        """Return `event/account/option`, and `/payment_reference` where there is one, else `/reversal of …` of a reversal."""
        own = self.payment_reference or (f"reversal of {self.reversed_reference}" if self.reversed_reference else "")
        return "/".join((self.entitlement_identity, *([own] if own else ())))

    @property
    def entitlement_identity(self) -> str:
        """Return `event/account/option`: the entitlement that is paid."""
        return f"{self.corporate_action_event_id}/{self.safekeeping_account}/{self.option_number}"

    @property
    def posted(self) -> list[tuple[str, Decimal]]:
        """Return (ISIN, units) of each security that moved; an empty ISIN where none is named."""
        beside = [(movement.isin, movement.posting_quantity) for movement in self.securities_movements]
        return beside if self.posting_quantity is None else [(self.isin, self.posting_quantity), *beside]


def standing_payments(payments: Iterable[Confirmation]) -> list[Confirmation]:
    """Return what stands of an entitlement's payments: all but those that reversals take back whole, and these reversals.

    A reversal is of the payment whose reference it names, else of the one without reference; one that came before its payment stands.
    """
    groups: dict[str, list[Confirmation]] = {}
    for payment in sorted(payments, key=lambda payment: bool(payment.reversed_reference)):
        named = payment.reversed_reference if payment.reversed_reference in groups else ""
        groups.setdefault(named if payment.reversed_reference else payment.payment_reference, []).append(payment)
    return [payment for group in groups.values() if len(group) == 1 or _left(group) for payment in group]


def is_taken_back(payments: Iterable[Confirmation]) -> bool:
    """Return True if no payment stands of these: there is none, or reversals took all back."""
    return all(payment.reversed_reference for payment in standing_payments(payments))


def _left(payments: Iterable[Confirmation]) -> bool:
    """Return True if cash of a currency or units of a security are left once all payments are added."""
    left: dict[str, Decimal] = {}
    for payment in payments:
        for name, number in (*payment.posted, (payment.currency, payment.posting_amount or Decimal(0))):
            left[name] = EXACT.add(left.get(name, Decimal(0)), number)
    return any(left.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A line of a holdings statement (MT535, semt.002): available and not_available, if stated, add up to aggregate.

    With a corporate_action_event_id it is the balance of one security that is eligible for that event (MT564 ELIG).
    """

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
    corporate_action_event_id: Annotated[
        Identifier, Meaning("event that the aggregate is eligible for, on its record date", source="93B ELIG")
    ] = ""
    source: Annotated[Identifier, Meaning("who reports it")] = ""
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return `account/isin/place/as_of_date`, then `/basis` where it is not settled, then `/ELIG/event` of an eligible balance."""
        own = f"{self.safekeeping_account}/{self.isin}/{self.safekeeping_place}/{self.as_of_date}"
        own = own if self.is_settled else f"{own}/{self.basis}"
        return f"{own}/ELIG/{self.corporate_action_event_id}" if self.corporate_action_event_id else own

    @property
    def is_settled(self) -> bool:
        """Return False for a statement that counts what is traded or due and not settled yet."""
        return self.basis in ("", "SETT")
