"""Market calendars: trading days, settlement days, settlement cycles, and the dates derived from them (domain rules, "Calendars").

`holidays` close trading and settlement, `trading_holidays` trading alone (24 December in Frankfurt), `settlement_holidays` settlement alone
(Columbus Day in New York).
"""

from collections.abc import Iterable, Iterator, Mapping
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
    """Settlement days from trade to settlement, for trades between two dates."""

    valid_from: date
    valid_to: date | None
    days: int


@dataclass(frozen=True, slots=True)
class MarketCalendar:
    """One market. `no_trading` and `no_settlement` are the weekdays on which it does not trade, or trades do not settle."""

    code: str
    country: str
    country_default: bool
    weekend: frozenset[int]
    valid_from: date
    valid_to: date
    no_trading: frozenset[date]
    no_settlement: frozenset[date]
    settlement_cycles: tuple[SettlementCycle, ...]
    large_distribution_percent: Decimal | None

    def is_trading_day(self, day: date) -> bool:
        """Return True if the market trades. Raises Held outside valid_from … valid_to."""
        return self._is_open(day, self.no_trading)

    def is_settlement_day(self, day: date) -> bool:
        """Return True if trades settle and payments are made. Raises Held outside valid_from … valid_to."""
        return self._is_open(day, self.no_settlement)

    def _is_open(self, day: date, closed: frozenset[date]) -> bool:
        if not self.valid_from <= day <= self.valid_to:
            raise outside_calendar(f"{day} is outside {self.code}'s calendar, {self.valid_from} to {self.valid_to}")
        return day.weekday() not in self.weekend and day not in closed

    def closed(self, first: date, last: date) -> Iterator[tuple[date, str]]:
        """Yield (day, why) of the days between two, both with them, on which the market does not trade or trades do not settle."""
        for number in range((last - first).days + 1):
            day = first + number * _DAY
            why = {(True, True): "holiday", (True, False): "no trading", (False, True): "no settlement"}
            if day.weekday() in self.weekend:
                yield day, "weekend"
            elif day in self.no_trading or day in self.no_settlement:
                yield day, why[day in self.no_trading, day in self.no_settlement]

    def roll_forward(self, day: date) -> date:
        """Return the day itself, or the next settlement day (payment dates)."""
        while not self.is_settlement_day(day):
            day += _DAY
        return day

    def add_settlement_days(self, day: date, count: int) -> date:
        """Return the settlement day that is `count` settlement days, at least one, after `day`."""
        self.is_settlement_day(day)
        for _ in range(count):
            day = self.roll_forward(day + _DAY)
        return day

    def next_trading_day(self, day: date) -> date:
        """Return the first trading day after `day`."""
        day += _DAY
        while not self.is_trading_day(day):
            day += _DAY
        return day

    def settlement_cycle(self, day: date) -> int:
        """Return the settlement cycle in force on a day, in settlement days after the trade. Raises Held if the calendar has none."""
        for cycle in self.settlement_cycles:
            if cycle.valid_from <= day and (cycle.valid_to is None or day <= cycle.valid_to):
                return cycle.days
        raise outside_calendar(f"{self.code} has no settlement cycle on {day}")

    def derive_ex_date(
        self, record_date: date, payment_date: date | None = None, distribution_percent: Decimal | None = None
    ) -> date:
        """Return the first trading day whose trades settle after the record date; for a large distribution the first trading day
        after the payment (FINRA Rule 11140(b))."""
        if payment_date is not None and self.is_large(distribution_percent, payment_date):
            return self.next_trading_day(self.roll_forward(payment_date))
        return self.next_trading_day(self.last_cum_day(record_date))

    def last_cum_day(self, record_date: date) -> date:
        """Return the last trading day whose trades settle by the record date. Raises Held outside the calendar."""
        settlement_days, day = 0, record_date
        while not (self.is_trading_day(day) and self._settles(day, settlement_days)):
            settlement_days += self.is_settlement_day(day)
            day -= _DAY
        return day

    def is_large(self, distribution_percent: Decimal | None, payment_date: date | None) -> bool:
        """Return True if the distribution is so large a part of the security's value that it is ex only after its payment."""
        threshold = self.large_distribution_percent
        if threshold is None or distribution_percent is None or payment_date is None:
            return False
        return distribution_percent >= threshold

    def _settles(self, traded: date, settlement_days: int) -> bool:
        """Return True if a trade settles within so many settlement days after its own, or on its own day by a cycle of none."""
        cycle = self.settlement_cycle(traded)
        return settlement_days >= cycle if cycle else settlement_days > 0 or self.is_settlement_day(traded)


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
        holidays, trading, settlement = (
            frozenset(day_of(day) for day in days)
            for days in (entry["holidays"], entry.get("trading_holidays") or (), entry.get("settlement_holidays") or ())
        )
        for day in sorted(holidays & trading):
            raise ValueError(
                f"{day} is in holidays, on which nothing settles, and in trading_holidays, on which trades settle"
            )
        return MarketCalendar(
            code=code,
            country=text(entry["country"]),
            country_default=flag(entry.get("country_default")),
            weekend=_weekend(entry["weekend"]),
            valid_from=valid_from,
            valid_to=valid_to,
            no_trading=holidays | trading,
            no_settlement=holidays | settlement,
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
