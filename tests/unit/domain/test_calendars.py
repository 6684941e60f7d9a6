from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.held import Held
from domain.records import RecordError
from domain.rules import MarketCalendars

NEW_YORK = {
    "country": "US",
    "country_default": True,
    "weekend": [5, 6],
    "valid_from": "2024-01-01",
    "valid_to": "2027-12-31",
    "holidays": ["2026-11-26", "2024-05-27"],
    "trading_holidays": ["2025-01-09"],
    "settlement_holidays": ["2026-10-12", "2026-11-11"],
    "settlement_cycles": [
        {"valid_from": "2017-09-05", "valid_to": "2024-05-27", "days": 2},
        {"valid_from": "2024-05-28", "valid_to": None, "days": 1},
    ],
    "large_distribution": {"threshold_percent": "25"},
}


def calendars(**others):
    return MarketCalendars.from_document({"schema_version": 1, "calendars": {"XNYS": NEW_YORK, **others}})


def new_york():
    return calendars().choose("", "US")


@pytest.mark.parametrize(
    ("day", "trades", "settles"),
    [
        ("2026-11-20", True, True),
        ("2026-11-21", False, False),
        ("2026-11-26", False, False),
        ("2025-01-09", False, True),
        ("2026-10-12", True, False),
    ],
)
def test_a_holiday_closes_trading_and_settlement_the_others_close_one_of_them(day, trades, settles):
    on = date.fromisoformat(day)
    assert (new_york().is_trading_day(on), new_york().is_settlement_day(on)) == (trades, settles)


def test_a_day_without_settlement_on_which_trades_settle_is_refused():
    twice = NEW_YORK | {"country": "GB", "trading_holidays": ["2026-11-26"]}
    with pytest.raises(
        RecordError, match="2026-11-26 is in holidays, on which nothing settles, and in trading_holidays"
    ):
        calendars(XLON=twice)


@pytest.mark.parametrize(
    ("record_date", "ex_date"),
    [
        ("2026-11-18", "2026-11-18"),
        ("2026-11-22", "2026-11-20"),
        ("2024-05-24", "2024-05-23"),
        ("2024-05-28", "2024-05-24"),
        ("2024-05-29", "2024-05-29"),
        ("2026-11-11", "2026-11-10"),
        ("2026-11-12", "2026-11-12"),
        ("2026-10-12", "2026-10-09"),
        ("2025-01-08", "2025-01-08"),
        ("2025-01-09", "2025-01-10"),
        ("2025-01-10", "2025-01-10"),
    ],
)
def test_a_missing_ex_date_is_the_first_trading_day_whose_trades_settle_after_the_record_date(record_date, ex_date):
    assert new_york().derive_ex_date(date.fromisoformat(record_date)) == date.fromisoformat(ex_date)


def settlement_of(market, traded, cycle):
    """From the definition: so many settlement days after the trade, or the first one from it on by a cycle of none."""
    days = (traded + timedelta(each) for each in range(cycle > 0, 40))
    settling = (day for day in days if market.is_settlement_day(day))
    return [next(settling) for _ in range(max(cycle, 1))][-1]


@given(
    closed=st.lists(st.lists(st.integers(0, 30), max_size=8), min_size=3, max_size=3),
    cycle=st.integers(0, 3),
    record=st.integers(15, 25),
)
def test_a_derived_ex_date_is_what_its_definition_says_whatever_days_are_closed(closed, cycle, record):
    first = date(2026, 6, 1)
    trading, settlement, both = ({first + timedelta(each) for each in days} for days in closed)
    days = {"holidays": both, "trading_holidays": trading - both, "settlement_holidays": settlement}
    cycles = [{"valid_from": "2024-01-01", "valid_to": None, "days": cycle}]
    entry = NEW_YORK | {name: sorted(map(str, each)) for name, each in days.items()} | {"settlement_cycles": cycles}
    market = MarketCalendars.from_document({"schema_version": 1, "calendars": {"XNYS": entry}}).choose("", "US")
    on = first + timedelta(record)
    window = (on + timedelta(each) for each in range(-40, 40))
    ex_date = next(day for day in window if market.is_trading_day(day) and settlement_of(market, day, cycle) > on)
    assert market.derive_ex_date(on) == ex_date


@pytest.mark.parametrize(
    ("percent", "paid", "ex_date"),
    [
        ("25", "2026-11-25", "2026-11-27"),
        ("25", "2026-11-26", "2026-11-30"),
        ("25", "2026-10-10", "2026-10-14"),
        ("25", "2025-01-08", "2025-01-10"),
        ("24.99", "2026-11-25", "2026-11-18"),
    ],
)
def test_a_large_distribution_goes_ex_on_the_trading_day_after_it_is_paid(percent, paid, ex_date):
    derived = new_york().derive_ex_date(date(2026, 11, 18), date.fromisoformat(paid), Decimal(percent))
    assert derived == date.fromisoformat(ex_date)


@pytest.mark.parametrize(
    ("day", "paid"), [("2026-11-26", "2026-11-27"), ("2026-10-10", "2026-10-13"), ("2025-01-09", "2025-01-09")]
)
def test_payment_dates_roll_forward_to_a_settlement_day(day, paid):
    assert new_york().roll_forward(date.fromisoformat(day)) == date.fromisoformat(paid)


def test_a_date_outside_the_range_is_refused():
    with pytest.raises(Held, match="2028-01-03 is outside XNYS"):
        new_york().roll_forward(date(2028, 1, 3))


@pytest.mark.parametrize(("first", "last"), [("2024-01-02", "2027-12-30"), ("2024-01-01", "2027-12-31")])
def test_the_first_and_the_last_day_of_the_range_are_within_it_and_their_neighbours_are_not(first, last):
    market = calendars(XLON=NEW_YORK | {"country": "GB", "valid_from": first, "valid_to": last}).choose("", "GB")
    ends = date.fromisoformat(first), date.fromisoformat(last)
    assert [market.is_settlement_day(day) for day in ends] == [True, True]
    for day in (ends[0] - timedelta(1), ends[1] + timedelta(1)):
        with pytest.raises(Held) as refused:
            market.is_trading_day(day)
        assert refused.value.detail == f"{day} is outside XLON's calendar, {first} to {last}"


@pytest.mark.parametrize("number", [-1, 7, True, "5", 5.0, None])
def test_a_day_of_the_weekend_is_an_integer_from_0_to_6(number):
    with pytest.raises(RecordError) as refused:
        calendars(XLON=NEW_YORK | {"country": "GB", "weekend": [number]})
    assert refused.value.field == "calendars.XLON.weekend.0"
    assert calendars(XLON=NEW_YORK | {"country": "GB", "weekend": [0, 6]}).choose("", "GB").weekend == {0, 6}


@pytest.mark.parametrize(("days", "read"), [(-1, False), (0, True), (30, True), (31, False)])
def test_a_settlement_cycle_has_0_to_30_days(days, read):
    cycles = [{"valid_from": "2024-01-01", "valid_to": None, "days": days}]
    entry = {"XLON": NEW_YORK | {"country": "GB", "settlement_cycles": cycles}}
    if read:
        assert calendars(**entry).choose("", "GB").settlement_cycle(date(2026, 1, 5)) == days
    else:
        with pytest.raises(RecordError, match=f"'{days}' is not an integer from 0 to 30"):
            calendars(**entry)


def test_the_place_of_listing_goes_before_the_countrys_default():
    other = NEW_YORK | {"country_default": False}
    assert calendars(XNAS=other).choose("XNAS", "US").code == "XNAS"
    assert calendars(XNAS=other).choose("XXXX", "DE") is None


def test_two_defaults_of_one_country_make_the_document_invalid():
    with pytest.raises(RecordError, match="US"):
        calendars(XNAS=NEW_YORK)
