"""INTR, interest: what the notice gives per unit or denomination, else face amount x interest_rate x day-count fraction, rounded once.

A bond with a pool factor pays on the face amount x previous_factor. Taxed as interest; lots keep. Interest that accrued until a bond is
redeemed is of the redemption (`domain.corporate_actions.redemption`).

A rate below zero is paid by the holder, untaxed: a debit (ISO 15022 92A::INTR with sign N, 22H::CRDB//DEBT). interest_floor, in percent a
year, is the least rate that the terms of the bond allow: a rate below it counts as the floor.
"""

from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions.day_count import (
    BY_COUPON_PERIODS,
    NAMES,
    IrregularPeriod,
    Schedule,
    count_days,
    coupons_a_year,
)
from domain.corporate_actions.event_type import EventType, Outturn
from domain.corporate_actions.reading import cash_of, missing
from domain.records import CorporateAction, Option

INTEREST = "interest"
"""The withholding rates' income type."""


def accrued(event: CorporateAction, option: Option) -> tuple[Fraction, str]:
    """Return the interest per unit of face amount, and how it was reached. Raises MissingTerms if the notice lacks what it takes."""
    if option.interest_rate is None or option.interest_period is None or not option.day_count:
        needed = "gross_rate, or interest_rate, interest_period and day_count"
        raise missing(event, option, "interest_rate", needed)
    coupons = option.coupons_per_year or coupons_a_year(option.regular_period)
    if option.day_count in BY_COUPON_PERIODS and not coupons:
        raise missing(event, option, "coupons_per_year", f"coupons_per_year for day_count {option.day_count}")
    start, end = option.interest_period
    schedule = Schedule(coupons, option.regular_period)
    try:
        count = count_days(option.day_count, start, end, schedule)
    except IrregularPeriod as irregular:
        needed = f"regular_period, one regular coupon period of its schedule, for day_count {option.day_count}: "
        needed += str(irregular)
        raise missing(event, option, "regular_period", needed) from irregular
    rate, floored = _rate(option)
    factor = 1 if option.previous_factor is None else option.previous_factor
    by = f", by the regular period {' to '.join(map(str, option.regular_period))}" if option.regular_period else ""
    rule = (
        f"{rate} %{floored} x {count} of a year ({option.day_count}, {NAMES[option.day_count]}: {start} to {end}{by})"
    )
    rule += f" x factor {factor}" if option.previous_factor is not None else ""
    return Fraction(rate) / 100 * count.fraction * Fraction(factor), rule


def _rate(option: Option) -> tuple[Decimal, str]:
    """Return (the rate in percent a year, why it is not the announced one)."""
    assert option.interest_rate is not None
    if option.interest_floor is None or option.interest_rate >= option.interest_floor:
        return option.interest_rate, ""
    return option.interest_floor, f" (interest_floor, as interest_rate {option.interest_rate} % is below it)"


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    cash, rule = cash_of(option, may_be_debit=True) or accrued(event, option)
    return Outturn(cash=cash, cash_rule=rule, taxed=True)


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), INTR MAND CASH; ISO 15022 92A::INTR, 69A::INPE, 22F::MICO"

INTR = EventType("INTR", INTEREST, _outturn, _SOURCE, distributes=True, keeps_lots=True)
