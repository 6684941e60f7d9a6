"""CAPD, capital distribution: cash from capital, not income: no tax is withheld. Securities of another company may come beside it.

Lots: basis falls by the cash and the market value of the securities, lot by lot, to nothing; what exceeds it is a gain (US IRC §301(b)(1),
(c)(2)-(3)). Under UK_SHARE_MATCHING both together are a part disposal, or deducted from the cost if small (TCGA 1992 s. 122: "in money or
money's worth"). The securities have their market value as basis (US IRC §301(d); HMRC CG57826).
"""

from dataclasses import replace
from fractions import Fraction

from domain.corporate_actions.event_type import Debit, EventType, LotTreatment, Outturn
from domain.corporate_actions.reading import cash_of, missing, needed_cash, securities
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    given = securities(event, option)
    cash, rule = (given and (cash_of(option) or (Fraction(0), ""))) or needed_cash(event, option)
    outturn = Outturn(**given, cash=cash, cash_rule=rule, lots=LotTreatment.RETURN_CAPITAL)
    if outturn.debit is not Debit.NOTHING or event.isin in [credit.isin for credit in outturn.credits]:
        raise missing(event, option, "isin_out", "isin_out of another security, beside which its own stays")
    if outturn.in_lieu_price is None:
        return replace(outturn, in_lieu_price=event.market_prices.get(outturn.isin_out))
    return outturn


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), CAPD MAND CASH; ISO 15022 22F::CAEV//CAPD"

CAPD = EventType("CAPD", "", _outturn, _SOURCE, distributes=True)
