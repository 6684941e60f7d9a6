"""MRGR, merger: every old security goes, for securities, cash or both; further classes by securities_movements.

Where an election for securities is prorated (proration_rate, percent), the rest gets cash_for_unfilled a share. Cash of a merger bears no
income tax unless the option carries withholding_tax_rate (domain rules, "Money").

Lots: cash alone is a sale. With securities the basis goes with them, and cash beside (boot) is a gain as far as there is one, lot by lot; a
loss is not recognised (US IRC §354, §356(a), (c), §358; Treas. Reg. §1.356-1(b)). tax_treatment TAXABLE: a sale for cash and the new
securities' market value, which is their basis (US IRC §1001, §1012).
"""

from dataclasses import replace
from fractions import Fraction

from domain.corporate_actions.event_type import Debit, EventType, Outturn
from domain.corporate_actions.reading import exchange_or_cash, missing
from domain.records import CorporateAction, Option


def merged(event: CorporateAction, option: Option) -> Outturn:
    """Return what a merger's option yields, for every old security of whoever takes it. Raises Held if the notice lacks it."""
    what = "new_to_old (NEWO), cash_price_received (OFFR) or both"
    outturn = exchange_or_cash(event, option, Debit.ALL, what)
    if option.proration_rate is None:
        return outturn
    if option.cash_for_unfilled is None and option.proration_rate != 100:
        raise missing(event, option, "cash_for_unfilled", "cash_for_unfilled for what its proration leaves")
    accepted, unfilled = Fraction(option.proration_rate) / 100, Fraction(option.cash_for_unfilled or 0)
    return replace(outturn, accepted=accepted, unfilled_cash=unfilled)


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), MRGR MAND; ISO 15022 22F::CAEV//MRGR"

MRGR = EventType("MRGR", "", merged, _SOURCE)
