"""The steps from a holding to its entitlement, as a person checks them: what, by which rule, the arithmetic and the result."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.corporate_actions import ratio_of
from domain.entitlements.terms import OptionTerms
from domain.entitlements.withholding import AppliedRate, Withholding
from domain.exact import EXACT, plain
from domain.fractions import DEFAULT_DISPOSITION


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


def explain(
    terms: OptionTerms,
    quantity: Decimal,
    gross: Decimal,
    applied: AppliedRate | None,
    tax: Withholding | None,
    net: Decimal,
    in_lieu: Decimal,
) -> tuple[Step, ...]:
    """Steps of cash, then of securities."""
    steps = []
    option = terms.option
    if option.gross_rate is not None:
        unrounded = plain(EXACT.multiply(quantity, option.gross_rate))
        arithmetic = f"{plain(quantity)} x {plain(option.gross_rate)} = {unrounded} {option.currency}"
        steps.append(Step("gross_amount", terms.event_type.source, arithmetic, str(gross)))
    if applied and tax:
        unrounded = plain(EXACT.multiply(gross, applied.rate).scaleb(-2, EXACT))
        arithmetic = f"{gross} x {plain(applied.rate)} % = {unrounded}"
        steps.append(Step("withholding_tax_amount", applied.reason, arithmetic, str(tax.tax)))
        arithmetic = f"{gross} - {tax.tax} - {tax.second_level_tax}"
        steps.append(Step("net_amount", "gross = net + taxes", arithmetic, str(net)))
    return (*steps, *_securities(terms, quantity, in_lieu))


def _securities(terms: OptionTerms, quantity: Decimal, in_lieu: Decimal) -> Iterator[Step]:
    option, given = terms.option, ratio_of(terms.option)
    if given is None:
        return
    exact, disposed = terms.exact(quantity), terms.dispose(quantity)
    kind = "new_to_old" if terms.debits else "additional_for_existing"
    arithmetic = f"{plain(quantity)} x {given[0]} ({kind}) = {plain(exact)}, fraction {plain(disposed.fraction)}"
    rule = f"{terms.event_type.source}; DISF {option.fraction_disposition or DEFAULT_DISPOSITION}"
    yield Step("entitled_quantity", rule, arithmetic, plain(disposed.credited))
    if disposed.sold or disposed.bought:
        arithmetic = f"{plain(disposed.sold - disposed.bought)} x {option.cash_in_lieu_price}"
        yield Step("cash_in_lieu_amount", "price of one whole new security", arithmetic, str(in_lieu))
