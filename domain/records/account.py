"""Safekeeping accounts: who owns, where they are tax resident, how they relieve lots."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from domain.records.declared import Country, Currency, Day, Identifier, Whole, among

BENEFICIAL_OWNERS = (
    "portfolio_investor",
    "direct_investor",
    "pension_fund",
    "investment_fund",
    "government",
    "tax_exempt",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One safekeeping account as last reported. `documentation_expiry` is the last day on which documents are valid.

    `account_group` says who may see the account (contracts, "Access"); absent it is `default`. No figure depends on it.
    """

    record_type: ClassVar[str] = "account"
    safekeeping_account: Identifier
    residence: Country
    beneficial_owner: Annotated[str, among(*BENEFICIAL_OWNERS)]
    documentation_status: Annotated[str, among("valid", "expired", "pending", "none")] = "none"
    documentation_expiry: Day | None = None
    relief_method: Annotated[str, among("FIFO", "LIFO", "HIFO", "SPECIFIC", "AVERAGE")] = "FIFO"
    payment_currency: Currency = ""
    lot_regime: Annotated[str, among("UK_SHARE_MATCHING", "US_WASH_SALE")] = ""
    account_group: Identifier = ""
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return the account's own number."""
        return self.safekeeping_account

    def documented_on(self, day: date) -> bool:
        """Return True if tax documents are valid on that day (domain rules, "Money": judged at the payment date)."""
        if self.documentation_status != "valid":
            return False
        return self.documentation_expiry is None or day <= self.documentation_expiry
