"""Parts of a year by MICO code, day by day or from the definition."""

from datetime import date, timedelta
from fractions import Fraction


def year_part(option):
    """Of the option's interest period."""
    start, end = (date.fromisoformat(option["interest_period"][name]) for name in ("from", "to"))
    code = option["day_count"]
    if code in ("A004", "A005"):
        return Fraction((end - start).days, 360 if code == "A004" else 365)
    if code == "A006":
        return _by_coupon_periods(start, end, option["coupons_per_year"])
    first, last = start.day, end.day
    first = 30 if first == 31 else first
    if last == 31 and (code == "A007" or first == 30):
        last = 30
    return Fraction((end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first, 360)


def _by_coupon_periods(start, end, coupons):
    """Each day is one part of the days of the regular period that it lies in; periods are counted back from the end."""
    bounds = [end]
    while bounds[-1] > start:
        bounds.append(_earlier(end, 12 // coupons * len(bounds)))
    total, day = Fraction(0), start
    while day < end:
        first = max(each for each in bounds if each <= day)
        last = min(each for each in bounds if each > day)
        total += Fraction(1, (last - first).days * coupons)
        day += timedelta(1)
    return total


def _earlier(day, months):
    """The same day so many months before, or the last day of a shorter month; a month's last day stays one."""
    year, month = day.year, day.month - months
    while month < 1:
        year, month = year - 1, month + 12
    length = ((date(year + month // 12, month % 12 + 1, 1)) - timedelta(1)).day
    ends_month = (day + timedelta(1)).day == 1
    return date(year, month, length if ends_month else min(day.day, length))
