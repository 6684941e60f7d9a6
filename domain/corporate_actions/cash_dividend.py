"""DVCA, cash dividend: gross_rate in the option's currency per unit held on record date, taxed as dividend income; lots keep."""

from domain.corporate_actions.event_type import EventType, Outturn
from domain.corporate_actions.reading import needed_cash
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    cash, rule = needed_cash(event, option, "gross_rate")
    return Outturn(cash=cash, cash_rule=rule, taxed=True)


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), DVCA MAND CASH; ISO 15022 22F::CAEV//DVCA"

DVCA = EventType("DVCA", "dividend_listed_equity", _outturn, _SOURCE, distributes=True, keeps_lots=True)
