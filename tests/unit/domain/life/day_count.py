"""Parts of a year by MICO code, day by day or from the definition."""

from datetime import date, timedelta
from fractions import Fraction

from tests.unit.domain.life.facts import Held


def year_part(option):
    """Of the option's interest period."""
    start, end = (date.fromisoformat(option["interest_period"][name]) for name in ("from", "to"))
    code = option["day_count"]
    if code in ("A004", "A005"):
        return Fraction((end - start).days, 360 if code == "A004" else 365)
    if code == "A006":
        return _by_coupon_periods(start, end, option)
    first, last = start.day, end.day
    first = 30 if first == 31 else first
    if last == 31 and (code == "A007" or first == 30):
        last = 30
    return Fraction((end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first, 360)


def _by_coupon_periods(start, end, option):
    """Each day is one part of the days of the regular period that it lies in; without a schedule the period is whole ones, or held."""
    coupons, regular = option["coupons_per_year"], option.get("regular_period")
    given = (
        (start, end) if regular is None else (date.fromisoformat(regular["from"]), date.fromisoformat(regular["to"]))
    )
    bounds = sorted({_coupon(*given, 12 // coupons * each) for each in range(-12 * coupons, 12 * coupons)})
    if (
        given[0] not in bounds
        or given[1] not in bounds
        or (regular and bounds.index(given[1]) != bounds.index(given[0]) + 1)
    ):
        raise Held("missing_terms")
    total, day = Fraction(0), start
    while day < end:
        first = max(each for each in bounds if each <= day)
        last = min(each for each in bounds if each > day)
        total += Fraction(1, (last - first).days * coupons)
        day += timedelta(1)
    return total


def _coupon(first, last, months):
    """The coupon so many months from the first: on the greater of both days, at most the month's last; always the last if both are."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    length = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(1)).day
    always_last = (first + timedelta(1)).day == 1 and (last + timedelta(1)).day == 1
    return date(year, month + 1, length if always_last else min(max(first.day, last.day), length))
