"""TEND, tender or exchange offer: what is tendered is accepted as far as proration_rate (percent) goes, the rest comes back.

The accepted quantity is whole, by fraction_disposition, default down; securities are reckoned from it before it is rounded (domain rules,
"Securities"). Lots: a sale by the account's relief method; in an exchange, basis goes with the securities unless tax_treatment is TAXABLE.
"""

from dataclasses import replace
from fractions import Fraction

from domain.corporate_actions.event_type import Debit, EventType, LotTreatment, Outturn
from domain.corporate_actions.reading import cash_of, missing, securities
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    given, found = securities(event, option), cash_of(option)
    if not given and found is None:
        raise missing(event, option, "cash_price_received", "cash_price_received (OFFR) or new_to_old (NEWO)")
    cash, rule = found or (Fraction(0), "")
    lots = LotTreatment.REORGANISE if given else LotTreatment.DISPOSE
    outturn = Outturn(**given | {"debit": Debit.ACCEPTED}, cash=cash, cash_rule=rule, lots=lots)
    multiple = Fraction(option.minimum_exercisable_multiple or 0)
    if option.proration_rate is None:
        return replace(outturn, multiple=multiple)
    return replace(outturn, accepted=Fraction(option.proration_rate) / 100, multiple=multiple or Fraction(1))


TEND = EventType(
    code="TEND",
    income_type="",
    outturn=_outturn,
    source="SMPG Global Market Practice Part 2 (EIG+), TEND VOLU CASH; ISO 15022 22F::CAEV//TEND, 92A::PROR",
)
