"""Day-count fractions by their MICO code: the part of a year that an interest period is.

Source: ISO 15022 22F::MICO (ISO 20022 InterestComputationMethod); ICMA Primary Market Handbook, rule 251, for A006; 2006 ISDA Definitions,
section 4.16 (f) and (g), for A001 and A007.
"""

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Schedule:
    """What A006 counts by: payments a year, and one regular period of the coupon schedule (None: the interest period is regular)."""

    coupons_per_year: int
    regular_period: tuple[date, date] | None = None


class IrregularPeriod(ValueError):
    """A006 cannot be counted: says which period is no whole number of coupon periods."""


def coupons_a_year(regular_period: tuple[date, date] | None) -> int:
    """Return the payments a year of a schedule with that regular period, 0 if there is none or a year is no whole number of it."""
    months = _months(*regular_period) if regular_period else 0
    return 12 // months if months and 12 % months == 0 else 0


def day_count_fraction(code: str, start: date, end: date, schedule: Schedule) -> Fraction:
    """Return the part of a year from `start`, the first day that earns interest, to `end`, the first one that does not.

    Raises IrregularPeriod if A006 needs a regular period that is missing or is none.
    """
    return _FRACTIONS[code](start, end, schedule)


def _thirty_360(start: date, end: date, _: Schedule) -> Fraction:
    """A 31st is a 30th: of the start always, of the end only after a start on a 30th or 31st. February stays as it is."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return _of_months(start, end, last - first)


def _thirty_e_360(start: date, end: date, _: Schedule) -> Fraction:
    """A 31st is a 30th, at either end."""
    return _of_months(start, end, min(end.day, 30) - min(start.day, 30))


def _of_months(start: date, end: date, days: int) -> Fraction:
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + days, 360)


def _actual_360(start: date, end: date, _: Schedule) -> Fraction:
    return Fraction((end - start).days, 360)


def _actual_365(start: date, end: date, _: Schedule) -> Fraction:
    return Fraction((end - start).days, 365)


def _actual_actual(start: date, end: date, schedule: Schedule) -> Fraction:
    """Return, over the regular periods that the interest period touches, the sum of days / (days of that period x coupons a year).

    The schedule is counted from its regular period in either direction. Without one, whole coupon periods are regular themselves.
    """
    coupons, months = schedule.coupons_per_year, 12 // schedule.coupons_per_year
    if schedule.regular_period is None:
        return Fraction(_whole_periods(start, end, months), coupons)
    first, last = schedule.regular_period
    if _whole_periods(first, last, months) != 1:
        raise IrregularPeriod(f"regular_period {first} to {last} is not one coupon period of {months} months")
    total, number = Fraction(0), _months(first, start) // months - 1
    while (opens := _on_schedule(first, last, number * months)) < end:
        number += 1
        closes = _on_schedule(first, last, number * months)
        total += Fraction(max(0, (min(closes, end) - max(opens, start)).days), (closes - opens).days * coupons)
    return total


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


_FRACTIONS: Mapping[str, Callable[[date, date, Schedule], Fraction]] = {
    "A001": _thirty_360,
    "A004": _actual_360,
    "A005": _actual_365,
    "A006": _actual_actual,
    "A007": _thirty_e_360,
}
