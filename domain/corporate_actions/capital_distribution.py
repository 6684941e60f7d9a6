"""CAPD, capital distribution: cash from capital, not income: no tax is withheld. Securities of another company may come beside it.

Lots: basis falls by the cash and the market value of the securities, lot by lot, to nothing; what exceeds it is a gain (US IRC §301(b)(1),
(c)(2)-(3)). Under UK_SHARE_MATCHING both together are a part disposal, or deducted from the cost if small (TCGA 1992 s. 122: "in money or
money's worth"). The securities have their market value as basis (US IRC §301(d); HMRC CG57826).
"""

from domain.corporate_actions.event_type import Debit, EventType, Outturn
from domain.corporate_actions.reading import OF_ANOTHER, missing, paid_out_of_capital
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    outturn = paid_out_of_capital(event, option)
    if outturn.debit is not Debit.NOTHING:
        raise missing(event, option, "isin_out", OF_ANOTHER)
    return outturn


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), CAPD MAND CASH; ISO 15022 22F::CAEV//CAPD"

CAPD = EventType("CAPD", "", _outturn, _SOURCE, distributes=True)
