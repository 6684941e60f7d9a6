"""Makes market_calendars.json: trading holidays and early closes from exchange_calendars, settlement facts from MARKETS.

Needs requirements/dev.lock. A settlement holiday is a day on which the market trades but its cash does not settle.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import exchange_calendars

HERE = Path(__file__).parent
VERSION = "2026-11-24.1"
AS_OF = "2026-11-24"
FIRST, LAST = date(2024, 1, 1), date(2027, 12, 31)

EUROPE = [("2014-10-06", "2027-10-10", 2), ("2027-10-11", None, 1)]
EUROPE_SOURCE = (
    "T+2: CSDR (EU) 909/2014 art. 5 from 2014-10-06; T+1 from 2027-10-11: (EU) 2025/2075 and the UK and Swiss T+1 plans"
)


def observed_in_us(year: int) -> list[date]:
    """Columbus Day (second Monday of October) and Veterans Day (11 November): banks and Fedwire are closed, NYSE trades."""
    october = date(year, 10, 1)
    columbus = october + timedelta(days=(0 - october.weekday()) % 7 + 7)
    return [columbus, date(year, 11, 11)]


def observed_in_canada(year: int) -> list[date]:
    """Remembrance Day: banks are closed, TSX trades."""
    return [date(year, 11, 11)]


def none_observed(_: int) -> list[date]:
    """The market's holidays are its settlement holidays."""
    return []


Market = tuple[str, list[tuple[str, str | None, int]], Callable[[int], list[date]], str]

MARKETS: dict[str, Market] = {
    "XNYS": ("US", [("2017-09-05", "2024-05-27", 2), ("2024-05-28", None, 1)], observed_in_us, "SEC Rule 15c6-1"),
    "XTSE": ("CA", [("2017-09-05", "2024-05-26", 2), ("2024-05-27", None, 1)], observed_in_canada, "NI 24-101, CIRO"),
    "XLON": ("GB", EUROPE, none_observed, EUROPE_SOURCE),
    "XETR": ("DE", EUROPE, none_observed, EUROPE_SOURCE),
    "XPAR": ("FR", EUROPE, none_observed, EUROPE_SOURCE),
    "XAMS": ("NL", EUROPE, none_observed, EUROPE_SOURCE),
    "XMIL": ("IT", EUROPE, none_observed, EUROPE_SOURCE),
    "XMAD": ("ES", EUROPE, none_observed, EUROPE_SOURCE),
    "XSWX": ("CH", EUROPE, none_observed, EUROPE_SOURCE),
    "XTKS": (
        "JP",
        [("2009-11-16", "2019-07-15", 3), ("2019-07-16", None, 2)],
        none_observed,
        "JSCC, T+2 from 2019-07-16",
    ),
    "XHKG": ("HK", [("1992-06-24", None, 2)], none_observed, "HKEX CCASS rules, T+2; start date not retrieved"),
    "XASX": ("AU", [("2016-03-07", None, 2)], none_observed, "ASX Settlement, T+2 from 2016-03-07"),
}


def calendar(code: str, market: Market) -> dict[str, Any]:
    """One market in the document's form. Every one is its country's default, as it is the only one of its country."""
    country, cycles, observed, source = market
    exchange = exchange_calendars.get_calendar(code, start=str(FIRST), end=str(LAST))
    sessions = {stamp.date() for stamp in exchange.sessions}
    days = [FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)]
    settlement = [day for year in range(FIRST.year, LAST.year + 1) for day in observed(year)]
    return {
        "country": country,
        "country_default": True,
        "timezone": str(exchange.tz),
        "weekend": [5, 6],
        "valid_from": str(FIRST),
        "valid_to": str(LAST),
        "holidays": [str(day) for day in days if day.weekday() < 5 and day not in sessions],
        "settlement_holidays": [str(day) for day in sorted(settlement) if day in sessions],
        "early_closes": [str(stamp.date()) for stamp in exchange.early_closes],
        "settlement_cycles": [{"valid_from": start, "valid_to": end, "days": count} for start, end, count in cycles],
        "large_distribution": {"threshold_percent": "25", "ex_date": "NEXT_DAY_AFTER_PAYMENT"}
        if code == "XNYS"
        else None,
        "source": f"exchange_calendars {exchange_calendars.__version__}; {source}",
    }


if __name__ == "__main__":
    calendars = {code: calendar(code, market) for code, market in MARKETS.items()}
    whole = {"schema_version": 1, "version": VERSION, "as_of": AS_OF, "calendars": calendars}
    (HERE / "market_calendars.json").write_text(
        f"{json.dumps(whole, indent=1, ensure_ascii=False)}\n", encoding="utf-8"
    )
