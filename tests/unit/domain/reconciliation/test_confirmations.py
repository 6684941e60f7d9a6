from datetime import date

import pytest

from domain.rules import MarketCalendars
from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import breaks, causes, confirmed, entitled, report_of

GIVEN = {"gross_amount": "0.00", "net_amount": "0.00", "payment_amount": "0.00", "withholding_tax_rate": "0"}


def pair(ours=None, day=date(2026, 3, 30), **theirs):
    entitlement = entitled(on=None, **(ours or {}))
    return breaks(day, entitlements=[entitlement], confirmations=[confirmed(**theirs)], confirmations_expected=True)


def test_a_payment_that_agrees_has_no_break():
    assert pair() == []


@pytest.mark.parametrize(
    ("amount", "difference"),
    [("21.24", None), ("21.26", None), ("21.27", "0.02"), ("21.23", "-0.02"), ("21.2601", "0.0101"), ("25.00", "3.75")],
)
def test_cash_may_differ_by_one_minor_unit_and_not_by_more(amount, difference):
    expected = [("payment_amount", "AMOUNT", difference)] if difference else []
    assert pair(posting_amount=amount) == expected


@pytest.mark.parametrize(("currency", "amount", "agrees"), [("JPY", "22", True), ("JPY", "23", False), ("BHD", "21.251", True), ("BHD", "21.252", False)])  # fmt: skip
def test_the_minor_unit_is_the_currencys(currency, amount, agrees):
    ours = {"currency": currency, "payment_currency": currency, "net_amount": "21" if currency == "JPY" else "21.250"}
    found = pair(ours, currency=currency, posting_amount=amount)
    assert (found == []) == agrees


def test_cash_in_lieu_is_paid_with_the_net_amount():
    assert pair({"cash_in_lieu_amount": "0.75"}, posting_amount="22.00") == []
    assert pair({"cash_in_lieu_amount": "0.75"}) == [("payment_amount", "AMOUNT", "-0.75")]


def test_a_payment_in_the_accounts_currency_is_compared_with_the_converted_amount():
    ours = {"payment_currency": "EUR", "payment_amount": "20.00"}
    assert pair(ours, currency="EUR", posting_amount="20.00") == []
    assert pair(ours, currency="EUR", posting_amount="21.25") == [("payment_amount", "AMOUNT", "1.25")]
    assert pair(ours, currency=None, posting_amount="20.00") == []


def test_a_payment_in_another_currency_than_expected_is_a_currency_break_and_its_amount_compared_where_we_know_one():
    ours = {"payment_currency": "EUR", "payment_amount": "20.00"}
    assert pair(ours) == [("payment_currency", "CURRENCY", None)]
    assert pair(ours, posting_amount="21.00") == [
        ("payment_amount", "AMOUNT", "-0.25"),
        ("payment_currency", "CURRENCY", None),
    ]
    assert pair(currency="CHF", posting_amount="1") == [("payment_currency", "CURRENCY", None)]


@pytest.mark.parametrize("rate", ["15.0000001", "14", "30"])
def test_a_rate_has_no_tolerance(rate):
    ((kind, code, difference),) = pair(withholding_tax_rate=rate)
    assert (kind, code, float(difference)) == ("payment_rate", "RATE", pytest.approx(float(rate) - 15))


def test_the_cause_says_that_nothing_was_withheld_or_at_which_rate():
    def cause(**theirs):
        return causes(entitlements=[entitled(on=None)], confirmations=[confirmed(**theirs)])[0]

    assert cause(posting_amount="25.00") == "paid gross: no tax was withheld"
    assert (
        cause(posting_amount="17.50", withholding_tax_rate="30") == "explained by the rate that the custodian withheld"
    )
    assert cause(posting_amount="17.51", withholding_tax_rate="30").startswith("another quantity")


@pytest.mark.parametrize(("posted", "difference"), [("2026-03-26", "-1"), ("2026-03-28", "1"), ("2026-03-30", "3")])
def test_a_posting_on_another_day_than_the_payment_date_is_a_date_break(posted, difference):
    assert pair(posting_date=posted) == [("payment_date", "DATE", difference)]


def test_a_payment_date_on_a_closed_day_rolls_forward():
    ours = {"payment_date": "2026-03-28"}
    assert pair(ours, posting_date="2026-03-30") == []
    assert pair(ours, posting_date="2026-03-28") == []
    assert pair(ours, date(2026, 3, 31), posting_date="2026-03-31") == [("payment_date", "DATE", "3")]
    calendar = {"country": "US", "country_default": True, "weekend": [5, 6], "valid_from": "2026-01-01",
                "valid_to": "2026-12-31", "holidays": ["2026-03-30"], "settlement_cycles": []}  # fmt: skip
    markets = MarketCalendars.from_document({"schema_version": 1, "version": "t", "calendars": {"XNYS": calendar}})
    parts = {
        "entitlements": [entitled(on=None, **ours)],
        "confirmations": [confirmed(posting_date="2026-03-31")],
        "day": date(2026, 3, 31),
    }
    assert report_of(calendars=markets, **parts)["breaks"] == []


def test_securities_are_compared_to_the_unit():
    ours = {**GIVEN, "entitled_quantity": "50", "isin_out": SAP, "debited_quantity": "100"}
    theirs = {"posting_amount": None, "currency": None, "withholding_tax_rate": None}
    assert pair(ours, posting_quantity="50", **theirs) == []
    assert pair(ours, posting_quantity="50", isin=SAP, **theirs) == []
    assert pair(ours, posting_quantity="49", **theirs) == [("payment_quantity", "QUANTITY", "-1")]
    assert pair(ours, posting_quantity="-50", isin=SAP, **theirs) == [("payment_quantity", "QUANTITY", "-100")]
    assert pair(ours, posting_quantity="-100", isin=APPLE, **theirs) == []
    assert pair(ours, posting_quantity="-99", isin=APPLE, **theirs) == [("payment_quantity", "QUANTITY", "1")]
    assert pair(ours, posting_quantity="99", isin=APPLE, **theirs) == [("payment_quantity", "QUANTITY", "199")]


def test_what_is_credited_beside_the_new_security_is_compared_with_its_own_quantity():
    beside = [{"isin": "US5949181045", "entitled_quantity": "7"}]
    ours = {**GIVEN, "entitled_quantity": "50", "isin_out": SAP, "securities_movements": beside}
    theirs = {"posting_amount": None, "currency": None, "withholding_tax_rate": None, "isin": "US5949181045"}
    assert pair(ours, posting_quantity="7", **theirs) == []
    assert pair(ours, posting_quantity="50", **theirs) == [("payment_quantity", "QUANTITY", "43")]


def paid_in(*payments, ours=None):
    """(kind, code, difference) of the breaks of an entitlement that several confirmations pay, each with a reference of its own."""
    confirmations = [confirmed(payment_reference=f"P{number}", **said) for number, said in enumerate(payments)]
    return breaks(entitlements=[entitled(on=None, **(ours or {}))], confirmations=confirmations)


@pytest.mark.parametrize(
    ("amounts", "due", "expected"),
    [
        (["20.00", "1.25"], "21.25", []),
        (["20.00", "1.00"], "21.25", [("payment_amount", "AMOUNT", "-0.25")]),
        (["21.25", "21.25"], "21.25", [("payment_amount", "DUPLICATE", "21.25")]),
        (["20.00", "1.28"], "21.25", [("payment_amount", "DUPLICATE", "0.03")]),
        (["21.25", "-21.25", "21.25"], "21.25", []),
        (["21.25", "-21.25"], "21.25", [("payment_amount", "AMOUNT", "-21.25")]),
        (["-20.00", "-10.00"], "-30.00", []),
        (["-30.00", "-30.00"], "-30.00", [("payment_amount", "DUPLICATE", "-30.00")]),
        (["-20.00"], "-30.00", [("payment_amount", "AMOUNT", "10.00")]),
        (["15.00", "15.00"], "-30.00", [("payment_amount", "AMOUNT", "60.00")]),
        (["22.25"], "21.25", [("payment_amount", "AMOUNT", "1.00")]),
    ],
)
def test_the_payments_of_an_entitlement_add_up_and_more_than_is_due_is_one_too_many(amounts, due, expected):
    assert paid_in(*({"posting_amount": amount} for amount in amounts), ours={"entitled_amount": due}) == expected


def test_the_currency_rate_version_and_date_of_each_payment_are_compared():
    right = {"posting_amount": "20.00"}
    assert paid_in(right, {"posting_amount": "1.25", "posting_date": "2026-03-28"}) == [("payment_date", "DATE", "1")]
    assert paid_in(right, {"posting_amount": "1.25", "withholding_tax_rate": "14"}) == [("payment_rate", "RATE", "-1")]
    assert paid_in(right, {"posting_amount": "1.25", "version": 2}) == [("payment_version", "VERSION_MISMATCH", None)]
    assert paid_in(right, {"posting_amount": "1.25", "currency": "EUR"}) == [
        ("payment_amount", "AMOUNT", "-1.25"),
        ("payment_currency", "CURRENCY", None),
    ]


def test_each_security_of_a_payment_is_compared_whichever_confirmation_says_it():
    ours = {**GIVEN, "entitled_quantity": "50", "isin_out": SAP, "debited_quantity": "100"}
    beside = [{"isin": "US5949181045", "entitled_quantity": "7"}]
    none = {"posting_amount": None, "currency": None, "withholding_tax_rate": None}
    legs = [(SAP, "50"), ("US5949181045", "7"), (APPLE, "-100")]
    moved = [{"isin": isin, "posting_quantity": units} for isin, units in legs]

    def broken(*payments):
        return paid_in(*(none | payment for payment in payments), ours=ours | {"securities_movements": beside})

    assert broken(*moved) == broken(moved[0] | {"securities_movements": moved[1:]}) == []
    short = [moved[0], {"isin": "US5949181045", "posting_quantity": "6"}, {"isin": APPLE, "posting_quantity": "-99"}]
    expected = [("payment_quantity", "QUANTITY", "1"), ("payment_quantity", "QUANTITY", "-1")]
    assert broken(*short) == broken(short[0] | {"securities_movements": short[1:]}) == expected
    assert broken(*moved, moved[0]) == [("payment_quantity", "DUPLICATE", "50")]
    assert broken(*moved, moved[2]) == [("payment_quantity", "DUPLICATE", "-100")]
    assert broken({"securities_movements": [{"isin": "US0231351067", "posting_quantity": "1"}]}) == [
        ("payment_security", "UNKNOWN_SECURITY", None)
    ]


def test_of_a_security_that_is_debited_and_credited_the_directions_that_were_posted_are_compared():
    ours = {**GIVEN, "entitled_quantity": "200", "isin_out": APPLE, "debited_quantity": "100"}
    none = {"posting_amount": None, "currency": None, "withholding_tax_rate": None}
    for legs in (["200"], ["-100"], ["200", "-100"]):
        payments = [none | {"isin": APPLE, "posting_quantity": units} for units in legs]
        assert paid_in(*payments, ours=ours) == []


def test_breaks_of_one_payment_have_ids_of_their_own():
    payments = [confirmed(payment_reference=name, posting_date="2026-03-28", posting_quantity="1") for name in "AB"]
    found = report_of(entitlements=[entitled(on=None)], confirmations=payments)["breaks"]
    assert len({each["break_id"] for each in found}) == len(found) == 4


def test_a_subscription_is_paid_by_the_holder():
    ours = {"net_amount": "0.00", "subscription_amount": "30.00", "withholding_tax_rate": "15"}
    assert pair(ours, posting_amount="-30.00") == []
    converted = ours | {"payment_currency": "EUR", "payment_amount": "-28.00"}
    assert pair(converted, posting_amount="-30.00") == [("payment_currency", "CURRENCY", None)]
    assert pair(converted, posting_amount="-28.00", currency="EUR") == []


def test_cash_in_lieu_counts_in_the_options_currency_too():
    ours = {"cash_in_lieu_amount": "0.75", "payment_currency": "EUR", "payment_amount": "20.00"}
    assert pair(ours, posting_amount="22.00") == [("payment_currency", "CURRENCY", None)]


def test_what_is_reinvested_is_not_posted():
    assert pair({"entitled_amount": "0.75"}, posting_amount="0.75") == []


def test_a_confirmation_of_a_security_that_the_event_does_not_concern_is_an_unknown_security():
    assert pair(isin=SAP, posting_quantity="1") == [("payment_security", "UNKNOWN_SECURITY", None)]
    assert pair(isin=APPLE) == []


@pytest.mark.parametrize(("name", "version", "word"), [("version", 2, "newer"), ("event_version", 1, "older")])
def test_a_confirmation_of_another_version_of_the_event_is_a_mismatch(name, version, word):
    ours = {"version": 1 if word == "newer" else 2}
    assert pair(ours, **{name: version}) == [("payment_version", "VERSION_MISMATCH", None)]
    assert pair({"version": version}, **{name: version}) == []
    (cause,) = causes(entitlements=[entitled(on=None, **ours)], confirmations=[confirmed(**{name: version})])
    assert word in cause


def test_a_payment_that_passed_without_confirmation_is_missed_from_the_day_after_on():
    def missed(day, **more):
        parts = {"entitlements": [entitled(on=None)], "confirmations_expected": True, **more}
        return breaks(date.fromisoformat(day), **parts)

    expected = [("payment", "MISSING_CONFIRMATION", "-21.25")]
    assert missed("2026-03-28") == expected
    assert missed("2026-03-27") == []
    assert missed("2026-03-28", confirmations_expected=False) == []
    assert missed("2026-03-28", confirmations=[confirmed(posting_date="2026-03-30")]) == expected
    assert missed("2026-03-28", entitlements=[entitled(on=None, payment_status="CONFIRMED")]) == []
    assert missed("2026-03-28", entitlements=[entitled(on=None, payment_date=None)]) == []
    assert missed("2026-03-28", entitlements=[entitled(on=None, **GIVEN)]) == []
    bonus = entitled(on=None, **GIVEN, entitled_quantity="50", isin_out=SAP)
    assert missed("2026-03-28", entitlements=[bonus]) == [("payment", "MISSING_CONFIRMATION", "-50")]
    shares = entitled(on=None, **GIVEN, entitled_quantity="50", isin_out=SAP, debited_quantity="20")
    assert missed("2026-03-28", entitlements=[shares]) == [("payment", "MISSING_CONFIRMATION", "-30")]


def test_on_the_payment_date_itself_it_is_missed_once_another_payment_of_that_day_is_confirmed():
    ours = [entitled(on=None), entitled(on=None, event_id="CA-2")]
    parts = {"entitlements": ours, "confirmations": [confirmed()], "confirmations_expected": True}
    found = [each for each in breaks(date(2026, 3, 27), **parts) if each[0] == "payment"]
    assert found == [("payment", "MISSING_CONFIRMATION", "-21.25")]


def test_a_confirmation_without_entitlement_is_missing_on_our_side():
    assert breaks(confirmations=[confirmed()]) == [("payment", "MISSING_OURS", "21.25")]
    assert breaks(confirmations=[confirmed(posting_amount=None, posting_quantity="5")]) == [
        ("payment", "MISSING_OURS", "5")
    ]
    assert breaks(date(2026, 3, 26), confirmations=[confirmed()]) == []


def test_a_confirmation_is_known_with_its_entitlement_and_an_entitlement_with_its_payment():
    undated = {"entitlements": [entitled()], "confirmations": [confirmed(posting_date=None)]}
    early = {"entitlements": [entitled(on="2026-03-16")], "confirmations": [confirmed(posting_date="2026-03-10")]}
    assert breaks(date(2026, 3, 15), **undated) == []
    assert report_of(date(2026, 3, 15), **undated)["inputs"]["confirmations"]["count"] == 0
    assert [code for _, code, _ in breaks(date(2026, 3, 15), **early)] == ["MISSING_THEIRS", "DATE"]


REVERSAL = {"posting_amount": "-21.25", "posting_date": "2026-03-30", "reversed_reference": "P0"}
GROSS = {"posting_amount": "25.00", "withholding_tax_rate": "0"}


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ([{}, REVERSAL], [("payment_amount", "AMOUNT", "-21.25")]),
        ([{}, REVERSAL, {}], []),
        ([GROSS, REVERSAL | GROSS | {"posting_amount": "-25.00"}, {}], []),
        ([GROSS, REVERSAL | {"posting_amount": "-3.75", "withholding_tax_rate": None}], [("payment_rate", "RATE", "-15")]),
        ([{}, {}, REVERSAL], []),
        ([REVERSAL], [("payment_amount", "AMOUNT", "-42.50")]),
    ],
    ids=["taken back", "paid anew", "wrong and taken back", "the tax taken back", "paid twice", "before its payment"],
)  # fmt: skip
def test_what_a_reversal_takes_back_is_not_paid_and_compared_with_nothing_else(payments, expected):
    assert paid_in(*payments) == expected


def test_a_payment_of_nothing_due_is_missing_on_our_side_until_it_is_taken_back():
    def broken(*payments):
        return breaks(confirmations=[confirmed(payment_reference=f"P{at}", **said) for at, said in enumerate(payments)])

    assert broken({}, REVERSAL) == []
    assert broken({}, REVERSAL | {"posting_amount": "-20.00"}) == [
        ("payment", "MISSING_OURS", "21.25"),
        ("payment", "MISSING_OURS", "-20.00"),
    ]
    assert broken(REVERSAL) == [("payment", "MISSING_OURS", "-21.25")]


def test_the_cause_says_that_the_payment_was_taken_back():
    payments = [confirmed(payment_reference="P0"), confirmed(payment_reference="P1", **REVERSAL)]
    (cause,) = causes(entitlements=[entitled(on=None)], confirmations=payments)
    assert cause == "the custodian took the payment back and has not paid anew"
