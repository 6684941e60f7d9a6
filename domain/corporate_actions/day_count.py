"""Day-count fractions by their MICO code: the part of a year that an interest period is.

Source: ISO 15022 22F::MICO (ISO 20022 InterestComputationMethod); ICMA Primary Market Handbook, rule 251, for A006; 2006 ISDA Definitions,
section 4.16 (f) and (g), for A001 and A007.
"""

import calendar
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction


def day_count_fraction(code: str, start: date, end: date, coupons_per_year: int) -> Fraction:
    """`start` is the first day of the period, `end` the day on which it ends; `coupons_per_year` matters to A006 only."""
    return _FRACTIONS[code](start, end, coupons_per_year)


def _thirty_360(start: date, end: date, _: int) -> Fraction:
    """A 31st is a 30th: of the start always, of the end only after a start on a 30th or 31st. February stays as it is."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _of_months(start, end, last - first)


def _thirty_e_360(start: date, end: date, _: int) -> Fraction:
    """A 31st is a 30th, at either end."""
    return _of_months(start, end, min(end.day, 30) - min(start.day, 30))


def _of_months(start: date, end: date, days: int) -> Fraction:
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + days, 360)


def _actual_360(start: date, end: date, _: int) -> Fraction:
    return Fraction((end - start).days, 360)


def _actual_365(start: date, end: date, _: int) -> Fraction:
    return Fraction((end - start).days, 365)


def _actual_actual(start: date, end: date, coupons_per_year: int) -> Fraction:
    """Days over the days of the regular period, for each regular period (counted back from the end) that the interest period touches."""
    months, total, last, count = 12 // coupons_per_year, Fraction(0), end, 0
    while last > start:
        count += 1
        first = _months_before(end, months * count)
        total += Fraction((last - max(first, start)).days, (last - first).days * coupons_per_year)
        last = first
    return total


def _months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month; its last day where the month has no such day, or where `day` is a last day itself."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    length = calendar.monthrange(year, month + 1)[1]
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, length if is_last else min(day.day, length))


_FRACTIONS: Mapping[str, Callable[[date, date, int], Fraction]] = {
    "A001": _thirty_360,
    "A004": _actual_360,
    "A005": _actual_365,
    "A006": _actual_actual,
    "A007": _thirty_e_360,
}
