"""Numbers as they are read, rounded and printed; and which report of a fact stands."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.case.book import FactBook
from domain.numbers.exact import parse_decimal, plain, round_half_up
from domain.records import RecordError, parse_record, stored_record
from tests.unit.domain.facts import account, document, event, position


def test_a_field_of_the_senders_own_is_kept():
    assert parse_record(position("1", x_memo="hello"))[1]["x_memo"] == "hello"


@pytest.mark.parametrize(
    ("raw", "field", "detail"),
    [
        (position("1", settled_quantiy="2"), "settled_quantiy", "unknown field, did you mean settled_quantity?"),
        (position("1", memo="hello"), "memo", "unknown field"),
        (position("1", X_memo="hello"), "X_memo", "unknown field"),
        (
            event(option={"gross_rate": "1", "currency": "USD", "fraction_dispositon": "CINL"}),
            "options.0.fraction_dispositon",
            "unknown field, did you mean fraction_disposition?",
        ),
        (
            event() | {"function": "CANC", "recrod_date": "2026-01-01"},
            "recrod_date",
            "unknown field, did you mean record_date?",
        ),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_known_one(raw, field, detail):
    with pytest.raises(RecordError) as refused:
        parse_record(raw)
    assert (refused.value.reason, refused.value.field, refused.value.detail) == ("unknown_field", field, detail)


def test_a_record_that_was_taken_before_a_name_became_unknown_is_still_read():
    assert stored_record(position("7", memo="hello")) == parse_record(position("7"))[0]


@pytest.mark.parametrize("written", ["+5", "007", "00", "-0", "-0.00", " 5", "5 ", "5\n", "1e3", ".5", "5.", "٣"])
def test_a_decimal_that_may_mean_something_else_is_refused(written):
    with pytest.raises(RecordError) as refused:
        parse_record(position(written))
    assert (refused.value.reason, refused.value.field) == ("not_a_decimal", "settled_quantity")


@pytest.mark.parametrize(
    ("residence", "detail"),
    [
        ("UK", "'UK' is no country of ISO 3166-1, did you mean GB?"),
        ("EL", "'EL' is no country of ISO 3166-1, did you mean GR?"),
        ("XX", "'XX' is no country of ISO 3166-1"),
        ("ﬁ", "'ﬁ' is no country of ISO 3166-1"),
    ],
)
def test_a_country_is_one_of_iso_3166(residence, detail):
    with pytest.raises(RecordError) as refused:
        parse_record(account(residence=residence))
    assert (refused.value.field, refused.value.detail) == ("residence", detail)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**12), max_value=10**12))
def test_a_printed_decimal_reads_as_the_same_number(number):
    assert parse_decimal(plain(number)) == number


@pytest.mark.parametrize("number", [parse_decimal, Fraction])
def test_halves_are_rounded_away_from_zero(number):
    rounded = [str(round_half_up(number(text), 2)) for text in ("1.005", "-1.005", "1.0049999")]
    assert rounded == ["1.01", "-1.01", "1.00"]


@pytest.mark.parametrize("text", ["-0", "-0.000"])
def test_zero_has_no_sign(text):
    assert str(parse_decimal(text)).startswith("0")
    assert str(round_half_up(parse_decimal("-0.001"), 2)) == "0.00"


def test_digits_of_other_scripts_are_no_decimal():
    with pytest.raises(ValueError, match="not a plain decimal"):
        parse_decimal("\N{ARABIC-INDIC DIGIT ONE}")


@given(st.fractions(), st.integers(0, 12))
def test_rounding_is_within_half_a_unit_and_alike_for_decimals_and_fractions(value, places):
    rounded = round_half_up(value, places)
    assert abs(Fraction(rounded) - value) <= Fraction(1, 2 * 10**places)
    assert (round_half_up(rounded, places), rounded.as_tuple().exponent) == (rounded, -places)


def add(book, raw):
    return book.add(*parse_record(raw))


def test_the_book_tells_duplicates_and_stale_records():
    book = FactBook()
    outcomes = [
        add(book, position(quantity, sequence=sequence)) for quantity, sequence in (("5", 2), ("5", 2), ("4", 1))
    ]
    assert outcomes == ["APPLIED", "DUPLICATE", "STALE"]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (position("6", sequence=2), "conflicting_content"),
        (position("5", sequence=3, source="CUSTODIAN-B"), "second_source"),
    ],
)
def test_a_conflicting_statement_changes_nothing(second, reason):
    facts = {"positions": [position("5", sequence=2), second], "accounts": [account()]}
    split = event("SPLF", {"new_to_old": {"numerator": "1", "denominator": "1"}})
    result = calculate_document(facts | {"corporate_actions": [split]})
    assert [entry["reason"] for entry in result["rejected"]] == [reason]
    assert [row["eligible_quantity"] for row in result["entitlements"]] == ["5"]


@pytest.mark.parametrize(("version", "refused"), [(2**31 - 1, []), (2**31, ["version"])])
def test_a_version_beyond_its_column_is_refused_and_the_last_one_taken(version, refused):
    result = calculate_document(document(event(version=version)))
    assert [each["field"] for each in result["rejected"] if each["reason"] == "not_an_integer"] == refused
