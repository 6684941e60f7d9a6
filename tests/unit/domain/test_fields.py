"""Every fault that a field can have: the reason, the dotted path and the words that a person reads; and what a good one is normalised to."""

import datetime as dt
from decimal import Decimal

import pytest

from domain.records import RecordError
from domain.records.declared import read_as
from domain.records.errors import LONGEST_DETAIL, LONGEST_FIELD
from domain.records.fields import Fields
from domain.records.option import Option
from domain.records.storable import MOST_DEPTH, unstorable
from domain.records.words import isin_check_digit
from tests.unit.domain.facts import APPLE

DEEP = []
for _ in range(2000):
    DEEP = [DEEP]
NOT_AN_INTEGER = "is not an integer from 1 to 3"
NOT_AN_INSTANT = "is not an RFC 3339 instant with an offset"
IDENTIFIER = "is not 1 to 64 letters, digits, spaces or . _ : + -"


@pytest.mark.parametrize(
    ("read", "value", "reason", "detail"),
    [
        (Fields.text, None, "missing_field", "x is required"),
        (Fields.text, " \t", "missing_field", "x is required"),
        (Fields.text, 5, "not_a_string", "x must be a string"),
        (Fields.text, "a\x00b", "invalid_text", "a NUL character cannot be stored"),
        (Fields.text, "a\ud800b", "invalid_text", "half of a surrogate pair is no character"),
        (lambda f, n: f.text(n, among=("BUY", "SELL")), "HOLD" * 20, "unknown_x", f"'{'HOLD' * 10}' is none of BUY, SELL"),
        (Fields.codes, "NOM", "invalid_code", "'NOM' is not a code of four letters or digits"),
        (Fields.codes, [5], "invalid_code", "'' is not a code of four letters or digits"),
        (Fields.codes, ["A" * 30], "invalid_code", f"'{'A' * 20}' is not a code of four letters or digits"),
        (Fields.identifier, "a/b", "invalid_identifier", f"'a/b' {IDENTIFIER}"),
        (Fields.identifier, "a" * 80, "invalid_identifier", f"'{'a' * 70}' {IDENTIFIER}"),
        (Fields.isin, "US0378331006", "invalid_isin", "'US0378331006' is not an ISIN with a right check digit"),
        (Fields.isin, APPLE * 2, "invalid_isin", "'US0378331005US037833' is not an ISIN with a right check digit"),
        (Fields.country, "GBR", "invalid_country", "'GBR' is no country of ISO 3166-1"),
        (Fields.country, "G" * 30, "invalid_country", f"'{'G' * 20}' is no country of ISO 3166-1"),
        (Fields.currency, "XXX", "invalid_currency", "'XXX' is not an ISO 4217 currency"),
        (Fields.currency, "X" * 30, "invalid_currency", f"'{'X' * 20}' is not an ISO 4217 currency"),
        (Fields.decimal, None, "missing_field", "x is required"),
        (Fields.decimal, 1.5, "not_a_decimal_string", 'x must be an exact decimal in a string, such as "0.25"'),
        (Fields.decimal, "-1.50", "negative_value", "-1.5 is below zero"),
        (Fields.date, None, "missing_field", "x is required"),
        (Fields.date, "2026-02-30", "invalid_date", "'2026-02-30' is not a date YYYY-MM-DD"),
        (Fields.date, "20260228", "invalid_date", "'20260228' is not a date YYYY-MM-DD"),
        (Fields.date, "9" * 50, "invalid_date", f"'{'9' * 40}' is not a date YYYY-MM-DD"),
        (Fields.date, 20260228, "invalid_date", "'20260228' is not a date YYYY-MM-DD"),
        (Fields.period, ["2026-01-01"], "invalid_period", "x must have the two dates from and to"),
        (Fields.period, {"from": "2026-01-01", "to": "2026-07-01", "basis": "30/360"}, "invalid_period", "x must have the two dates from and to"),
        (Fields.period, {"from": "2026-01-01", "end": "2026-07-01"}, "invalid_period", "x must have the two dates from and to"),
        (Fields.period, 5, "invalid_period", "x must have the two dates from and to"),
        (Fields.period, "2026-01-02/2026-01-02", "empty_period", "x ends on 2026-01-02, which is not after 2026-01-02"),
        (Fields.instant, None, "missing_field", "x is required"),
        (Fields.instant, "2026-01-01T10:00:00", "invalid_instant", f"'2026-01-01T10:00:00' {NOT_AN_INSTANT}"),
        (Fields.instant, "0001-01-01T00:00:00+01:00", "invalid_instant", f"'0001-01-01T00:00:00+01:00' {NOT_AN_INSTANT}"),
        (Fields.instant, "20260101T100000Z", "invalid_instant", f"'20260101T100000Z' {NOT_AN_INSTANT}"),
        (Fields.instant, "9" * 50, "invalid_instant", f"'{'9' * 40}' {NOT_AN_INSTANT}"),
        (Fields.instant, 5, "invalid_instant", f"'5' {NOT_AN_INSTANT}"),
        (lambda f, n: f.integer(n, minimum=1, maximum=3), None, "missing_field", "x is required"),
        (lambda f, n: f.integer(n, minimum=1, maximum=3), 0, "not_an_integer", f"'0' {NOT_AN_INTEGER}"),
        (lambda f, n: f.integer(n, minimum=1, maximum=3), 4, "not_an_integer", f"'4' {NOT_AN_INTEGER}"),
        (lambda f, n: f.integer(n, minimum=1, maximum=3), True, "not_an_integer", f"'True' {NOT_AN_INTEGER}"),
        (lambda f, n: f.integer(n, minimum=1, maximum=3), "9" * 50, "not_an_integer", f"'{'9' * 40}' {NOT_AN_INTEGER}"),
        (Fields.integer, 2**63, "not_an_integer", f"'{2**63}' is not an integer from 0 to {2**63 - 1}"),
        (Fields.integer, 10**400, "not_an_integer", f"an integer of more than 38 digits is not an integer from 0 to {2**63 - 1}"),
        (Fields.integer, DEEP, "not_an_integer", f"a list is not an integer from 0 to {2**63 - 1}"),
        (Fields.date, DEEP, "invalid_date", "a list is not a date YYYY-MM-DD"),
        (Fields.instant, {"a": DEEP}, "invalid_instant", f"an object {NOT_AN_INSTANT}"),
        (Fields.instant, "2026-01-01T24:00:00Z", "invalid_instant", f"'2026-01-01T24:00:00Z' {NOT_AN_INSTANT}"),
        (Fields.instant, "2026-01-01T10:00:00.1234567Z", "invalid_instant", f"'2026-01-01T10:00:00.1234567Z' {NOT_AN_INSTANT}"),
        (Fields.instant, "2026-01-01T10:00:00+01", "invalid_instant", f"'2026-01-01T10:00:00+01' {NOT_AN_INSTANT}"),
        (lambda f, n: f.text(n, among=("FIFO",)), "f\u0131fo", "unknown_x", "'f\u0131fo' is none of FIFO, did you mean FIFO?"),
        (Fields.isin, "U\u017f0378331005", "invalid_isin", "'U\u017f0378331005' is not an ISIN with a right check digit"),
        (Fields.country, "\ufb01", "invalid_country", "'\ufb01' is no country of ISO 3166-1"),
        (Fields.codes, ["\ufb01\ufb01"], "invalid_code", "'\ufb01\ufb01' is not a code of four letters or digits"),
        (Fields.flag, "yes", "not_a_boolean", "x must be true or false"),
        (lambda f, n: list(f.objects(n)), None, "missing_field", "x is required"),
        (lambda f, n: list(f.objects(n)), [], "not_a_list", "x must be a list with at least one object"),
        (lambda f, n: list(f.objects(n)), {"a": 1}, "not_a_list", "x must be a list with at least one object"),
        (Fields.object, [], "not_an_object", "x must be an object"),
    ],
)  # fmt: skip
def test_a_faulty_field_is_refused_in_words(read, value, reason, detail):
    with pytest.raises(RecordError) as refused:
        read(Fields({"x": value}, "outer."), "x")
    assert (refused.value.reason, refused.value.field, refused.value.detail) == (reason, "outer.x", detail)
    assert str(refused.value) == f"outer.x: {detail} ({reason})"


def test_a_negative_quantity_is_called_so():
    with pytest.raises(RecordError) as refused:
        Fields({"settled_quantity": "-1"}).decimal("settled_quantity")
    assert refused.value.reason == "negative_quantity"


@pytest.mark.parametrize(
    ("read", "value", "result", "kept"),
    [
        (Fields.text, " a b ", "a b", "a b"),
        (lambda f, n: f.text(n, among=("BUY",)), " buy", "BUY", "BUY"),
        (lambda f, n: f.text(n, among=("valid",)), "valid", "valid", "valid"),
        (lambda f, n: f.text(n, required=False, default="d"), None, "d", "d"),
        (lambda f, n: f.text(n, required=False), None, "", None),
        (Fields.codes, ["nomc ", "CCPN", "NOMC"], ("CCPN", "NOMC"), ["CCPN", "NOMC"]),
        (Fields.codes, "ccpn", ("CCPN",), ["CCPN"]),
        (Fields.codes, None, (), None),
        (Fields.isin, APPLE.lower(), APPLE, APPLE),
        (lambda f, n: f.isin(n, required=False), None, "", None),
        (Fields.country, "gb", "GB", "GB"),
        (lambda f, n: f.country(n, required=False), None, "", None),
        (Fields.currency, "usd", "USD", "USD"),
        (lambda f, n: f.currency(n, required=False), None, "", None),
        (Fields.decimal, "1.50", Decimal("1.50"), "1.5"),
        (Fields.decimal, "0", Decimal(0), "0"),
        (lambda f, n: f.decimal(n, signed=True), "-1", Decimal(-1), "-1"),
        (lambda f, n: f.decimal(n, required=False), None, None, None),
        (Fields.date, "2026-02-28", dt.date(2026, 2, 28), "2026-02-28"),
        (lambda f, n: f.date(n, required=False), None, None, None),
        (lambda f, n: f.integer(n, minimum=1, maximum=3), 3, 3, 3),
        (lambda f, n: f.integer(n, default=7), None, 7, 7),
        (Fields.integer, 2**63 - 1, 2**63 - 1, 2**63 - 1),
        (Fields.integer, 0, 0, 0),
        (Fields.flag, True, True, True),
        (Fields.flag, None, False, False),
        (Fields.object, None, None, None),
        (Fields.instant, "2026-01-01T01:30:00+02:00", dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC), "2025-12-31T23:30:00Z"),
        (lambda f, n: f.instant(n, required=False), None, None, None),
    ],
)  # fmt: skip
def test_a_good_field_is_read_and_kept_in_one_form(read, value, result, kept):
    fields = Fields({"x": value})
    assert (read(fields, "x"), fields.normalised.get("x")) == (result, kept)


@pytest.mark.parametrize(
    "given",
    [
        {"from": "2026-01-01", "to": "2026-07-01"},
        {"start_date": "2026-01-01", "end_date": "2026-07-01"},
        {"from_date": "2026-01-01", "to_date": "2026-07-01", "from": None},
        {"start": "2026-01-01", "end": "2026-07-01"},
        ["2026-01-01", "2026-07-01"],
        "2026-01-01/2026-07-01",
    ],
)
def test_a_period_is_read_however_its_ends_are_named(given):
    fields = Fields({"p": given}, "o.")
    assert fields.period("p") == (dt.date(2026, 1, 1), dt.date(2026, 7, 1))
    assert fields.normalised["p"] == {"from": "2026-01-01", "to": "2026-07-01"}
    assert Fields({}).period("p") is None


def test_the_fault_of_an_end_of_a_period_names_the_end():
    with pytest.raises(RecordError) as refused:
        Fields({"p": ["2026-01-01", "never"]}, "o.").period("p")
    assert refused.value.field == "o.p.to"


def test_a_list_of_objects_is_kept_with_what_all_share_and_its_faults_are_numbered():
    fields = Fields(
        {"rate": "5", "lines": [{"a": "1", "rate": None}, {"rate": "6", "x_memo": "m", "none": None}]}, "o."
    )
    read = [(line.text("a", required=False), line.text("rate")) for line in fields.objects("lines", ("rate", "absent"))]
    assert read == [("1", "5"), ("", "6")]
    assert fields.normalised["lines"] == [{"a": "1", "rate": "5"}, {"rate": "6", "x_memo": "m"}]
    with pytest.raises(RecordError) as refused:
        [line.text("a") for line in Fields({"lines": [{"a": "1"}, "b"]}, "o.").objects("lines")]
    assert (refused.value.reason, refused.value.field) == ("not_an_object", "o.lines.1")
    assert refused.value.detail == "lines.1 must be an object"
    with pytest.raises(RecordError) as refused:
        [line.text("a") for line in Fields({"lines": [{"a": "1"}, {}]}, "o.").objects("lines")]
    assert refused.value.field == "o.lines.1.a"


def test_a_nested_object_has_its_path():
    inner = Fields({"x": {"y": 5}}, "o.").object("x")
    with pytest.raises(RecordError) as refused:
        inner.text("y")
    assert refused.value.field == "o.x.y"


@pytest.mark.parametrize("name", [APPLE.lower(), "US0378331006", "US03783310"])
def test_names_that_are_isins_must_be_so_in_capitals(name):
    assert Fields({APPLE: "1"}).isins() == [APPLE]
    with pytest.raises(RecordError) as refused:
        Fields({name: "1"}, "prices.").isins()
    assert (refused.value.reason, refused.value.field) == ("invalid_isin", f"prices.{name}")
    assert refused.value.detail == f"'{name}' is not an ISIN in capitals with a right check digit"


@pytest.mark.parametrize(
    ("name", "value", "field", "detail"),
    [
        ("x_memo", "\x00", "x_memo", "a NUL character cannot be stored"),
        ("a\x00", "1", "a\x00", "a NUL character cannot be stored"),
        ("b\ud800", "1", "b\\ud800", "half of a surrogate pair is no character"),
        ("x_memo", [1, {"deep": "\ud800"}], "x_memo", "half of a surrogate pair is no character"),
        ("x_memo", {"\x00": 1}, "x_memo", "a NUL character cannot be stored"),
        ("x_memo", "a\ufffeb", "x_memo", "U+FFFE is no character"),
        ("x_memo", [{"\uffff": 1}], "x_memo", "U+FFFF is no character"),
        ("x_memo", float("inf"), "x_memo", "inf is no number"),
        ("x_memo", 10**38, "x_memo", "a number of more than 38 digits: write it as a string"),
        ("x_memo", -(10**400), "x_memo", "a number of more than 38 digits: write it as a string"),
        ("x_memo", Decimal("1." + "2" * 38), "x_memo", "a number of more than 38 digits: write it as a string"),
        ("x_memo", {"": 1}, "x_memo", "a name has 1 to 255 characters"),
        ("x_memo", {"a": {"n" * 256: 1}}, "x_memo", "a name has 1 to 255 characters"),
    ],
)
def test_an_unknown_field_that_cannot_be_stored_is_refused(name, value, field, detail):
    with pytest.raises(RecordError) as refused:
        Fields({name: value}).rest()
    assert (refused.value.reason, refused.value.field, refused.value.detail) == ("invalid_text", field, detail)


def test_what_is_absent_or_read_already_is_not_kept_twice():
    fields = Fields({"a": "x ", "b": None, "x_c": [Decimal("1.50"), {"d": 10**38 - 1}]})
    fields.text("a")
    assert fields.rest() == {"a": "x", "x_c": ["1.50", {"d": 10**38 - 1}]}
    assert (fields.has("a"), fields.has("b"), fields.has("z")) == (True, False, False)


def test_an_unknown_field_may_be_deep_but_not_without_end():
    def nested(levels):
        value = "x"
        for _ in range(levels):
            value = [value]
        return value

    assert unstorable(nested(MOST_DEPTH)) == ""
    assert unstorable(nested(MOST_DEPTH + 1)) == f"more than {MOST_DEPTH} levels deep"
    assert unstorable({"ö": [1, Decimal("2.5"), None, True, "ß"]}) == ""


@pytest.mark.parametrize("name", ["", "n" * 256])
def test_an_unknown_field_has_a_name_that_can_be_stored(name):
    with pytest.raises(RecordError) as refused:
        Fields({name: "x"}).rest()
    assert (refused.value.reason, refused.value.field) == ("invalid_name", name)


def test_a_refusal_is_short_and_can_be_written_whatever_the_names_are():
    error = RecordError("r", "\ud800" * 9000, "d\udfff" * 9000)
    assert (len(error.field), len(error.detail)) == (LONGEST_FIELD, LONGEST_DETAIL)
    assert error.field.startswith("\\ud800")
    str(error).encode()


@pytest.mark.parametrize(
    "isin", [APPLE, "GB0002634946", "DE0007164600", "JP3633400001", "AU0000XVGZA3", "XS0356705219"]
)
def test_the_check_digit_is_that_of_published_isins(isin):
    assert isin_check_digit(isin[:11]) == isin[11]


OPTION = {"option_number": "001", "option_type": "CASH"}


@pytest.mark.parametrize(
    ("changes", "reason", "field", "detail"),
    [
        ({"called_percent": "100.01"}, "above_100_percent", "called_percent", "called_percent is at most 100 percent"),
        ({"denomination": "0"}, "zero_denomination", "denomination", "denomination is above zero"),
        ({"coupons_per_year": 5}, "uneven_coupons", "coupons_per_year", "coupons_per_year is 1, 2, 3, 4, 6 or 12"),
        (
            {"new_to_old": {"numerator": "0", "denominator": "1"}},
            "zero_ratio", "new_to_old.denominator", "numerator and denominator must be above zero",
        ),
        (
            {"exchange_rate": {"unit_currency": "USD", "quoted_currency": "EUR", "rate": "0"}},
            "zero_rate", "exchange_rate.rate", "an exchange rate is above zero",
        ),
        ({"securities_movements": [{"isin": APPLE}]}, "missing_field", "securities_movements.0.ratio", "ratio is required"),
        ({"gross_rate": "1"}, "missing_field", "currency", "currency is required"),
    ],
)  # fmt: skip
def test_a_faulty_option_is_refused_in_words(changes, reason, field, detail):
    with pytest.raises(RecordError) as refused:
        read_as(Option, Fields(OPTION | changes))
    assert (refused.value.reason, refused.value.field, refused.value.detail) == (reason, field, detail)


def test_the_bounds_of_an_option_are_within_it():
    option = read_as(Option, Fields(OPTION | {"called_percent": "100", "denomination": "0.01", "coupons_per_year": 12}))
    assert (option.called_percent, option.denomination, option.coupons_per_year) == (100, Decimal("0.01"), 12)


def test_every_part_of_an_option_is_read_and_kept():
    full = {
        **OPTION,
        "option_type": "CASE",
        "is_default_option": True,
        "currency": "USD",
        "isin_out": "DE0007164600",
        "isin_intermediate": "JP3633400001",
        "fraction_disposition": "STAN",
        "day_count": "A004",
        "coupons_per_year": 2,
        "securities_movements": [
            {"isin": APPLE, "ratio": {"numerator": "2", "denominator": "3"}, "credit_debit_indicator": "DEBT"}
        ],
        "exchange_rate": {
            "unit_currency": "USD", "quoted_currency": "EUR", "rate": "0.9", "date": "2026-01-02", "source": "ECB",
        },
        "interest_period": {"from": "2026-01-01", "to": "2026-07-01"},
        "regular_period": {"from": "2026-07-01", "to": "2027-01-01"},
        **{name: {"numerator": str(n), "denominator": "7"} for n, name in enumerate(
            ("new_to_old", "additional_for_existing", "intermediate_to_underlying"), 1)},
        **{name: str(n) for n, name in enumerate(
            ("gross_rate", "cash_in_lieu_price", "subscription_price", "cash_price_received", "cash_for_unfilled",
             "cost_basis_allocation", "withholding_tax_rate", "second_level_tax_rate", "proration_rate", "called_percent",
             "redeemed_percent", "minimum_exercisable_multiple", "denomination", "cash_price_received_percent",
             "odd_lot_quantity", "interest_rate", "previous_factor", "next_factor"), 10)},
        "drawn_quantity": "42",
    }  # fmt: skip
    fields = Fields(full)
    option = read_as(Option, fields)
    assert fields.rest() == full
    for name, value in full.items():
        read = getattr(option, name)
        if isinstance(value, dict) and "numerator" in value:
            assert (str(read.numerator), str(read.denominator)) == (value["numerator"], value["denominator"])
        elif name in ("option_number", "option_type", "currency", "isin_out", "isin_intermediate", "day_count"):
            assert read == value
        elif isinstance(value, str) and value.isdigit():
            assert read == Decimal(value)
    rate, (movement,) = option.exchange_rate, option.securities_movements
    assert (rate.unit_currency, rate.quoted_currency, rate.rate) == ("USD", "EUR", Decimal("0.9"))
    assert (rate.date, rate.source) == (dt.date(2026, 1, 2), "ECB")
    assert (movement.isin, movement.credit_debit_indicator, str(movement.ratio)) == (APPLE, "DEBT", "2/3")
    assert (option.is_default_option, option.fraction_disposition, option.coupons_per_year) == (True, "STAN", 2)
    assert option.interest_period == (dt.date(2026, 1, 1), dt.date(2026, 7, 1))
    assert option.regular_period == (dt.date(2026, 7, 1), dt.date(2027, 1, 1))


def test_a_movement_is_a_credit_unless_it_says_otherwise():
    line = {"isin": APPLE, "ratio": {"numerator": "1", "denominator": "1"}}
    option = read_as(Option, Fields(OPTION | {"securities_movements": [line]}))
    assert option.securities_movements[0].credit_debit_indicator == "CRED"


@pytest.mark.parametrize("blank", ["", " ", "\u001f", None])
def test_a_blank_field_is_absent_from_what_is_kept_and_one_of_the_senders_own_is_kept(blank):
    fields = Fields({"ex_date": blank, "x_note": " "})
    fields.date("ex_date", required=False)
    assert fields.rest() == {"x_note": " "}
