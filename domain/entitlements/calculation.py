"""The result for one holder and option, with every step that led to it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.exact import plain, ratio_json


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation: what, by which rule, the arithmetic with its unrounded result, and the result."""

    name: str
    rule: str
    arithmetic: str
    result: str

    def to_json(self) -> dict[str, str]:
        """As it stands in the S3 calculation."""
        return {"name": self.name, "rule": self.rule, "arithmetic": self.arithmetic, "result": self.result}


@dataclass(frozen=True, slots=True)
class Calculation:
    """An entitlement before it has a revision and status. Amounts at the minor unit of `currency`, rates in percent."""

    corporate_action_event_id: str
    version: int
    safekeeping_account: str
    isin: str
    option_number: str
    event_type: str
    eligible_quantity: Decimal
    debited_quantity: Fraction
    entitled_quantity: Fraction
    fraction_quantity: Fraction
    isin_out: str
    gross_amount: Decimal
    withholding_tax_rate: Decimal
    withholding_tax_amount: Decimal
    withholding_tax_components: tuple[tuple[str, Decimal, Decimal], ...]
    second_level_tax_amount: Decimal
    tax_reclaim_amount: Decimal
    net_amount: Decimal
    cash_in_lieu_amount: Decimal
    currency: str
    payment_currency: str
    payment_amount: Decimal | None
    record_date: date | None
    payment_date: date | None
    rules_version: str
    explanation: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """The contract's entitlement fields that a calculation decides; decimals as exact strings, absent texts as null."""
        return {
            "corporate_action_event_id": self.corporate_action_event_id,
            "version": self.version,
            "safekeeping_account": self.safekeeping_account,
            "isin": self.isin,
            "option_number": self.option_number,
            "event_type": self.event_type,
            "eligible_quantity": plain(self.eligible_quantity),
            "debited_quantity": plain(self.debited_quantity),
            "entitled_quantity": plain(self.entitled_quantity),
            "quantity_ratio": ratio_json(self.entitled_quantity),
            "fraction_quantity": plain(self.fraction_quantity),
            "isin_out": self.isin_out or None,
            "gross_amount": str(self.gross_amount),
            "withholding_tax_rate": plain(self.withholding_tax_rate),
            "withholding_tax_amount": str(self.withholding_tax_amount),
            "components": [
                {"name": name, "rate": plain(rate), "amount": str(amount)}
                for name, rate, amount in self.withholding_tax_components
            ],
            "second_level_tax_amount": str(self.second_level_tax_amount),
            "tax_reclaim_amount": str(self.tax_reclaim_amount),
            "net_amount": str(self.net_amount),
            "cash_in_lieu_amount": str(self.cash_in_lieu_amount),
            "currency": self.currency or None,
            "payment_currency": self.payment_currency or None,
            "payment_amount": None if self.payment_amount is None else str(self.payment_amount),
            "record_date": None if self.record_date is None else self.record_date.isoformat(),
            "payment_date": None if self.payment_date is None else self.payment_date.isoformat(),
            "rules_version": self.rules_version,
        }
