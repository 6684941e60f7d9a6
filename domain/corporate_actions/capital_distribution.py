"""CAPD, capital distribution: cash from capital, not income: no tax is withheld.

Lots: basis falls by the cash, lot by lot, to nothing; what exceeds it is a gain (US IRC §301(c)(2)-(3)). Under UK_SHARE_MATCHING it is a
part disposal, or deducted from the cost if small (TCGA 1992 s. 122).
"""

from domain.corporate_actions.event_type import EventType, LotTreatment, Outturn
from domain.corporate_actions.reading import needed_cash
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    cash, rule = needed_cash(event, option)
    return Outturn(cash=cash, cash_rule=rule, lots=LotTreatment.RETURN_CAPITAL)


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), CAPD MAND CASH; ISO 15022 22F::CAEV//CAPD"

CAPD = EventType("CAPD", "", _outturn, _SOURCE, distributes=True)
