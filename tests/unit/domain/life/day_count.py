"""Parts of a year by MICO code, day by day or from the definition."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from tests.unit.domain.life.facts import Held


def year_part(option):
    """Of the option's interest period."""
    start, end = (date.fromisoformat(option["interest_period"][name]) for name in ("from", "to"))
    code = option["day_count"]
    if code in ("A004", "A005"):
        return Fraction((end - start).days, 360 if code == "A004" else 365)
    if code == "A006":
        return _by_coupon_periods(start, end, option, lambda first, last: (last - first).days)
    if code == "A003":
        return _by_coupon_periods(start, end, option, _thirty_days)
    if code == "A008":
        days = [start + timedelta(each) for each in range((end - start).days)]
        leap = sum(_is_leap(day.year) for day in days)
        return Fraction(leap, 366) + Fraction(len(days) - leap, 365)
    if code == "A009":
        return Fraction((end - start).days, 366 if _is_leap(end.year) else 365)
    if code == "A002":
        return Fraction(_thirty_days(start, end), 365)
    first, last = start.day, end.day
    first = 30 if first == 31 else first
    if last == 31 and (code == "A007" or first == 30):
        last = 30
    return Fraction((end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first, 360)


def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _thirty_days(start, end):
    """Days of months of 30 days, a 31st as a 30th: each month gives what its days up to the 30th are."""
    total, month = 0, (start.year, start.month)
    while month <= (end.year, end.month):
        first = start.day if month == (start.year, start.month) else 0
        last = end.day if month == (end.year, end.month) else 30
        total += min(last, 30) - min(first, 30)
        month = (month[0] + month[1] // 12, month[1] % 12 + 1)
    return total


def _by_coupon_periods(start, end, option, days):
    """Days of the interest in each regular period, over the actual ones of that period; without a schedule the interest period is whole
    ones, or held."""
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
    total = Fraction(0)
    for first, last in pairwise(bounds):
        if max(first, start) < min(last, end):
            total += Fraction(days(max(first, start), min(last, end)), (last - first).days * coupons)
    return total


def _coupon(first, last, months):
    """The coupon so many months from the first: on the greater of both days, at most the month's last; always the last if both are."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    length = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(1)).day
    always_last = (first + timedelta(1)).day == 1 and (last + timedelta(1)).day == 1
    return date(year, month + 1, length if always_last else min(max(first.day, last.day), length))
