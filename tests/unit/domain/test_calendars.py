from datetime import date
from decimal import Decimal

import pytest

from domain.rules import CalendarRangeError, MarketCalendars, RulesError

NEW_YORK = {
    "country": "US",
    "country_default": True,
    "weekend": [5, 6],
    "valid_from": "2024-01-01",
    "valid_to": "2027-12-31",
    "holidays": ["2026-11-26", "2024-05-27"],
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


@pytest.mark.parametrize("day", ["2026-11-26", "2026-10-12", "2026-11-21"])
def test_holidays_settlement_holidays_and_weekends_are_no_business_days(day):
    assert not new_york().is_business_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("record_date", "ex_date"),
    [
        ("2026-11-18", "2026-11-18"),
        ("2026-11-22", "2026-11-20"),
        ("2024-05-24", "2024-05-23"),
        ("2026-11-11", "2026-11-10"),
    ],
)
def test_a_missing_ex_date_follows_the_settlement_cycle_of_its_day(record_date, ex_date):
    assert new_york().derive_ex_date(date.fromisoformat(record_date)) == date.fromisoformat(ex_date)


@pytest.mark.parametrize(("percent", "ex_date"), [("25", "2026-11-27"), ("24.99", "2026-11-18")])
def test_a_large_distribution_goes_ex_on_the_business_day_after_payment(percent, ex_date):
    derived = new_york().derive_ex_date(date(2026, 11, 18), date(2026, 11, 25), Decimal(percent))
    assert derived == date.fromisoformat(ex_date)


def test_payment_dates_roll_forward():
    assert new_york().roll_forward(date(2026, 11, 26)) == date(2026, 11, 27)


def test_a_date_outside_the_range_is_refused():
    with pytest.raises(CalendarRangeError, match="2028-01-03 is outside XNYS"):
        new_york().roll_forward(date(2028, 1, 3))


def test_the_place_of_listing_goes_before_the_countrys_default():
    other = NEW_YORK | {"country_default": False}
    assert calendars(XNAS=other).choose("XNAS", "US").code == "XNAS"
    assert calendars(XNAS=other).choose("XXXX", "DE") is None


def test_two_defaults_of_one_country_make_the_document_invalid():
    with pytest.raises(RulesError, match="US"):
        calendars(XNAS=NEW_YORK)
