"""Edges of entitlements: the default option, documents of rules that are absent or end, a rate of the announcement's own, no exchange."""

from decimal import Decimal

import pytest

from domain.calculation import calculate_document
from domain.entitlements import prepare_event
from domain.market_claims.buyer_protection import part_elections
from domain.market_claims.key_dates import key_dates
from domain.records import parse_record
from tests.unit.domain.facts import account, document, event, position, trade
from tests.unit.domain.test_calendars import NEW_YORK
from tests.unit.domain.test_lots_of_events import elect

DOUBLE = {"new_to_old": {"numerator": "2", "denominator": "1"}}


def calculate(*records, calendar=None, **other_calendars):
    made = document(account(), position("100"), *records)
    if calendar or other_calendars:
        calendars = {"XNYS": NEW_YORK | (calendar or {}), **other_calendars}
        made["rules"]["market_calendars"] = {"schema_version": 1, "version": "c", "calendars": calendars}
    return calculate_document(made)


def rejections(result):
    return [(each["reason"], each["field"], each["detail"]) for each in result["rejected"]]


@pytest.mark.parametrize("defaults", [(), ("001", "002")])
def test_a_silent_holder_of_a_choice_without_one_default_is_held_in_words(defaults):
    options = [
        {"option_number": number, "option_type": "CASH", "gross_rate": "1", "currency": "USD", "is_default_option": number in defaults}
        for number in ("001", "002")
    ]  # fmt: skip
    told = rejections(calculate(event(options=options, mandatory_voluntary="CHOS")))
    detail = "ACC-1: exactly one option must be the default option"
    assert ("missing_terms", "options.is_default_option", detail) in told


@pytest.mark.parametrize("elections", [(), (elect("001", "40"),), (elect("001", "999"),), (elect("007", "1"),)])
def test_the_only_option_of_a_mandatory_event_takes_the_whole_holding_whatever_is_elected_or_marked(elections):
    split = event("SPLF", DOUBLE | {"is_default_option": False})
    result = calculate(split, *elections)
    assert [(row["eligible_quantity"], row["entitled_quantity"]) for row in result["entitlements"]] == [("100", "200")]


def test_an_event_that_needs_no_rules_is_prepared_without_any():
    split, holder = parse_record(event("SPLF", DOUBLE))[0], parse_record(account())[0]
    (row,) = prepare_event(split, None).entitle(holder, Decimal(100))
    assert (str(row.disposed.credited), row.to_json()["payment_date"]) == ("200", "2026-03-27")
    assert key_dates(split, None).ex_date == split.ex_date
    assert part_elections(split, None, Decimal(100), (), ()).protections == ()


@pytest.mark.parametrize(
    ("valid_to", "paid"), [("2026-03-30", "2026-03-30"), ("2026-03-29", None), ("2026-03-27", "2026-03-28")]
)
def test_a_payment_date_rolls_forward_within_its_calendar_is_held_at_its_end_and_stands_beyond(valid_to, paid):
    result = calculate(event("SPLF", DOUBLE, payment_date="2026-03-28"), calendar={"valid_to": valid_to})
    if paid:
        assert [row["payment_date"] for row in result["entitlements"]] == [paid]
        return
    detail = "2026-03-30 is outside XNYS's calendar, 2024-01-01 to 2026-03-29"
    assert rejections(result) == [("outside_calendar", "payment_date", detail)]


def test_a_payment_date_rolls_by_the_calendar_of_the_place_of_listing():
    """27 March 2026 is a business day in New York, and a holiday of the other exchange."""
    other = NEW_YORK | {"country_default": False, "holidays": ["2026-03-27"]}
    result = calculate(event("SPLF", DOUBLE, place_of_listing="XNAS"), XNAS=other)
    assert [row["payment_date"] for row in result["entitlements"]] == ["2026-03-30"]


def test_lots_are_not_adjusted_where_the_ex_date_would_be_derived_outside_its_calendar():
    bought = trade("B1", "BUY", "100", "2010-01-04")
    split = event("SPLF", DOUBLE, ex_date=None, record_date="2012-03-16")
    result = calculate(bought, split, calendar={"valid_to": "2026-12-31"})
    detail = "2012-03-16 is outside XNYS's calendar, 2024-01-01 to 2026-12-31"
    assert ("lots_not_adjusted", "ex_date", detail) in rejections(result)
    assert [lot["quantity"] for lot in result["tax_lots"]] == ["100"]


def test_a_rate_that_the_announcement_gives_is_withheld_without_relief_or_reclaim():
    terms = {"gross_rate": "1", "currency": "USD", "withholding_tax_rate": "12.5"}
    made = document(account(documentation_status="none"), position("100"), event(option=terms, source_country="AQ"))
    (row,) = calculate_document(made, explained=True)["entitlements"]
    names = ("withholding_tax_rate", "withholding_tax_amount", "tax_relief_method", "tax_reclaim_amount", "net_amount")
    assert [row[name] for name in names] == ["12.5", "12.50", "NONE", "0", "87.50"]
    assert row["components"] == []
    assert row["reclaim_deadline"] is None
    (rule,) = (step["rule"] for step in row["explanation"] if step["name"] == "withholding_tax_amount")
    assert rule == (
        "rate CA-1:withholding_tax_rate, statutory 12.5 % (NONE, documents not valid at payment; given by the announcement)"
    )


RATE = {"unit_currency": "USD", "quoted_currency": "EUR", "rate": "0.9"}


@pytest.mark.parametrize(("wanted", "paid"), [("EUR", ["EUR 76.50"]), ("USD", []), ("", []), ("JPY", [])])
def test_an_exchange_is_explained_only_where_one_was_made(wanted, paid):
    terms = {"gross_rate": "1", "currency": "USD", "exchange_rate": RATE}
    made = document(account(payment_currency=wanted or None), position("100"), event(option=terms))
    (row,) = calculate_document(made, explained=True)["entitlements"]
    steps = [step for step in row["explanation"] if step["name"] == "payment_amount"]
    assert [f"{row['payment_currency']} {step['result']}" for step in steps] == paid


def test_a_trade_of_an_unknown_account_follows_a_mandatory_event_all_the_same():
    made = document(position("100"), trade("T", "BUY", "100", "2025-01-02"), event("SPLF", DOUBLE))
    result = calculate_document(made)
    assert [(each["lot_id"], each["quantity"]) for each in result["tax_lots"] if not each["closed_at"]] == [
        ("T/CA-1", "200")
    ]
    assert [(each["record"], each["reason"]) for each in result["rejected"]] == [
        ("corporate_action", "unknown_account"),
        ("trade", "unknown_account"),
    ]


CHOICE = [
    {"option_number": "001", "option_type": "CASH", "gross_rate": "1", "currency": "USD", "is_default_option": True},
    {"option_number": "002", "option_type": "CASH", "gross_rate": "2", "currency": "USD"},
]
HELD = {
    "no date": ((event(record_date=None),), "missing_terms", "record_date", "neither record_date nor effective_date is announced"),
    "no country": (
        (event(source_country=None),), "missing_terms", "source_country",
        "ACC-1: the withholding rate is chosen by source_country: announce it",
    ),
    "no payment date": (
        (event(payment_date=None),), "missing_terms", "payment_date",
        "ACC-1: the withholding rate is chosen by payment_date: announce it",
    ),
    "no ratio": ((event("SPLF", {"isin_out": "DE0007164600"}),), "missing_terms", "options.new_to_old", "option 001 of a SPLF needs new_to_old (NEWO)"),
    "unknown option": (
        (event(options=CHOICE, mandatory_voluntary="CHOS"), elect("009", "1")), "unknown_option", "option_number",
        "ACC-1: election E takes option 009, which is not announced",
    ),
    "over-instruction": (
        (event(options=CHOICE, mandatory_voluntary="CHOS"), elect("002", "101")), "over_instruction", "quantity",
        "ACC-1: elections exceed the eligible quantity by 1",
    ),
    "late election": (
        (event(options=CHOICE, mandatory_voluntary="CHOS", response_deadline="2026-03-10T17:00:00Z"),
         elect("002", "1") | {"received_at": "2026-03-10T17:00:01Z"}), "after_deadline", "received_at",
        "received at 2026-03-10 17:00:01+00:00, the deadline was 2026-03-10 17:00:00+00:00",
    ),
    "drawn above the holding": (
        (event("DRAW", {"cash_price_received_percent": "98", "currency": "USD", "drawn_quantity": "100.5"}),), "drawn_above_holding",
        "options.drawn_quantity", "ACC-1: 100.5 drawn of a holding of 100",
    ),
    "unreleased election": (
        (event(options=CHOICE, mandatory_voluntary="CHOS"), elect("002", "1") | {"entered_by": "ann"}), "not_released", "entered_by",
        "sequence 0: another identity than ann must release it with election_sequence 0",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HELD)
def test_what_is_held_or_does_not_count_says_so_in_words_and_of_which_record(case):
    records, reason, field, detail = HELD[case]
    of_election = ("election", "E") if field in ("received_at", "entered_by") else ("corporate_action", "CA-1")
    (told,) = {
        (each["record"], each["record_id"]) for each in calculate(*records)["rejected"]
        if (each["reason"], each["field"], each["detail"]) == (reason, field, detail)
    }  # fmt: skip
    assert told == of_election


def test_a_part_that_a_document_does_not_have_is_told_which_it_has():
    (told,) = rejections(calculate_document({"poems": []}))
    known = (
        "accounts, positions, trades, transfers, corporate_actions, elections, election_releases, drawings, confirmations, "
        "advices, securities, statements, exchange_rates, lots, rules, as_of"
    )
    assert told == ("unknown_part", "poems", f"unknown part; there are {known}")
