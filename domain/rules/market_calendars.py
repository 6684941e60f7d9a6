"""Market calendars: trading days, settlement days, settlement cycles, and the dates derived from them (domain rules, "Calendars").

`holidays` close trading and settlement, `trading_holidays` trading alone (24 December in Frankfurt), `settlement_holidays` settlement alone
(Columbus Day in New York).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from domain.held import Held
from domain.records.declared import AtLeast, Country, Day, Flag, Meaning, Number, Text, among, whole
from domain.records.fields import Fields
from domain.rules.document import Dated, RulesDocument

_DAY = timedelta(days=1)


def outside_calendar(detail: str) -> Held:
    """Return the reason if a date must be derived or rolled outside the calendar's range: refused, never guessed."""
    return Held("outside_calendar", "ex_date", detail)


@dataclass(frozen=True, kw_only=True)
class SettlementCycle(Dated):
    """How long settlement takes for trades between two days."""

    days: Annotated[int, whole(0, 30), Meaning("from trade to settlement", "settlement days")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeDistribution:
    """From which size on a distribution goes ex on the trading day after its payment."""

    threshold_percent: Annotated[Number, Meaning("size", "percent of the security's worth")]
    ex_date: Annotated[str, among("NEXT_DAY_AFTER_PAYMENT"), Meaning("there is one rule")] = "NEXT_DAY_AFTER_PAYMENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketCalendar:
    """One market."""

    key: ClassVar[str] = "code"
    code: str
    country: Annotated[Country, Meaning("country of the market")]
    country_default: Annotated[Flag, Meaning("for every event of the country that names no listed market")] = False
    timezone: Annotated[Text, Meaning("kept; no figure uses it")] = ""
    weekend: Annotated[
        frozenset[Annotated[int, whole(0, 6)]], Meaning("days of the week without trading and settlement: 0 is Monday")
    ]
    valid_from: Annotated[Day, Meaning("first day that the calendar knows")]
    valid_to: Annotated[Day, Meaning("last day that the calendar knows: a date beyond is held, not guessed")]
    holidays: Annotated[frozenset[Day], Meaning("neither trading nor settlement")]
    trading_holidays: Annotated[frozenset[Day], Meaning("no trading; settlement open")] = frozenset()
    settlement_holidays: Annotated[frozenset[Day], Meaning("no settlement; trading open")] = frozenset()
    early_closes: Annotated[frozenset[Day], Meaning("kept; no figure uses them")] = frozenset()
    settlement_cycles: Annotated[tuple[SettlementCycle, ...], AtLeast(0), Meaning("by the day of the trade")]
    large_distribution: (
        Annotated[LargeDistribution, Meaning("what goes ex after its payment", source="FINRA Rule 11140")] | None
    ) = None
    source: Annotated[Text, Meaning("whose closing days these are, and what of them was not verified")] = ""

    @staticmethod
    def check(given: Fields, market: dict[str, Any]) -> None:
        """Raise RecordError for a week, a range or a holiday that says something else than it seems."""
        if len(market["weekend"]) == 7:
            raise given.fail("weekend", "no_business_day", "a week has a business day")
        if market["valid_from"] == date.min or market["valid_to"] == date.max:  # one can step outside
            detail = "a calendar ends before 9999-12-31 and begins after 0001-01-01"
            raise given.fail("valid_from", "endless_calendar", detail)
        Dated.check(given, market)
        for day in sorted(market["holidays"] & market["trading_holidays"]):
            detail = f"{day} is in holidays, on which nothing settles, and in trading_holidays, on which trades settle"
            raise given.fail("trading_holidays", "contradicting_holidays", detail)

    @property
    def large_distribution_percent(self) -> Decimal | None:
        """Return the size from which on a distribution is large, or None."""
        return self.large_distribution.threshold_percent if self.large_distribution else None

    def is_trading_day(self, day: date) -> bool:
        """Return True if the market trades. Raises Held outside valid_from … valid_to."""
        return self._is_open(day) and day not in self.trading_holidays

    def is_settlement_day(self, day: date) -> bool:
        """Return True if trades settle and payments are made. Raises Held outside valid_from … valid_to."""
        return self._is_open(day) and day not in self.settlement_holidays

    def _is_open(self, day: date) -> bool:
        if not self.valid_from <= day <= self.valid_to:
            raise outside_calendar(f"{day} is outside {self.code}'s calendar, {self.valid_from} to {self.valid_to}")
        return day.weekday() not in self.weekend and day not in self.holidays

    def closed(self, first: date, last: date) -> Iterator[tuple[date, str]]:
        """Yield (day, why) of the days between two, both with them, on which the market does not trade or trades do not settle."""
        for number in range((last - first).days + 1):
            day = first + number * _DAY
            if day.weekday() in self.weekend:
                yield day, "weekend"
            elif day in self.holidays:
                yield day, "holiday"
            elif day in self.trading_holidays or day in self.settlement_holidays:
                yield day, "no trading" if day in self.trading_holidays else "no settlement"

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
            if cycle.holds_on(day):
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


@dataclass(frozen=True, kw_only=True)
class MarketCalendars(RulesDocument):
    """On which days a market trades and settles."""

    calendars: Annotated[Mapping[str, MarketCalendar], Meaning("calendars by market code (MIC, such as XETR)")]

    @staticmethod
    def check(given: Fields, document: dict[str, Any]) -> None:
        """Raise RecordError for two defaults of one country."""
        defaults: set[str] = set()
        for code, market in document["calendars"].items():
            if market.country_default and market.country in defaults:
                detail = f"{market.country} has another default"
                raise given.fail(f"calendars.{code}.country_default", "two_defaults", detail)
            defaults.update([market.country] if market.country_default else [])

    def choose(self, place_of_listing: str, country: str) -> MarketCalendar | None:
        """Return the event's place of listing, else the country's default, else None."""
        if place_of_listing in self.calendars:
            return self.calendars[place_of_listing]
        defaults = (
            calendar for calendar in self.calendars.values() if calendar.country_default and calendar.country == country
        )
        return next(defaults, None)
