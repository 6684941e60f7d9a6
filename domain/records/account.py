"""Safekeeping accounts: who owns, where they are tax resident, how they relieve lots."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from domain.records.fields import Fields

BENEFICIAL_OWNERS = (
    "portfolio_investor",
    "direct_investor",
    "pension_fund",
    "investment_fund",
    "government",
    "tax_exempt",
)
DOCUMENTATION_STATUSES = ("valid", "expired", "pending", "none")
RELIEF_METHODS = ("FIFO", "LIFO", "HIFO", "SPECIFIC", "AVERAGE")
LOT_REGIMES = ("UK_SHARE_MATCHING", "US_WASH_SALE")


@dataclass(frozen=True, slots=True)
class Account:
    """One safekeeping account as last reported. `documentation_expiry` is the last day on which documents are valid."""

    record_type: ClassVar[str] = "account"
    safekeeping_account: str
    residence: str
    beneficial_owner: str
    documentation_status: str
    documentation_expiry: date | None
    relief_method: str
    payment_currency: str
    lot_regime: str
    sequence: int

    @property
    def identity(self) -> str:
        """The account's own number."""
        return self.safekeeping_account

    def documented_on(self, day: date) -> bool:
        """True where tax documents are valid on that day (domain rules, "Money": judged at the payment date)."""
        if self.documentation_status != "valid":
            return False
        return self.documentation_expiry is None or day <= self.documentation_expiry


def parse_account(fields: Fields) -> Account:
    """Reads an account record. Raises RecordError."""
    return Account(
        safekeeping_account=fields.identifier("safekeeping_account"),
        residence=fields.country("residence"),
        beneficial_owner=fields.text("beneficial_owner", among=BENEFICIAL_OWNERS),
        documentation_status=fields.text(
            "documentation_status", required=False, among=DOCUMENTATION_STATUSES, default="none"
        ),
        documentation_expiry=fields.date("documentation_expiry", required=False),
        relief_method=fields.text("relief_method", required=False, among=RELIEF_METHODS, default="FIFO"),
        payment_currency=fields.currency("payment_currency", required=False),
        lot_regime=fields.text("lot_regime", required=False, among=LOT_REGIMES),
        sequence=fields.integer("sequence", default=0),
    )
