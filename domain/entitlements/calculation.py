"""The result for one holder and option, as JSON and, where it is asked for, with every step that led to it."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.entitlements.explanation import Step, explain
from domain.entitlements.terms import OptionTerms
from domain.entitlements.withholding import AppliedRate, Withholding
from domain.exact import plain, ratio_json


@dataclass(frozen=True, slots=True)
class Calculation:
    """An entitlement before it has a revision and status. Amounts at the minor unit of the option's currency, rates in percent.

    `terms` holds what all holders of the option share; `applied` and `withholding` are None where no tax applies.
    """

    terms: OptionTerms
    safekeeping_account: str
    eligible_quantity: Decimal
    entitled_quantity: Fraction
    fraction_quantity: Fraction
    gross_amount: Decimal
    applied: AppliedRate | None
    withholding: Withholding | None
    net_amount: Decimal
    cash_in_lieu_amount: Decimal
    payment_currency: str
    payment_amount: Decimal | None

    @property
    def corporate_action_event_id(self) -> str:
        """Of the event that entitles."""
        return self.terms.event.corporate_action_event_id

    @property
    def option_number(self) -> str:
        """Of the option that the holder takes."""
        return self.terms.option.option_number

    @property
    def explanation(self) -> tuple[Step, ...]:
        """Every step, made when it is asked for: it costs more than the calculation."""
        return explain(
            self.terms,
            self.eligible_quantity,
            self.gross_amount,
            self.applied,
            self.withholding,
            self.net_amount,
            self.cash_in_lieu_amount,
        )

    def to_json(self) -> dict[str, Any]:
        """The contract's entitlement fields that a calculation decides; decimals as exact strings, absent texts as null."""
        terms, tax, applied = self.terms, self.withholding, self.applied
        eligible, nothing = plain(self.eligible_quantity), str(terms.nothing)
        row = dict(terms.template)
        row["safekeeping_account"] = self.safekeeping_account
        row["eligible_quantity"] = eligible
        row["debited_quantity"] = eligible if terms.debits else "0"
        row["entitled_quantity"] = plain(self.entitled_quantity)
        row["quantity_ratio"] = ratio_json(self.entitled_quantity)
        row["fraction_quantity"] = plain(self.fraction_quantity)
        row["gross_amount"] = str(self.gross_amount)
        row["withholding_tax_rate"] = plain(applied.rate) if applied else "0"
        row["withholding_tax_amount"] = str(tax.tax) if tax else nothing
        row["components"] = _components(applied, tax) if applied and tax else []
        row["second_level_tax_amount"] = str(tax.second_level_tax) if tax else nothing
        row["tax_reclaim_amount"] = str(tax.reclaim) if tax else "0"
        row["net_amount"] = str(self.net_amount)
        row["cash_in_lieu_amount"] = str(self.cash_in_lieu_amount)
        row["payment_currency"] = self.payment_currency or None
        row["payment_amount"] = None if self.payment_amount is None else str(self.payment_amount)
        return row


def _components(applied: AppliedRate, tax: Withholding) -> list[dict[str, str]]:
    return [
        {"name": part.name, "rate": plain(part.rate), "amount": str(amount)}
        for part, amount in zip(applied.components, tax.components, strict=True)
    ]
