"""Makes market_calendars.json: trading days and early closes from exchange_calendars, settlement days and cycles from MARKETS.

Needs requirements/dev.lock. On `holidays` the market neither trades nor settles, on `trading_holidays` it settles alone, on
`settlement_holidays` it trades alone. A market whose settlement days are in no source that was retrieved says so in its `source`
(UNVERIFIED).
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import exchange_calendars

HERE = Path(__file__).parent
VERSION = "2026-11-30.1"
AS_OF = "2026-11-30"
FIRST, LAST = date(2024, 1, 1), date(2027, 12, 31)
YEARS = range(FIRST.year, LAST.year + 1)

EUROPE = [("2014-10-06", "2027-10-10", 2), ("2027-10-11", None, 1)]
EUROPE_SOURCE = (
    "T+2: CSDR (EU) 909/2014 art. 5 from 2014-10-06; T+1 from 2027-10-11: (EU) 2025/2075 and the UK and Swiss T+1 plans"
)
T2 = (
    "settlement days of T2, on which T2S settles euro: all but 1 January, Good Friday, Easter "
    "Monday, 1 May, 25 and 26 December "
    "(ECB press release of 2000-12-14, until further notice)"
)


def on(month: int, day: int) -> set[date]:
    """Return that day of every year."""
    return {date(year, month, day) for year in YEARS}


def as_traded(closed: set[date]) -> set[date]:
    """Settlement is closed when trading is."""
    return closed


def new_york(closed: set[date]) -> set[date]:
    """Banks and Fedwire close on Columbus Day (second Monday of October) and Veterans Day, and did "
    "not close on 2025-01-09."""
    octobers = on(10, 1)
    columbus = {first + timedelta(days=-first.weekday() % 7 + 7) for first in octobers}
    return closed - {date(2025, 1, 9)} | columbus | on(11, 11)


def toronto(closed: set[date]) -> set[date]:
    """Banks close on the National Day for Truth and Reconciliation and on Remembrance Day."""
    return closed | on(9, 30) | on(11, 11)


def zurich(closed: set[date]) -> set[date]:
    """SIC and SIX SIS are open on 24 and 31 December."""
    return closed - on(12, 24) - on(12, 31)


def euro(closed: set[date]) -> set[date]:
    """T2's closing days: every euro market is closed on them, and on some days more (24 and 31 December, 15 August)."""
    return closed - on(12, 24) - on(12, 31) - on(8, 15)


Market = tuple[str, list[tuple[str, str | None, int]], Callable[[set[date]], set[date]], str]

MARKETS: dict[str, Market] = {
    "XNYS": (
        "US",
        [("2017-09-05", "2024-05-27", 2), ("2024-05-28", None, 1)],
        new_york,
        "T+1: SEC Rule 15c6-1; settlement days of DTC, NSCC and Fedwire: closed on Columbus Day and "
        "Veterans Day (FINRA Notices to "
        "Members 95-77 and 88-82), no trades settle on Good Friday (DTC open for limited "
        "processing), open on 2025-01-09 "
        "(SIFMA unscheduled close matrix, January 2025)",
    ),
    "XTSE": (
        "CA",
        [("2017-09-05", "2024-05-26", 2), ("2024-05-27", None, 1)],
        toronto,
        "T+1: NI 24-101, CIRO; settlement days of CDSX in CAD (CDS holiday processing schedules 2021 "
        "to 2023): no settlement on "
        "30 September; Family Day and Civic Holiday are not counted, though CDSX operates (CNSX bulletin 2009-1205); "
        "UNVERIFIED Remembrance Day (the part of the schedule that names it was not retrieved)",
    ),
    "XLON": (
        "GB",
        EUROPE,
        as_traded,
        f"{EUROPE_SOURCE}; settlement days of CREST in GBP: bank holidays are London's trading and "
        "settlement holidays (LCH circular 3499 "
        "of 2014-07-30); open on 24 and 31 December, half days of trading",
    ),
    "XETR": (
        "DE",
        EUROPE,
        euro,
        f"{EUROPE_SOURCE}; {T2}; 24 and 31 December are settlement days (Deutsche Börse readiness "
        "newsflash on 24 and 31 December 2025; "
        "Eurex Clearing circular 099/2019)",
    ),
    "XPAR": ("FR", EUROPE, euro, f"{EUROPE_SOURCE}; {T2}"),
    "XAMS": ("NL", EUROPE, euro, f"{EUROPE_SOURCE}; {T2}"),
    "XMIL": ("IT", EUROPE, euro, f"{EUROPE_SOURCE}; {T2}; trading is closed on 15 August, 24 and 31 December beside"),
    "XMAD": ("ES", EUROPE, euro, f"{EUROPE_SOURCE}; {T2}"),
    "XSWX": (
        "CH",
        EUROPE,
        zurich,
        f"{EUROPE_SOURCE}; settlement days of SIX SIS and SIC: 1 and 2 January, Good Friday, Easter "
        "Monday, 1 May, Ascension, Whit Monday, "
        "1 August, 25 and 26 December are no value days (BX Swiss market calendar 2022/2023, as SNB "
        "and SIX); UNVERIFIED 24 and "
        "31 December as value days (week-ends in the calendar that was retrieved)",
    ),
    "XTKS": (
        "JP",
        [("2009-11-16", "2019-07-15", 3), ("2019-07-16", None, 2)],
        as_traded,
        "JSCC, T+2 from 2019-07-16; UNVERIFIED settlement days (JASDEC's list was not retrieved; "
        "banks are closed from 31 December to 3 January "
        "and on national holidays, as Tokyo's trading is)",
    ),
    "XHKG": (
        "HK",
        [("1992-06-24", None, 2)],
        as_traded,
        "HKEX CCASS rules, T+2; start date not retrieved; UNVERIFIED settlement days (CCASS's list "
        "was not retrieved; taken as trading days)",
    ),
    "XASX": (
        "AU",
        [("2016-03-07", None, 2)],
        as_traded,
        "ASX Settlement, T+2 from 2016-03-07; settlement days of CHESS: trading days, since local "
        "holidays of Sydney and Melbourne "
        "ceased to be non-settlement days on 2017-01-01 (notice of 2017-01-16)",
    ),
}


def calendar(code: str, market: Market) -> dict[str, Any]:
    """One market in the document's form. Every one is its country's default, as it is the only one of its country."""
    country, cycles, unsettled, source = market
    exchange = exchange_calendars.get_calendar(code, start=str(FIRST), end=str(LAST))
    sessions = {stamp.date() for stamp in exchange.sessions}
    days = {FIRST + timedelta(days=offset) for offset in range((LAST - FIRST).days + 1)}
    weekdays = {day for day in days if day.weekday() < 5}
    no_trading = weekdays - sessions
    no_settlement = unsettled(no_trading) & weekdays
    return {
        "country": country,
        "country_default": True,
        "timezone": str(exchange.tz),
        "weekend": [5, 6],
        "valid_from": str(FIRST),
        "valid_to": str(LAST),
        "holidays": written(no_trading & no_settlement),
        "trading_holidays": written(no_trading - no_settlement),
        "settlement_holidays": written(no_settlement - no_trading),
        "early_closes": [str(stamp.date()) for stamp in exchange.early_closes],
        "settlement_cycles": [{"valid_from": start, "valid_to": end, "days": count} for start, end, count in cycles],
        "large_distribution": {"threshold_percent": "25", "ex_date": "NEXT_DAY_AFTER_PAYMENT"}
        if code == "XNYS"
        else None,
        "source": f"trading days: exchange_calendars {exchange_calendars.__version__}; {source}",
    }


def written(days: set[date]) -> list[str]:
    """Return days as the document has them."""
    return [str(day) for day in sorted(days)]


if __name__ == "__main__":
    calendars = {code: calendar(code, market) for code, market in MARKETS.items()}
    whole = {"schema_version": 1, "version": VERSION, "as_of": AS_OF, "calendars": calendars}
    (HERE / "market_calendars.json").write_text(
        f"{json.dumps(whole, indent=1, ensure_ascii=False)}\n", encoding="utf-8"
    )
