"""How old a break is: business days from its own date to the report's, in buckets. No clock."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.held import Held
from domain.rules import MarketCalendar, MarketCalendars

BUCKETS = ((1, "0-1"), (5, "2-5"), (10, "6-10"), (30, "11-30"))
"""(most business days, name), youngest first."""
OLDEST = "over 30"
WEEKDAYS = "weekdays"
"""The calendar's name where no market's can be had: Monday to Friday."""

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """A market's settlement days; weekdays where it has no calendar, or a date is outside its range."""

    calendar: MarketCalendar | None = None

    def age(self, since: date, on: date) -> tuple[int, str]:
        """Business days after `since` up to and including `on`, and the calendar that counted them; 0 where `since` is not before."""
        if since >= on:
            return 0, self.calendar.code if self.calendar else WEEKDAYS
        if self.calendar and self.calendar.valid_from <= since + _DAY and on <= self.calendar.valid_to:
            days = (since + _DAY * ahead for ahead in range(1, (on - since).days + 1))
            return sum(map(self.calendar.is_settlement_day, days)), self.calendar.code
        return _weekdays_until(on) - _weekdays_until(since), WEEKDAYS

    def roll_forward(self, day: date) -> date:
        """Return the day itself, or the next business day."""
        try:
            if self.calendar:
                return self.calendar.roll_forward(day)
        except Held:
            pass  # as above
        while day.weekday() >= _SATURDAY:
            day += _DAY
        return day


def _weekdays_until(day: date) -> int:
    """Return the weekdays from 0001-01-01, a Monday, to `day`. Counted day by day, a position of 9999-12-31 would hold up every report."""
    weeks, rest = divmod(day.toordinal(), 7)
    return weeks * _SATURDAY + min(rest, _SATURDAY)


def business_days(calendars: MarketCalendars | None, isin: str) -> BusinessDays:
    """Those of the default market of the country that the ISIN was issued in (ISO 6166: its first two letters)."""
    return BusinessDays(calendars.choose("", isin[:2]) if calendars else None)


def bucket(age: int) -> str:
    """Return the ageing bucket of a number of business days."""
    return next((name for most, name in BUCKETS if age <= most), OLDEST)
