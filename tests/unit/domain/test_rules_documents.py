import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from domain.records import RecordError
from domain.rules import MarketCalendars, WithholdingRates
from domain.rules.withholding_rates import ReclaimDeadline
from tests.unit.domain.facts import rate, rates

RULES = Path(__file__).parents[3] / "rules"
RATES = WithholdingRates.from_document(json.loads((RULES / "withholding_rates.json").read_text()))
MARKETS = json.loads((RULES / "market_calendars.json").read_text())["calendars"]
CALENDARS = MarketCalendars.from_document({"schema_version": 1, "calendars": MARKETS})
INCOME = "dividend_listed_equity"


def terms(source, residence, day, owner="portfolio_investor"):
    row = RATES.lookup(source, residence, owner, INCOME, date.fromisoformat(day))
    return None if row is None else (str(row.statutory_rate), None if row.treaty_rate is None else str(row.treaty_rate))


@pytest.mark.parametrize(
    ("source", "residence", "day", "expected"),
    [
        ("US", "GB", "2026-03-27", ("30", "15")),
        ("US", "SG", "2026-03-27", ("30", None)),
        ("US", "US", "2026-03-27", ("24", "0")),
        ("US", "ZA", "2026-03-27", ("30", None)),
        ("FR", "DE", "2019-12-31", ("30", "15")),
        ("FR", "DE", "2021-06-01", ("26.5", "15")),
        ("FR", "DE", "2022-01-01", ("25", "15")),
        ("ES", "JP", "2021-12-31", ("19", None)),
        ("ES", "JP", "2022-01-01", ("19", "5")),
        ("ES", "DE", "2015-07-11", ("20", "15")),
        ("ES", "DE", "2015-07-12", ("19.5", "15")),
        ("JP", "CH", "2022-12-31", ("15.315", None)),
        ("JP", "CH", "2023-01-01", ("15.315", "10")),
        ("JP", "AU", "2038-01-01", None),
        ("XX", "GB", "2026-03-27", None),
        ("DE", "GB", "2026-05-15", ("26.375", "15")),
        ("ES", "GB", "2026-05-15", ("19", "10")),
        ("NL", "GB", "2026-05-15", ("15", "10")),
        ("AU", "JP", "2026-05-15", ("30", "10")),
        ("AU", "LU", "2026-05-15", ("30", None)),
        ("CH", "CH", "2026-05-15", ("35", "0")),
        ("GB", "US", "2026-05-15", ("0", None)),
    ],
)
def test_the_rate_of_a_day_is_the_documents(source, residence, day, expected):
    assert terms(source, residence, day) == expected


def test_every_source_country_has_a_row_for_any_residence():
    countries = {country for country, _ in RATES.rows}
    assert {country for country in countries if terms(country, "ZZ", "2026-06-01", "government") is None} == set()


def test_the_committed_rates_are_what_the_generator_makes(tmp_path):
    copy = tmp_path / "rules"
    (copy / "sources").mkdir(parents=True)
    for name in ("generate_withholding_rates.py", "sources/treaty_tables.json"):
        (copy / name).write_bytes((RULES / name).read_bytes())
    subprocess.run([sys.executable, str(copy / "generate_withholding_rates.py")], check=True, timeout=60)
    assert (copy / "withholding_rates.json").read_bytes() == (RULES / "withholding_rates.json").read_bytes()


SOURCES = ("US", "JP", "GB", "CA", "FR", "CH", "DE", "AU", "NL", "ES", "IT", "HK")
RESIDENCES = ("US", "LU", "IE", "GB", "JP", "DE", "FR", "NL", "CA", "CH")
OF_WHO_HOLDS = {(each, each) for each in ("JP", "FR", "CA")}
"""Residents of the source country whose rate depends on more than a row says."""


@pytest.mark.parametrize("source", SOURCES)
def test_each_large_source_country_has_a_row_for_each_large_residence(source):
    on = date(2026, 6, 1)
    rows = {each: RATES.lookup(source, each, "portfolio_investor", INCOME, on).residence for each in RESIDENCES}
    assert {each for each, named in rows.items() if named != each} == {
        each for each in RESIDENCES if (source, each) in OF_WHO_HOLDS
    }


@pytest.mark.parametrize("country", ["JP", "FR", "CA"])
def test_the_row_that_residents_fall_back_to_says_why_they_have_none(country):
    row = RATES.lookup(country, country, "portfolio_investor", INCOME, date(2026, 6, 1))
    assert f"; residents of {country} have no row: " in row.source


def marked(mark):
    return {row.rate_id for group in RATES.rows.values() for row in group if mark in row.source}


def test_every_row_names_its_source_and_says_what_of_it_was_not_verified():
    assert {row.rate_id for group in RATES.rows.values() for row in group if not row.source} == set()
    first_day, rate = marked("UNVERIFIED first day"), marked("UNVERIFIED rate")
    assert {"FR-DE-DIVI-2", "ES-JP-DIVI-1", "JP-CH-DIVI-1", "ES-DE-DIVI-4", "US-GB-DIVI-1"} & first_day == set()
    assert {"FR-ANY-DIVI-1", "DE-ANY-DIVI-1", "SG-ANY-DIVI-1"} <= first_day
    assert {"CH-US-DIVI-1", "DE-US-DIVI-1"} <= rate
    assert {"US-GB-DIVI-1", "ES-GB-DIVI-1", "DE-GB-DIVI-1"} & rate == set()
    counted = re.findall(r"^\| `UNVERIFIED .*\| (\d+) \|$", (RULES / "README.md").read_text(), re.MULTILINE)
    assert counted == [str(len(rate)), str(len(first_day))]


@pytest.mark.parametrize(
    ("country", "trades", "settles", "days"),
    [
        ("US", True, False, ["2026-10-12", "2026-11-11"]),
        ("US", False, True, ["2025-01-09"]),
        ("US", False, False, ["2026-04-03", "2026-11-26"]),
        ("CA", True, False, ["2025-09-30", "2026-11-11"]),
        ("CA", False, False, ["2026-02-16", "2026-08-03"]),
        *((country, False, True, ["2024-12-24", "2025-12-31"]) for country in ("DE", "IT", "CH")),
        *((country, True, True, ["2025-12-24", "2025-12-31"]) for country in ("FR", "NL", "ES", "GB")),
        *((country, False, False, ["2026-04-03", "2026-05-01"]) for country in ("DE", "FR", "NL", "IT", "ES", "CH")),
        ("IT", False, True, ["2025-08-15"]),
        ("CH", False, False, ["2026-01-02", "2026-05-14", "2025-08-01"]),
        ("DE", True, True, ["2025-10-03", "2025-05-29"]),
        ("JP", False, False, ["2025-12-31", "2026-05-05"]),
        ("GB", False, False, ["2026-05-04", "2026-12-28"]),
    ],
)
def test_the_market_trades_and_settles_on_these_days(country, trades, settles, days):
    market = CALENDARS.choose("", country)
    for day in map(date.fromisoformat, days):
        assert (day, market.is_trading_day(day), market.is_settlement_day(day)) == (day, trades, settles)


def test_each_calendar_names_the_source_of_its_settlement_days_or_says_that_there_is_none():
    sources = {code: entry["source"] for code, entry in MARKETS.items()}
    assert {code for code, source in sources.items() if "settlement days" not in source} == set()
    assert {code for code, source in sources.items() if "UNVERIFIED" in source} == {"XTKS", "XHKG", "XSWX", "XTSE"}


@pytest.mark.parametrize(
    ("country", "day", "days"),
    [("US", "2024-05-27", 2), ("US", "2024-05-28", 1), ("DE", "2027-10-11", 1), ("JP", "2026-01-05", 2)],
)
def test_the_settlement_cycle_of_a_day(country, day, days):
    assert CALENDARS.choose("", country).settlement_cycle(date.fromisoformat(day)) == days


def test_ten_markets_cover_four_years():
    spans = {(each.valid_from.year, each.valid_to.year) for each in CALENDARS.calendars.values()}
    assert (len(CALENDARS.calendars) >= 10, spans) == (True, {(2024, 2027)})


def test_components_add_up_to_the_rate_to_its_last_digit():
    parts = ["10.00000000000000000000000000001", "5"]
    components = [{"name": name, "rate": each} for name, each in zip("ab", parts, strict=True)]
    exact = "15.00000000000000000000000000001"
    read = WithholdingRates.from_document(rates(rate("US-GB", exact, components=components)))
    assert str(read.lookup("US", "GB", "government", INCOME, date(2026, 1, 5)).statutory_rate) == exact
    with pytest.raises(RecordError, match=r"rates\.0\.components: components do not add up to 15"):
        WithholdingRates.from_document(rates(rate("US-GB", "15", components=components)))


DEEP = []
for _ in range(2000):
    DEEP = [DEEP]


@pytest.mark.parametrize("name", ["source_country", "valid_from", "valid_to", "statutory_rate", "rate_id"])
def test_a_value_without_end_is_refused_in_few_words(name):
    with pytest.raises(RecordError) as refused:
        WithholdingRates.from_document(rates(rate("US-GB", "15") | {name: DEEP}))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valid_from": "20240101"}, "XNYS.valid_from: '20240101' is not a date YYYY-MM-DD"),
        ({"holidays": ["2024-W01-1"]}, "XNYS.holidays.0: '2024-W01-1' is not a date YYYY-MM-DD"),
        ({"weekend": [0, 1, 2, 3, 4, 5, 6]}, "a week has a business day"),
        ({"country_default": "false"}, "XNYS.country_default: country_default must be true or false"),
    ],
)
def test_a_calendar_that_says_something_else_than_it_seems_is_refused(changes, said):
    document = json.loads((RULES / "market_calendars.json").read_text())
    document["calendars"]["XNYS"] |= changes
    with pytest.raises(RecordError) as refused:
        MarketCalendars.from_document(document)
    assert said in str(refused.value)


WRONG_RATE = [
    ({"treaty_rat": "15"}, "treaty_rat", "unknown_field", "did you mean treaty_rate?"),
    ({"components": [{"name": "a", "rat": "1"}]}, "components.0.rate", "missing_field", "rate is required"),
    ({"reclaim_deadline": {"years": 4, "from": "PAYMENT_DATE", "yeers": 4}}, "reclaim_deadline.yeers", "unknown_field", "years?"),
    ({"treaty_rate": "+15"}, "treaty_rate", "not_a_decimal", "'+15'"),
    ({"treaty_rate": "015"}, "treaty_rate", "not_a_decimal", "'015'"),
    ({"statutory_rate": 30}, "statutory_rate", "not_a_decimal_string", "an exact decimal in a string"),
    ({"statutory_rate": "100.01"}, "statutory_rate", "above_100_percent", "at most 100 percent"),
    ({"source_country": "UK"}, "source_country", "invalid_country", "did you mean GB?"),
    ({"residence": "UK"}, "residence", "invalid_country", "did you mean GB?"),
    ({"beneficial_owner": "pension_fonds"}, "beneficial_owner", "unknown_beneficial_owner", "did you mean pension_fund?"),
    ({"income_type": "intrest"}, "income_type", "unknown_income_type", "did you mean interest?"),
    ({"tax_relief_method": "REFUND"}, "tax_relief_method", "unknown_tax_relief_method", "none of"),
    ({"valid_to": "1999-12-31"}, "valid_to", "empty_period", "before it begins"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "reason", "said"), WRONG_RATE)
def test_a_row_with_a_wrong_word_is_refused_by_its_number_and_field(changes, field, reason, said):
    with pytest.raises(RecordError) as refused:
        WithholdingRates.from_document(rates(rate("DE", "26.375", source_country="DE"), rate("US-GB", "30") | changes))
    assert (refused.value.field, refused.value.reason) == (f"rates.1.{field}", reason)
    assert said in refused.value.detail


def test_two_rows_for_the_same_days_are_refused_at_the_later_one():
    with pytest.raises(RecordError) as refused:
        WithholdingRates.from_document(rates(rate("B", "15", valid_from="2020-01-01"), rate("A", "30")))
    assert (refused.value.field, refused.value.reason) == ("rates.1", "equal_rates")


CYCLE = {"valid_from": "2024-01-01", "days": 1}
WRONG_CALENDAR = [
    ({"holliday": []}, "holliday", "unknown_field", "did you mean holidays?"),
    ({"settlement_holiday": ["2026-10-12"]}, "settlement_holiday", "unknown_field", "did you mean settlement_holidays?"),
    ({"settlement_cycles": [CYCLE | {"day": 2}]}, "settlement_cycles.0.day", "unknown_field", "did you mean days?"),
    ({"large_distribution": {"threshold": "25"}}, "large_distribution.threshold_percent", "missing_field", "is required"),
    ({"code": "XNYS"}, "code", "unknown_field", "unknown field"),
    ({"country": "UK"}, "country", "invalid_country", "did you mean GB?"),
    ({"holidays": ["2026-01-01", "2026-01-02", "2026-01-01"]}, "holidays.2", "duplicate", "2026-01-01 is in holidays twice"),
    ({"holidays": "2026-01-01"}, "holidays", "not_a_list", "must be a list"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "reason", "said"), WRONG_CALENDAR)
def test_a_calendar_with_a_wrong_word_is_refused_by_its_market_and_field(changes, field, reason, said):
    with pytest.raises(RecordError) as refused:
        MarketCalendars.from_document({"schema_version": 1, "calendars": {"XNYS": MARKETS["XNYS"] | changes}})
    assert (refused.value.field, refused.value.reason) == (f"calendars.XNYS.{field}", reason)
    assert said in refused.value.detail


@pytest.mark.parametrize(
    ("head", "field"),
    [({"rate": []}, "rate"), ({"schema_version": True}, "schema_version"), ({"rates": None}, "rates")],
)
def test_a_wrong_head_is_refused_by_its_field(head, field):
    with pytest.raises(RecordError) as refused:
        WithholdingRates.from_document(rates() | head)
    assert refused.value.field == field


def test_fields_that_begin_with_x_are_free_and_empty_lists_are_read():
    row = rate("US-GB", "30", "15", components=[], x_desk={"name": "tax"})
    plain, free = (WithholdingRates.from_document(rates(each)) for each in (rate("US-GB", "30", "15"), row))
    assert (free.rates, WithholdingRates.from_document(rates()).rates) == (plain.rates, ())


@pytest.mark.parametrize("code", ["\ud800", "X" * 100_000])
def test_a_refusal_can_be_written_whatever_the_market_is_called(code):
    with pytest.raises(RecordError) as refused:
        MarketCalendars.from_document({"schema_version": 1, "calendars": {code: {}}})
    assert len(str(refused.value).encode()) <= 1000


@pytest.mark.parametrize(
    ("years", "paid", "last"),
    [
        (3, "2024-02-29", "2027-02-28"),
        (4, "2024-02-29", "2028-02-29"),
        (3, "2025-02-28", "2028-02-28"),
        (3, "2026-03-27", "2029-03-27"),
    ],
)
def test_a_reclaim_ends_on_the_payments_own_day_some_years_later_or_where_that_day_is_not_on_the_28th(
    years, paid, last
):
    assert ReclaimDeadline(years=years, from_="PAYMENT_DATE").after(date.fromisoformat(paid)) == date.fromisoformat(
        last
    )
