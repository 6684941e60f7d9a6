"""SPLF, forward split, and SPLR, reverse split: new securities replace the old ones; basis and holding period carry over."""

from domain.corporate_actions.event_type import EventType, Outturn
from domain.corporate_actions.reading import securities_or_cash
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    return securities_or_cash(event, option, "new_to_old", "new_to_old (NEWO)")


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {} MAND SECU; basis: US Treas. Reg. §1.307-1"

SPLF = EventType("SPLF", "", _outturn, _SOURCE.format("SPLF"))
SPLR = EventType("SPLR", "", _outturn, _SOURCE.format("SPLR"))
