"""Market calendars: business days, settlement cycles, and the dates derived from them (domain rules, "Calendars")."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.held import Held
from domain.numbers.exact import parse_decimal
from domain.rules.errors import RulesError
from domain.rules.values import calendar_range, day_of, flag, integer, text, version_of

_DAY = timedelta(days=1)


def outside_calendar(detail: str) -> Held:
    """Return the reason if a date must be derived or rolled outside the calendar's range: refused, never guessed."""
    return Held("outside_calendar", "ex_date", detail)


@dataclass(frozen=True, slots=True)
class SettlementCycle:
    """Business days from trade to settlement, for record dates between two dates."""

    valid_from: date
    valid_to: date | None
    days: int


@dataclass(frozen=True, slots=True)
class MarketCalendar:
    """One market. A business day is no weekend, holiday or settlement holiday (a trading day may be no settlement day)."""

    code: str
    country: str
    country_default: bool
    weekend: frozenset[int]
    valid_from: date
    valid_to: date
    closed: frozenset[date]
    settlement_cycles: tuple[SettlementCycle, ...]
    large_distribution_percent: Decimal | None

    def is_business_day(self, day: date) -> bool:
        """Raises Held outside valid_from … valid_to."""
        if not self.valid_from <= day <= self.valid_to:
            raise outside_calendar(f"{day} is outside {self.code}'s calendar, {self.valid_from} to {self.valid_to}")
        return day.weekday() not in self.weekend and day not in self.closed

    def roll_forward(self, day: date) -> date:
        """Return the day itself, or the next business day (payment dates)."""
        while not self.is_business_day(day):
            day += _DAY
        return day

    def roll_back(self, day: date) -> date:
        """Return the day itself, or the business day before it."""
        while not self.is_business_day(day):
            day -= _DAY
        return day

    def add_business_days(self, day: date, count: int) -> date:
        """Move by business days; backwards for a negative count."""
        self.is_business_day(day)
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            day = self.roll_forward(day) if count > 0 else self.roll_back(day)
        return day

    def settlement_cycle(self, day: date) -> int:
        """Return days of the cycle that holds on a day. Raises Held where none does."""
        for cycle in self.settlement_cycles:
            if cycle.valid_from <= day and (cycle.valid_to is None or day <= cycle.valid_to):
                return cycle.days
        raise outside_calendar(f"{self.code} has no settlement cycle on {day}")

    def derive_ex_date(
        self, record_date: date, payment_date: date | None = None, distribution_percent: Decimal | None = None
    ) -> date:
        """Record date rolled back, minus (cycle - 1) business days; the business day after payment for large distributions."""
        threshold = self.large_distribution_percent
        if None not in (threshold, distribution_percent, payment_date) and distribution_percent >= threshold:  # type: ignore[operator]
            return self.add_business_days(payment_date, 1)  # type: ignore[arg-type]
        day = self.roll_back(record_date)
        return self.add_business_days(day, -(self.settlement_cycle(day) - 1))


@dataclass(frozen=True, slots=True)
class MarketCalendars:
    """A whole document, by market code."""

    version: str
    calendars: Mapping[str, MarketCalendar]

    @classmethod
    def from_document(cls, document: Any) -> "MarketCalendars":
        """Read a document. Raises RulesError on a calendar that cannot be read, or two defaults for one country."""
        entries = document.get("calendars") if isinstance(document, Mapping) else None
        if not isinstance(entries, Mapping) or document.get("schema_version") != 1:
            raise RulesError("market calendars: schema_version 1 and a map of calendars are required")
        calendars = {code: _read(code, entry) for code, entry in entries.items()}
        defaults = [calendar.country for calendar in calendars.values() if calendar.country_default]
        twice = {country for country in defaults if defaults.count(country) > 1}
        if twice:
            raise RulesError(f"market calendars: more than one country default for {', '.join(sorted(twice))}")
        return cls(version_of(document, "market calendars"), calendars)

    def choose(self, place_of_listing: str, country: str) -> MarketCalendar | None:
        """Return the event's place of listing, else the country's default, else None."""
        if place_of_listing in self.calendars:
            return self.calendars[place_of_listing]
        defaults = (
            calendar for calendar in self.calendars.values() if calendar.country_default and calendar.country == country
        )
        return next(defaults, None)


def _read(code: str, entry: Any) -> MarketCalendar:
    try:
        large = entry.get("large_distribution")
        valid_from, valid_to = calendar_range(entry["valid_from"], entry["valid_to"])
        days = [*entry["holidays"], *(entry.get("settlement_holidays") or ())]
        return MarketCalendar(
            code=code,
            country=text(entry["country"]),
            country_default=flag(entry.get("country_default")),
            weekend=_weekend(entry["weekend"]),
            valid_from=valid_from,
            valid_to=valid_to,
            closed=frozenset(day_of(day) for day in days),
            settlement_cycles=tuple(_read_cycle(cycle) for cycle in entry["settlement_cycles"]),
            large_distribution_percent=parse_decimal(large["threshold_percent"]) if large else None,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RulesError(f"market calendar {code}: cannot be read: {error!r}") from error


def _weekend(days: Iterable[Any]) -> frozenset[int]:
    weekend = frozenset(integer(day, 6) for day in days)
    if len(weekend) == 7:
        raise ValueError("a week has a business day")
    return weekend


def _read_cycle(entry: Mapping[str, Any]) -> SettlementCycle:
    valid_to = entry.get("valid_to")
    return SettlementCycle(
        day_of(entry["valid_from"]),
        None if valid_to is None else day_of(valid_to),
        integer(entry["days"], 30),
    )
