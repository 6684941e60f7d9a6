import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reconciliation import reconcile
from domain.reconciliation.ageing import BusinessDays, bucket, business_days
from domain.rules import MarketCalendars
from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import (
    DAY,
    calculated,
    confirmed,
    entitled,
    facts,
    held,
    report_of,
    stated,
    traded,
)  # fmt: skip

MARKET = {"country": "US", "country_default": True, "weekend": [5, 6], "valid_from": "2026-03-01", "valid_to": "2026-03-31",
          "holidays": ["2026-03-17"], "settlement_cycles": []}  # fmt: skip
CALENDARS = MarketCalendars.from_document({"schema_version": 1, "version": "v1", "calendars": {"XNYS": MARKET}})


@pytest.mark.parametrize(
    ("age", "name"),
    [(0, "0-1"), (1, "0-1"), (2, "2-5"), (5, "2-5"), (6, "6-10"), (10, "6-10"), (11, "11-30"), (30, "11-30"), (31, "over 30")],
)  # fmt: skip
def test_ages_fall_into_buckets(age, name):
    assert bucket(age) == name


def test_business_days_are_the_markets_and_weekdays_where_there_is_none():
    since, on = date(2026, 3, 13), date(2026, 3, 18)
    assert business_days(CALENDARS, APPLE).age(since, on) == (2, "XNYS")
    assert business_days(CALENDARS, SAP).age(since, on) == (3, "weekdays")
    assert business_days(None, APPLE).age(since, on) == (3, "weekdays")
    assert business_days(CALENDARS, APPLE).age(date(2026, 2, 28), date(2026, 3, 2)) == (1, "XNYS")
    assert business_days(CALENDARS, APPLE).age(date(2026, 2, 27), date(2026, 3, 2)) == (1, "weekdays")
    assert business_days(CALENDARS, APPLE).age(date(2026, 3, 30), date(2026, 4, 1)) == (2, "weekdays")
    assert BusinessDays().age(on, since) == (0, "weekdays")


def test_the_age_of_a_break_is_told_between_the_first_and_the_last_day_there_is():
    assert BusinessDays().age(date.min, date.max) == (2_608_614, "weekdays")
    assert business_days(CALENDARS, APPLE).age(date(2026, 3, 2), date.max)[1] == "weekdays"


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_weekdays_are_those_that_one_counts(since, count):
    days = [since + timedelta(number) for number in range(1, count + 1)]
    assert BusinessDays().age(since, since + timedelta(count))[0] == sum(day.weekday() < 5 for day in days)


@pytest.mark.parametrize(
    ("parts", "since"),
    [
        ({"entitlements": [entitled()]}, "2026-03-16"),
        ({"positions": [stated("5", "2026-03-13", borrowed_quantity="6")]}, "2026-03-13"),
        ({"positions": [stated(as_of="2026-03-12")], "lots": {APPLE: 1}}, "2026-03-12"),
        ({"statements": [held(as_of="2026-03-11")]}, "2026-03-11"),
        ({"entitlements": [entitled(on=None)], "confirmations": [confirmed(posting_amount="1")]}, "2026-03-27"),
        ({"entitlements": [entitled(on=None)], "confirmations_expected": True}, "2026-03-27"),
        ({"confirmations": [confirmed(posting_date="2026-03-20")]}, "2026-03-20"),
        ({"confirmations": [confirmed(posting_date=None)]}, "2026-03-30"),
        ({"positions": [stated()], "calculated_events": [calculated(on="2026-03-18")]}, "2026-03-18"),
        ({"statements": [held("0", "2026-03-11")], "securities": frozenset()}, "2026-03-11"),
        ({"positions": [stated("0", "2026-03-12")], "securities": frozenset()}, "2026-03-12"),
        (
            {
                "positions": [stated("0", "2026-03-12")],
                "statements": [held("0", "2026-03-11")],
                "securities": frozenset(),
            },
            "2026-03-12",
        ),
    ],
)
def test_a_break_ages_from_its_own_date(parts, since):
    (each,) = report_of(**parts)["breaks"]
    assert each["since"] == since
    assert each["age_business_days"] == BusinessDays().age(date.fromisoformat(since), DAY)[0]
    assert each["ageing_bucket"] == bucket(each["age_business_days"])


def test_a_break_keeps_its_id_while_its_figures_and_its_age_change():
    ids = {
        report_of(day, positions=[stated(quantity)], lots={APPLE: 100})["breaks"][0]["break_id"]
        for quantity, day in (("110", DAY), ("120", date(2026, 4, 30)))
    }
    assert len(ids) == 1


def test_breaks_of_other_accounts_codes_or_keys_have_other_ids():
    parts = {"positions": [stated("110"), stated("7", isin=SAP)], "statements": [held("90")]}
    found = report_of(lots={APPLE: 100}, entitlements=[entitled("115")], **parts)["breaks"]
    assert len({each["break_id"] for each in found}) == len(found) == 5
    mine = facts(positions=[stated("110")], lots={APPLE: 100})
    of_two = [reconcile(replace(mine, safekeeping_account=each), DAY)["breaks"][0] for each in ("ACC-1", "ACC-2")]
    assert of_two[0]["break_id"] != of_two[1]["break_id"]


def test_a_break_says_what_it_concerns():
    (each,) = report_of(entitlements=[entitled(on=None)], confirmations=[confirmed(posting_amount="20.00")])["breaks"]
    names = ("safekeeping_account", "isin", "corporate_action_event_id", "option_number", "ours", "theirs", "unit")
    assert [each[name] for name in names] == ["ACC-1", APPLE, "CA-1", "001", "21.25", "20.00", "USD"]


def test_inputs_are_counted_by_what_became_of_them():
    report = report_of(
        positions=[stated("1", "2026-03-13"), stated("100"), stated("7", isin=SAP)],
        entitlements=[entitled()],
        lots={APPLE: 100},
        calculated_events=[calculated(), calculated("CA-2", "2026-03-01")],
        trades=[traded("1", "2026-03-16"), traded("1", "2026-03-16", "T-2", isin="US5949181045")],
        confirmations=[confirmed(posting_amount="1")],
        securities=frozenset({APPLE, SAP}),
    )
    counted = {kind: list(buckets.values()) for kind, buckets in report["control_totals"]["inputs"].items()}
    assert counted == {
        "positions": [1, 1, 1, 0],
        "second_sources": [0, 0, 0, 0],
        "statements": [0, 0, 0, 0],
        "confirmations": [0, 1, 0, 0],
        "entitlements": [0, 1, 0, 0],
        "calculated_events": [1, 0, 0, 1],
        "open_lots": [1, 0, 0, 0],
        "trades": [1, 0, 0, 1],
        "securities": [2, 0, 0, 0],
    }


def test_control_totals_of_values_prove_the_differences_by_unit():
    report = report_of(
        positions=[stated("110")],
        entitlements=[entitled("100")],
        lots={APPLE: 100},
        confirmations=[confirmed(posting_amount="20.00", withholding_tax_rate="30")],
    )
    totals = report["control_totals"]
    assert totals["values"] == {
        "USD": {"ours": "21.25", "theirs": "20.00", "difference": "-1.25"},
        "units": {"ours": "200", "theirs": "220", "difference": "20"},
    }
    assert totals["by_kind"]["lots"] == {
        "compared": 1, "matched": 0, "breaks": 1, "ours": {"count": 1}, "theirs": {"count": 1},
        "values": {"units": {"ours": "100", "theirs": "110", "difference": "10"}},
    }  # fmt: skip


def test_the_run_id_is_of_the_inputs_and_of_nothing_else():
    def run(day=DAY, calendars=None, **changes):
        parts = {"positions": [stated()], "entitlements": [entitled()]}
        return report_of(day, calendars, **parts | changes)["run_id"]

    assert run() == run()
    others = [
        run(date(2026, 3, 29)), run(calendars=CALENDARS), run(positions=[stated(pending_receipt_quantity="1")]),
        run(entitlements=[entitled(revision=2)]), run(statements=[held()]), run(confirmations=[confirmed()]),
        run(confirmations=[confirmed(posting_amount="1")]), run(lots={APPLE: 1}), run(securities=frozenset({APPLE})),
        run(second_sources=[stated(source="B")]), run(calculated_events=[calculated()]),
        run(lots={APPLE: 1}, trades=[traded("1", "2026-03-17")]), run(confirmations_expected=True),
        run(statements=[held(available="1")]), run(entitlements=[entitled(rules_version="s")]),
    ]  # fmt: skip
    assert len({run(), *others}) == len(others) + 1


def test_the_report_names_the_versions_that_it_compared():
    positions = [
        stated(sequence=9),
        stated("7", isin=SAP, sequence=3),
        stated("7", isin=SAP, source="B", safekeeping_place="P"),
    ]
    report = report_of(calendars=CALENDARS, positions=positions, entitlements=[entitled(version=2, revision=4)])
    assert report["input_versions"] == {
        "entitlements": {"CA-1/001": "2/4/r"}, "positions": {"B": 0, "CUSTODIAN-A": 9}, "market_calendars": "v1",
    }  # fmt: skip
    assert json.loads(json.dumps(report)) == report


def test_what_has_no_finite_decimal_is_shown_so_that_the_difference_still_adds_up():
    (each,) = report_of(positions=[stated("0.0000000000001")], lots={APPLE: "1/3"})["breaks"]
    assert (each["ours"], each["difference"]) == ("0.333333333333", "-0.3333333333329")
