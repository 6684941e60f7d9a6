"""Numbers as they are read, rounded and printed; and which report of a fact stands."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.book import FactBook
from domain.calculation import calculate_document
from domain.exact import parse_decimal, plain, round_half_up
from domain.records import parse_record
from tests.unit.domain.facts import account, document, event, position


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
