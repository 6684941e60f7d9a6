"""EXOF, exchange offer, and CONV, conversion: securities, cash or both for old ones, by the option that is taken.

Mandatory, or a choice of what to get, every holding goes, as by a merger. Voluntary, what is instructed goes, as by a tender: prorated,
in whole multiples. A bond converts by new_to_old for its face amount (436.3002 shares for 1000). Lots as of those: basis and holding
period go with the securities (US IRC §368(a)(1)(E), Rev. Rul. 72-265; UK TCGA 1992 s.127, s.132, s.135) unless tax_treatment is TAXABLE.
"""

from domain.corporate_actions.event_type import EventType, Outturn
from domain.corporate_actions.merger import merged
from domain.corporate_actions.tender import tendered
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    return (tendered if event.mandatory_voluntary == "VOLU" else merged)(event, option)


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {0}; ISO 15022 22F::CAEV//{0}"

EXOF = EventType("EXOF", "", _outturn, _SOURCE.format("EXOF"))
CONV = EventType("CONV", "", _outturn, _SOURCE.format("CONV"))
