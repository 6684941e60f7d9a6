"""SPLF, forward split, SPLR, reverse split, and CHAN, change of the security: new ones replace the old ones; basis and holding period
carry over, and the security stays the same, whatever its ISIN.

A CHAN gives the ISIN after the change, one for one where the notice has no ratio. One that changes no ISIN (a name, a place of listing)
moves nothing that we hold, and is held for somebody to see.
"""

from dataclasses import replace
from decimal import Decimal

from domain.corporate_actions.event_type import EventType, Outturn
from domain.corporate_actions.reading import missing, securities_or_cash
from domain.records import CorporateAction, Option, Ratio


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    return securities_or_cash(event, option, "new_to_old", "new_to_old (NEWO)")


def _changed(event: CorporateAction, option: Option) -> Outturn:
    if option.isin_out in ("", event.isin) or option.additional_for_existing:
        raise missing(event, option, "isin_out", "isin_out, the ISIN after the change, instead of the old one")
    one_for_one = Ratio(numerator=Decimal(1), denominator=Decimal(1))
    return _outturn(event, replace(option, new_to_old=option.new_to_old or one_for_one))


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {} MAND SECU; basis: US Treas. Reg. §1.307-1"

SPLF = EventType("SPLF", "", _outturn, _SOURCE.format("SPLF"), same_security=True)
SPLR = EventType("SPLR", "", _outturn, _SOURCE.format("SPLR"), same_security=True)
CHAN = EventType(
    "CHAN", "", _changed, "ISO 15022 22F::CAEV//CHAN; basis: UK TCGA 1992 s.127, US IRC §1036", same_security=True
)
