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
    assert pair(ours, posting_quantity="99", isin=APPLE, **theirs) == [("payment_quantity", "QUANTITY", "-1")]


def test_what_is_credited_beside_the_new_security_is_compared_with_its_own_quantity():
    beside = [{"isin": "US5949181045", "entitled_quantity": "7"}]
    ours = {**GIVEN, "entitled_quantity": "50", "isin_out": SAP, "securities_movements": beside}
    theirs = {"posting_amount": None, "currency": None, "withholding_tax_rate": None, "isin": "US5949181045"}
    assert pair(ours, posting_quantity="7", **theirs) == []
    assert pair(ours, posting_quantity="50", **theirs) == [("payment_quantity", "QUANTITY", "43")]


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
