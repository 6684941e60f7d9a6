"""DVSE, stock dividend, BONU, bonus issue, and SOFF, spin-off: additional securities for existing ones; basis spreads over old and new."""

from domain.corporate_actions.event_type import EventType, Outturn
from domain.corporate_actions.reading import securities_or_cash
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    return securities_or_cash(event, option, "additional_for_existing", "additional_for_existing (ADEX)")


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {} MAND SECU; basis: {}"

DVSE = EventType("DVSE", "", _outturn, _SOURCE.format("DVSE", "US IRC §307(a)"), distributes=True)
BONU = EventType("BONU", "", _outturn, _SOURCE.format("BONU", "UK TCGA 1992 s. 127-130"), distributes=True)
SOFF = EventType(
    "SOFF", "", _outturn, _SOURCE.format("SOFF", "US IRC §355, §358(b)-(c), Treas. Reg. §1.358-2"), distributes=True
)
