"""INTR, interest: what the notice gives per unit or denomination, else face amount x interest_rate x day-count fraction, rounded once.

A bond with a pool factor pays on the face amount x previous_factor. Taxed as interest; lots keep.
"""

from fractions import Fraction

from domain.corporate_actions.day_count import day_count_fraction
from domain.corporate_actions.event_type import EventType, Outturn
from domain.corporate_actions.reading import cash_of, missing
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    given = cash_of(option)
    if given:
        return Outturn(cash=given[0], cash_rule=given[1], taxed=True)
    if option.interest_rate is None or option.interest_period is None or not option.day_count:
        needed = "gross_rate, or interest_rate, interest_period and day_count"
        raise missing(event, option, "interest_rate", needed)
    if option.day_count == "A006" and not option.coupons_per_year:
        raise missing(event, option, "coupons_per_year", "coupons_per_year for day_count A006")
    start, end = option.interest_period
    fraction = day_count_fraction(option.day_count, start, end, option.coupons_per_year)
    factor = 1 if option.previous_factor is None else option.previous_factor
    rule = f"{option.interest_rate} % x {fraction} of a year ({option.day_count}, {start} to {end})"
    rule += f" x factor {factor}" if option.previous_factor is not None else ""
    cash = Fraction(option.interest_rate) / 100 * fraction * Fraction(factor)
    return Outturn(cash=cash, cash_rule=rule, taxed=True)


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), INTR MAND CASH; ISO 15022 92A::INTR, 69A::INPE, 22F::MICO"

INTR = EventType("INTR", "interest", _outturn, _SOURCE)
