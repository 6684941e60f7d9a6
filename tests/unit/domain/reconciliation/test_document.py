"""The breaks of a `calculate` document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, SAP, account, document, event, position, trade

PAYMENT = {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001"}
HELD = (account(), position("1000"), event())


def confirmation(**changes):
    said = {"posting_amount": "212.50", "currency": "USD", "posting_date": "2026-03-27", "withholding_tax_rate": "15"}
    return {"record_type": "confirmation", **PAYMENT, **said, **changes}


def breaks(*records, **parts):
    """(code, ours, theirs, difference) of each break."""
    found = calculate_document(document(*records, **parts))["breaks"]
    return [(each["code"], each["ours"], each["theirs"], each["difference"]) for each in found]


def test_a_document_whose_sides_agree_has_no_break():
    assert breaks(*HELD, trade("T-1", "BUY", "1000", "2026-03-10"), confirmation()) == []
    assert breaks() == []


def test_a_payment_is_reconciled_with_its_confirmation():
    paid = confirmation(posting_amount="175.00", withholding_tax_rate="30", posting_date="2026-03-30", event_version=2)
    assert breaks(*HELD, paid) == [
        ("AMOUNT", "212.50", "175.00", "-37.50"),
        ("DATE", "2026-03-27", "2026-03-30", "3"),
        ("RATE", "15", "30", "15"),
        ("VERSION_MISMATCH", "1", "2", None),
    ]
    assert breaks(*HELD, confirmation(currency="EUR")) == [("CURRENCY", "USD", "EUR", None)]


def test_a_confirmation_of_an_event_that_was_cancelled_is_missing_on_our_side():
    cancelled = event(version=2, function="CANC")
    assert breaks(*HELD, cancelled, confirmation()) == [("MISSING_OURS", None, "212.50", "212.50")]


@pytest.mark.parametrize(
    ("as_of", "missed"), [(None, False), ("2026-03-26", False), ("2026-03-27", False), ("2026-03-28", True)]
)
def test_a_confirmation_is_missed_after_the_payment_date_where_the_document_says_as_of_when(as_of, missed):
    found = breaks(*HELD, position("1000", "2026-06-30", isin=SAP), **({"as_of": as_of} if as_of else {}))
    assert (("MISSING_CONFIRMATION", "212.50", None, "-212.50") in found) == missed


def test_a_confirmation_is_missed_where_another_accounts_payment_is_confirmed():
    other = (account("ACC-2"), position("1000", safekeeping_account="ACC-2"))
    found = calculate_document(document(*HELD, *other, confirmation(posting_date="2026-03-30")))["breaks"]
    assert [(each["safekeeping_account"], each["code"]) for each in found] == [
        ("ACC-1", "DATE"),
        ("ACC-2", "MISSING_CONFIRMATION"),
    ]


def test_lots_are_compared_for_accounts_that_have_them_where_the_document_has_positions():
    buy = trade("T-1", "BUY", "900", "2026-03-10")
    assert breaks(*HELD) == []
    assert breaks(*HELD, buy) == [("QUANTITY", "900", "1000", "100")]
    assert breaks(account(), buy) == []
    elsewhere = position("5", safekeeping_account="ACC-2")
    assert breaks(account(), buy, elsewhere) == [("MISSING_THEIRS", "900", None, "-900")]
    oversold = trade("T-1", "SELL", "9", "2026-03-10")
    assert breaks(account(), oversold, position("0")) == []
    assert breaks(account(), oversold, position("7")) == [("MISSING_OURS", "0", "7", "7")]


def test_opening_lots_are_lots_and_a_refused_sale_explains_nothing():
    lot = {"lot_id": "L", "safekeeping_account": "ACC-1", "isin": APPLE, "acquisition_date": "2020-01-02", "quantity": "900",
           "cost_basis": "1.00", "currency": "USD"}  # fmt: skip
    assert breaks(*HELD, lots=[lot]) == [("QUANTITY", "900", "1000", "100")]
    refused = trade("T-1", "SELL", "100", "2026-03-10", settlement_date="2026-03-31", currency="EUR")
    assert breaks(*HELD, refused, lots=[lot]) == [("QUANTITY", "900", "1000", "100")]
    sold = trade("T-1", "SELL", "100", "2026-03-10", settlement_date="2026-03-31")
    assert breaks(account(), position("900"), sold, lots=[lot]) == [("TIMING", "800", "900", "100")]


def test_lots_that_an_event_bought_are_compared_only_beside_others():
    option = {
        "gross_rate": "0.30",
        "currency": "USD",
        "subscription_price": "12.50",
        "isin_out": APPLE,
        "option_type": "SECU",
    }
    result = calculate_document(
        document(account(), position("1000"), event("DRIP", option, mandatory_voluntary="CHOS"))
    )
    assert (bool(result["tax_lots"]), result["breaks"]) == (True, [])


@pytest.mark.parametrize(("side", "quantity", "lots"), [("BUY", "100", "1100"), ("SELL", "100", "900")])
def test_an_unsettled_trade_explains_what_lots_have_and_the_position_has_not(side, quantity, lots):
    records = (*HELD, trade("T-1", "BUY", "1000", "2026-03-10"))
    pending = trade("T-2", side, quantity, "2026-03-13", settlement_date="2026-03-17")
    (found,) = calculate_document(document(*records, pending))["breaks"]
    assert (found["code"], found["ours"], "trade T-2" in found["likely_cause"]) == ("TIMING", lots, True)


def test_a_split_after_the_statement_is_timing():
    split = event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}})
    (found,) = calculate_document(document(account(), position("1000"), trade("T-1", "BUY", "1000", "2026-03-10"), split))["breaks"]  # fmt: skip
    assert (found["code"], found["ours"], found["theirs"]) == ("TIMING", "2000", "1000")


def test_a_holder_that_is_held_back_is_missing_on_our_side_unless_the_event_is():
    assert breaks(position("1000"), event()) == [("MISSING_OURS", None, "1000", "1000")]
    assert breaks(position("1000"), event(), as_of="2026-03-15") == []
    assert breaks(account(), position("1000"), event("MRGR", {"isin_out": SAP})) == []
    assert breaks(position("1000"), event(mandatory_voluntary="VOLU")) == []
    assert breaks(position("1000"), event(version=2, function="CANC")) == []


def test_statements_second_sources_and_securities_of_the_document_are_reconciled():
    line = {"safekeeping_account": "ACC-1", "isin": APPLE, "safekeeping_place": "DTCYUS33", "as_of_date": "2026-03-16",
            "aggregate": "900", "available": "900", "not_available": "1"}  # fmt: skip
    second = [
        position(quantity, source="CUSTODIAN-B", sequence=number) for number, quantity in enumerate(("7", "8", "6"))
    ]
    found = breaks(*HELD, second[0], second[2], second[1], statements=[line], securities=[{"isin": SAP}])
    assert found == [
        ("QUANTITY", "1000", "900", "-100"),
        ("INCONSISTENT_STATEMENT", None, None, None),
        ("UNKNOWN_SECURITY", None, None, None),
        ("DUPLICATE", "1000", "6", "-994"),
    ]


def test_breaks_age_by_the_markets_calendar_of_the_document():
    market = {"country": "US", "country_default": True, "weekend": [5, 6], "valid_from": "2026-01-01",
              "valid_to": "2026-12-31", "holidays": ["2026-03-17"], "settlement_cycles": []}  # fmt: skip
    raw = document(*HELD, trade("T-1", "BUY", "900", "2026-03-10"), as_of="2026-03-18")
    raw["rules"]["market_calendars"] = {"schema_version": 1, "version": "c", "calendars": {"XNYS": market}}
    (found,) = calculate_document(raw)["breaks"]
    assert (found["age_business_days"], found["ageing_bucket"], found["ageing_calendar"]) == (1, "0-1", "XNYS")


def test_without_as_of_the_newest_fact_is_the_date():
    records = (*HELD, trade("T-1", "BUY", "900", "2026-03-10"))
    ages = [calculate_document(document(*records, later))["breaks"][0]["age_business_days"] for later in (
        account(), position("1", "2026-03-18", safekeeping_account="ACC-2"), event(corporate_action_event_id="CA-2", record_date="2026-03-19"),
        trade("T-2", "BUY", "1", "2026-03-20", safekeeping_account="ACC-2", settlement_date="2026-03-31"),
        confirmation(posting_date="2026-03-23", corporate_action_event_id="CA-9", safekeeping_account="ACC-2"),
        event(corporate_action_event_id="CA-2", announcement_date="2026-03-24"),
    )]  # fmt: skip
    assert ages == [0, 2, 3, 4, 5, 6]


@given(st.permutations([
    account(), account("ACC-2"), position("1000"), position("7", safekeeping_account="ACC-2"), event(), confirmation(posting_amount="1"),
    confirmation(safekeeping_account="ACC-2", version=3), trade("T-1", "BUY", "900", "2026-03-10"), trade("T-2", "BUY", "9", "2026-03-12"),
]))  # fmt: skip
def test_records_in_any_order_give_the_same_breaks(records):
    expected = ["AMOUNT", "VERSION_MISMATCH"]
    found = calculate_document(document(*records))["breaks"]
    assert [each["code"] for each in found if each["kind"].startswith("payment") and each["code"] in expected] == [
        "AMOUNT", "AMOUNT", "VERSION_MISMATCH",
    ]  # fmt: skip
    assert found == calculate_document(document(*sorted(records, key=repr)))["breaks"]
