"""Day-count fractions by their MICO code: the part of a year that an interest period is.

Source: ISO 15022 22F::MICO (ISO 20022 InterestComputationMethod2Code); ICMA Primary Market Handbook, rule 251, for A006; 2006 ISDA
Definitions, section 4.16 (b), (f) and (g), for A008, A001 and A007.
"""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from domain.numbers.series import sum_of


@dataclass(frozen=True, slots=True)
class Schedule:
    """What A003 and A006 count by: payments a year, and a regular period of the coupon schedule (None: the interest period is regular)."""

    coupons_per_year: int
    regular_period: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class DayCount:
    """The part of a year that a period is: `days` earned by the length of the year that they are counted by; {368: 61} is 61/368."""

    days: Mapping[int, int]

    @property
    def fraction(self) -> Fraction:
        """Return the part of a year."""
        return sum_of(Fraction(days, of_year) for of_year, days in self.days.items())

    def __str__(self) -> str:
        """Return the days over those of their year: `61/368`, `(184/365 + 181/366)`."""
        parts = [f"{days}/{of_year}" for of_year, days in self.days.items() if days]
        return f"({' + '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "0"


class IrregularPeriod(ValueError):
    """A003 or A006 cannot be counted: says which period is no whole number of coupon periods."""


def coupons_a_year(regular_period: tuple[date, date] | None) -> int:
    """Return the payments a year of a schedule with that regular period, 0 if there is none or a year is no whole number of it."""
    months = _months(*regular_period) if regular_period else 0
    return 12 // months if months and 12 % months == 0 else 0


def count_days(code: str, start: date, end: date, schedule: Schedule) -> DayCount:
    """Count from `start`, the first day that earns interest, to `end`, the first one that does not.

    Raises IrregularPeriod if A003 or A006 needs a regular period that is missing or is none.
    """
    return _COUNTS[code](start, end, schedule)


def _thirty_360(start: date, end: date, _: Schedule) -> DayCount:
    """Count a 31st as a 30th: at the start always, at the end only after a start on a 30th or 31st. February stays as it is."""
    last = 30 if end.day == 31 and start.day >= 30 else end.day
    return DayCount({360: _days_of_months(start, end, last - min(start.day, 30))})


def _thirty_e_360(start: date, end: date, _: Schedule) -> DayCount:
    return DayCount({360: _thirty_days(start, end)})


def _thirty_365(start: date, end: date, _: Schedule) -> DayCount:
    return DayCount({365: _thirty_days(start, end)})


def _thirty_days(start: date, end: date) -> int:
    """Return days of months of 30 days: a 31st is a 30th at either end, February stays as it is."""
    return _days_of_months(start, end, min(end.day, 30) - min(start.day, 30))


def _days_of_months(start: date, end: date, days: int) -> int:
    return 30 * _months(start, end) + days


def _actual_360(start: date, end: date, _: Schedule) -> DayCount:
    return DayCount({360: _actual_days(start, end)})


def _actual_365(start: date, end: date, _: Schedule) -> DayCount:
    return DayCount({365: _actual_days(start, end)})


def _actual_actual_isda(start: date, end: date, _: Schedule) -> DayCount:
    """Count the days in years without a 29 February / 365, and those in years with one / 366."""
    days = dict[int, int]()
    for year in range(start.year, end.year + 1):
        opens = max(start, date(year, 1, 1))
        closes = end if year == end.year else date(year + 1, 1, 1)
        days[_days_of_year(year)] = days.get(_days_of_year(year), 0) + _actual_days(opens, closes)
    return DayCount(days)


def _actual_365_l(start: date, end: date, _: Schedule) -> DayCount:
    """Count days / 366 if the coupon is due, at the end of its period, in a year with a 29 February, else / 365."""
    return DayCount({_days_of_year(end.year): _actual_days(start, end)})


def _days_of_year(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def _actual_days(start: date, end: date) -> int:
    return (end - start).days


def _thirty_actual(start: date, end: date, schedule: Schedule) -> DayCount:
    return _by_coupon_periods(start, end, schedule, _thirty_days)


def _actual_actual(start: date, end: date, schedule: Schedule) -> DayCount:
    return _by_coupon_periods(start, end, schedule, _actual_days)


def _by_coupon_periods(start: date, end: date, schedule: Schedule, days: Callable[[date, date], int]) -> DayCount:
    """Count, over the regular periods that the interest period touches, days / (actual days of that period x coupons a year).

    The schedule is counted from its regular period in either direction. Without one, whole coupon periods are regular themselves.
    """
    coupons, months = schedule.coupons_per_year, 12 // schedule.coupons_per_year
    first, last = schedule.regular_period or (start, end)
    whole = _whole_periods(first, last, months)
    if schedule.regular_period and whole != 1:
        raise IrregularPeriod(f"regular_period {first} to {last} is not one coupon period of {months} months")
    count, number = dict[int, int](), _months(first, start) // months - 1
    while (opens := _on_schedule(first, last, number * months)) < end:
        number += 1
        closes = _on_schedule(first, last, number * months)
        if closes > start:
            of_year = _actual_days(opens, closes) * coupons
            count[of_year] = count.get(of_year, 0) + days(max(opens, start), min(closes, end))
    return DayCount(count)


def _whole_periods(start: date, end: date, months: int) -> int:
    """Return how many periods of so many months lie between two dates. Raises IrregularPeriod if that is no whole number."""
    count, rest = divmod(_months(start, end), months)
    if rest or [_on_schedule(start, end, each) for each in (0, count * months)] != [start, end]:
        raise IrregularPeriod(f"{start} to {end} is no whole number of coupon periods of {months} months")
    return count


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month


def _on_schedule(first: date, last: date, months: int) -> date:
    """Return the coupon date so many months after `first`.

    Coupons fall on one day of the month, or on the last one where the month is shorter; on the last one always if both dates of the
    schedule are last days.
    """
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise IrregularPeriod(f"the coupon schedule of {first} to {last} leaves the calendar")
    length = calendar.monthrange(year, month + 1)[1]
    ends_months = all(day.day == calendar.monthrange(day.year, day.month)[1] for day in (first, last))
    return date(year, month + 1, length if ends_months else min(max(first.day, last.day), length))


_COUNTS: Mapping[str, Callable[[date, date, Schedule], DayCount]] = {
    "A001": _thirty_360,
    "A002": _thirty_365,
    "A003": _thirty_actual,
    "A004": _actual_360,
    "A005": _actual_365,
    "A006": _actual_actual,
    "A007": _thirty_e_360,
    "A008": _actual_actual_isda,
    "A009": _actual_365_l,
}
NAMES: Mapping[str, str] = {
    "A001": "30/360",
    "A002": "30/365",
    "A003": "30/ACT",
    "A004": "ACT/360",
    "A005": "ACT/365",
    "A006": "ACT/ACT ICMA",
    "A007": "30E/360",
    "A008": "ACT/ACT ISDA",
    "A009": "ACT/365L",
}
"""What people call them."""
BY_COUPON_PERIODS = ("A003", "A006")
"""Codes whose year is so many coupon periods: they need the coupons a year."""
