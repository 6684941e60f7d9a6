"""SPLF, forward split, and SPLR, reverse split: new securities replace the old ones; basis and holding period carry over."""

from domain.corporate_actions.event_type import EventType, MissingTerms, pays_cash_only, ratio_of
from domain.records import Option


def _check(option: Option) -> None:
    if ratio_of(option) is None and not pays_cash_only(option):
        raise MissingTerms("options.new_to_old", f"option {option.option_number} of a split needs new_to_old (NEWO)")


SPLF = EventType(
    code="SPLF",
    income_type="",
    check=_check,
    source="SMPG Global Market Practice Part 2 (EIG+), SPLF MAND SECU; basis: US Treas. Reg. §1.307-1",
)
SPLR = EventType(
    code="SPLR",
    income_type="",
    check=_check,
    source="SMPG Global Market Practice Part 2 (EIG+), SPLR MAND SECU; basis: US Treas. Reg. §1.307-1",
)
