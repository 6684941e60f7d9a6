"""Safekeeping accounts: who owns, where they are tax resident, how they relieve lots."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from domain.records.declared import Country, Currency, Day, Identifier, Meaning, Permission, SequenceNumber, among
from domain.records.unread import UnreadFields

BENEFICIAL_OWNERS = (
    "portfolio_investor",
    "direct_investor",
    "pension_fund",
    "investment_fund",
    "government",
    "tax_exempt",
)
UK_SHARE_MATCHING, US_WASH_SALE = "UK_SHARE_MATCHING", "US_WASH_SALE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One safekeeping account as last reported."""

    record_type: ClassVar[str] = "account"
    safekeeping_account: Annotated[Identifier, Meaning("number of the account", source="97A SAFE")]
    residence: Annotated[Country, Meaning("where the owner is tax resident: chooses the withholding rate")]
    beneficial_owner: Annotated[
        str, among(*BENEFICIAL_OWNERS), Meaning("whose income it is: chooses the withholding rate")
    ]
    documentation_status: Annotated[
        str,
        among("valid", "expired", "pending", "none"),
        Meaning("tax documents: if valid at payment, relief at source is given"),
    ] = "none"
    documentation_expiry: Annotated[Day, Meaning("last day on which the tax documents are valid")] | None = None
    relief_method: Annotated[
        str,
        among("FIFO", "LIFO", "HIFO", "SPECIFIC", "AVERAGE"),
        Meaning("which lots a sale takes first: oldest, newest, dearest, those it names, or all at their average cost"),
    ] = "FIFO"
    payment_currency: Annotated[Currency, Meaning("currency in which the account is paid; absent: the event's own")] = (
        ""
    )
    lot_regime: Annotated[
        str,
        among(UK_SHARE_MATCHING, US_WASH_SALE),
        Meaning("tax law of the account's lots; absent: US law without wash sales", source="TCGA 1992; IRC §1091"),
    ] = ""
    short_positions: Annotated[
        Permission,
        Meaning("whether it may owe securities: settled quantities below zero, and sales above its open lots"),
    ] = False
    tax_currency: Annotated[
        Currency,
        Meaning("currency of the account's lots, by the `exchange_rate` of each day; absent: that of trade or event"),
    ] = ""
    account_group: Annotated[
        Identifier, Meaning("whose clients may see the account; absent: `default`; no figure uses it")
    ] = ""
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return the account's own number."""
        return self.safekeeping_account

    @property
    def sells_short(self) -> bool:
        """Return True if lots may be owed: shorts are allowed, and no regime says of them what is not written."""
        return self.short_positions and not self.lot_regime

    def documented_on(self, day: date) -> bool:
        """Return True if tax documents are valid on that day (domain rules, "Money": judged at the payment date)."""
        if self.documentation_status != "valid":
            return False
        return self.documentation_expiry is None or day <= self.documentation_expiry
