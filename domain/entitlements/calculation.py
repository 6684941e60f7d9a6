"""The result for one holder and option, as JSON and, where it is asked for, with every step that led to it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.corporate_actions.reading import tax_credit_of
from domain.entitlements.exchange_rate import exchange_json
from domain.entitlements.taking import FurtherCredit, Taken
from domain.entitlements.terms import OptionTerms
from domain.entitlements.withholding import AppliedRate, Withholding
from domain.numbers.exact import EXACT, plain, ratio_json, round_half_up
from domain.numbers.fractions import Disposed
from domain.numbers.series import paired


@dataclass(frozen=True, slots=True)
class PlaceBalance:
    """The statement that counts of one place: units settled at the end of a day, by which source and sequence."""

    safekeeping_place: str
    as_of_date: date
    settled_quantity: Decimal
    source: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Calculation:
    """An entitlement before it has a revision and status. Amounts at the minor unit of the option's currency, rates in percent.

    `terms` holds what all holders of the option share; `applied` and `withholding` are None where no tax applies; `further` is what is
    credited of other securities; `cash_in_lieu_amount` pays for the fractions of all; `subscription_amount` is what the holder pays for
    new ones, `charge_amount` what their purchase costs beside; `places` is what was held where.
    """

    terms: OptionTerms
    safekeeping_account: str
    eligible_quantity: Decimal
    taken: Taken
    disposed: Disposed
    further: tuple[FurtherCredit, ...]
    applied: AppliedRate | None
    withholding: Withholding | None
    net_amount: Decimal
    cash_in_lieu_amount: Decimal
    subscription_amount: Decimal
    charge_amount: Decimal
    wanted_currency: str
    places: tuple[PlaceBalance, ...] = ()

    @property
    def option_number(self) -> str:
        """Of the option that the holder takes."""
        return self.terms.option.option_number

    @property
    def fraction_quantity(self) -> Fraction:
        """Of the new securities; of what was called, where none are credited: what whole multiples leave over."""
        taken = self.taken.of_holding
        if self.disposed.fraction or taken.accepted is taken.counted:
            return self.disposed.fraction
        left_over = taken.accepted - taken.counted
        return left_over if left_over * taken.accepted > 0 else Fraction(0)

    @property
    def taxed_amount(self) -> Decimal:
        """What tax is reckoned of: the interest that accrued beside what is redeemed, else the gross amount."""
        return self.taken.interest if self.terms.outturn.interest_rule else self.taken.gross

    @property
    def reclaim_deadline(self) -> date | None:
        """Return the last day on which tax can be reclaimed; None where there is nothing to reclaim, or no day."""
        applied, tax, paid = self.applied, self.withholding, self.terms.event.payment_date
        if applied is None or tax is None or not tax.reclaim or paid is None or applied.reclaim_deadline is None:
            return None
        return applied.reclaim_deadline.after(paid)

    @property
    def entitled_amount(self) -> Decimal:
        """Return the cash that moves, in the option's currency: negative where the holder pays."""
        charged = self.terms.nothing if self.terms.outturn.reinvests else self.charge_amount
        received = EXACT.add(self.paid_out, self.cash_in_lieu_amount)
        return EXACT.subtract(received, EXACT.add(self.subscription_amount, charged))

    @property
    def paid_out(self) -> Decimal:
        """Return what is paid of the net amount: none if it is reinvested; of income that a fund keeps, taxes are taken from the holder."""
        outturn = self.terms.outturn
        if outturn.keeps_cash:
            return self.terms.nothing if outturn.reinvests else EXACT.subtract(self.net_amount, self.taken.gross)
        return self.net_amount

    @property
    def tax_credit_amount(self) -> Decimal | None:
        """Return the tax that was paid of the gross amount and is credited to the holder; None where the notice gives none."""
        if self.terms.option.tax_credit_rate is None:
            return None
        return round_half_up(self.taken.of_holding.accepted * tax_credit_of(self.terms.option), self.terms.places)

    def to_json(self) -> dict[str, Any]:
        """Return the contract's entitlement fields that a calculation decides; decimals as exact strings, absent texts as null."""
        terms, tax, applied = self.terms, self.withholding, self.applied
        nothing = str(terms.nothing)
        entitled_amount = self.entitled_amount
        currency, amount = terms.payment(self.wanted_currency, entitled_amount)
        row = dict(terms.template)
        row["safekeeping_account"] = self.safekeeping_account
        row["eligible_quantity"] = plain(self.eligible_quantity)
        row["debited_quantity"] = plain(self.taken.of_holding.debited)
        row["entitled_quantity"] = plain(self.disposed.credited)
        row["quantity_ratio"] = ratio_json(self.disposed.credited)
        row["fraction_quantity"] = plain(self.fraction_quantity)
        row["gross_amount"] = str(self.taken.gross)
        row["accrued_interest_amount"] = str(self.taken.interest) if terms.outturn.interest_rule else None
        row["tax_credit_amount"] = None if self.tax_credit_amount is None else str(self.tax_credit_amount)
        row["rate_id"] = applied.rate_id if applied else None
        row["rate_basis"] = applied.rate_basis if applied else None
        row["withholding_tax_rate"] = plain(applied.rate) if applied else "0"
        row["withholding_tax_amount"] = str(tax.tax) if tax else nothing
        row["components"] = _components(applied, tax) if applied and tax else []
        row["second_level_tax_rate"] = plain(applied.second_level_tax_rate) if applied else "0"
        row["second_level_tax_amount"] = str(tax.second_level_tax) if tax else nothing
        row["tax_relief_method"] = applied.tax_relief_method if applied else None
        row["tax_reclaim_amount"] = str(tax.reclaim) if tax else "0"
        deadline = self.reclaim_deadline
        row["reclaim_deadline"] = deadline.isoformat() if deadline else None
        row["net_amount"] = str(self.net_amount)
        row["cash_in_lieu_amount"] = str(self.cash_in_lieu_amount)
        row["subscription_amount"] = str(self.subscription_amount)
        row["charge_amount"] = str(self.charge_amount)
        row["securities_movements"] = [_movement(added) for added in self.further]
        row["entitled_amount"] = str(entitled_amount)
        row["payment_currency"] = currency or None
        row["payment_amount"] = None if amount is None else str(amount)
        row["exchange_rate"] = exchange_json(terms.option) if currency != terms.option.currency else None
        return row


def _movement(further: FurtherCredit) -> dict[str, Any]:
    disposed = further.disposed
    return {
        "isin": further.isin,
        "credit_debit_indicator": "CRED",
        "entitled_quantity": plain(disposed.credited),
        "quantity_ratio": ratio_json(disposed.credited),
        "fraction_quantity": plain(disposed.fraction),
        "cash_in_lieu_amount": str(further.cash_in_lieu),
    }


def _components(applied: AppliedRate, tax: Withholding) -> list[dict[str, str]]:
    return [
        {"name": part.name, "rate": plain(part.rate), "amount": str(amount)}
        for part, amount in paired(applied.components, tax.components)
    ]
