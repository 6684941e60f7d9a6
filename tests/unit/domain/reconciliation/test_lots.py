from datetime import date

import pytest

from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import breaks, causes, entitled, report_of, stated, traded


@pytest.mark.parametrize(
    ("positions", "lots", "expected"),
    [
        ([stated("110")], 100, ("lots", "QUANTITY", "10")),
        ([stated("90", pending_receipt_quantity="10")], 100, ("lots", "TIMING", "-10")),
        ([stated("110", pending_delivery_quantity="10")], 100, ("lots", "TIMING", "10")),
        ([stated("60", on_loan_quantity="40")], 100, ("lots", "TIMING", "-40")),
        ([stated("100")], 0, ("lots", "MISSING_OURS", "100")),
        ([stated("100", pending_receipt_quantity="10")], 100, ("lots", "QUANTITY", "10")),
        ([], 100, ("lots", "MISSING_THEIRS", "-100")),
    ],
)
def test_lots_are_compared_with_what_the_account_owns(positions, lots, expected):
    assert breaks(positions=positions, lots={APPLE: lots}) == [expected]


def test_without_lots_to_compare_nothing_is_said_of_them():
    assert breaks(positions=[stated()], lots=None) == []
    assert breaks(positions=[stated()], lots={}) == [("lots", "MISSING_OURS", "100")]


def test_lots_of_today_are_compared_with_the_newest_statement_and_not_with_older_ones():
    positions = [stated("100", "2026-03-13"), stated("150", "2026-03-16")]
    for day in ("2026-03-13", "2026-03-15", "2026-03-16", "2026-03-30"):
        assert breaks(date.fromisoformat(day), positions=positions, lots={APPLE: 150}) == []
    assert breaks(positions=positions, lots={APPLE: 100}) == [("lots", "QUANTITY", "50")]
    older = report_of(date(2026, 3, 15), positions=positions, lots={APPLE: 150}, trades=[traded("1", "2026-03-17")])
    assert (older["inputs"]["open_lots"]["count"], older["inputs"]["trades"]["count"]) == (0, 0)


@pytest.mark.parametrize(
    ("settled", "trade", "code"),
    [
        ("90", traded("10", "2026-03-17"), "TIMING"),
        ("110", traded("-10", "2026-03-17"), "TIMING"),
        ("90", traded("10", "2026-03-16"), "QUANTITY"),
        ("91", traded("10", "2026-03-17"), "QUANTITY"),
        ("90", traded("10", "2026-03-17", isin=SAP), "QUANTITY"),
    ],
)
def test_a_trade_that_settles_after_the_statement_and_is_the_whole_difference_explains_it(settled, trade, code):
    (each,) = report_of(positions=[stated(settled)], lots={APPLE: 100}, trades=[trade])["breaks"]
    assert each["code"] == code
    assert ("trade T-1" in each["likely_cause"]) == (code == "TIMING")


def test_a_statement_with_its_own_pending_quantities_lacks_only_what_was_traded_after_it():
    position = [stated("80", pending_receipt_quantity="10")]
    for on, code in (("2026-03-17", "TIMING"), ("2026-03-16", "QUANTITY")):
        trades = [traded("10", "2026-03-18", on=on)]
        (each,) = report_of(positions=position, lots={APPLE: 100}, trades=trades)["breaks"]
        assert (each["code"], "trade T-1" in each["likely_cause"]) == (code, code == "TIMING")


def test_a_trade_after_the_as_of_date_explains_nothing():
    parts = {"positions": [stated("90")], "lots": {APPLE: 100}}
    assert breaks(trades=[traded("10", "2026-04-01", on="2026-03-30")], **parts) == [("lots", "TIMING", "-10")]
    assert breaks(trades=[traded("10", "2026-04-01", on="2026-03-31")], **parts) == [("lots", "QUANTITY", "-10")]


def test_several_trades_together_are_named_in_order():
    trades = [traded("30", "2026-03-17", "T-9"), traded("-10", "2026-03-18", "T-1")]
    assert causes(positions=[stated("80")], lots={APPLE: 100}, trades=trades) == [
        "explained by what is not in the statement yet: trade T-1, trade T-9"
    ]


def test_a_first_purchase_that_has_not_settled_is_no_missing_statement():
    positions = [stated("5", isin=SAP)]
    trades = [traded("10", "2026-03-17")]
    assert breaks(positions=positions, lots={APPLE: 10, SAP: 5}, trades=trades) == [("lots", "TIMING", "-10")]
    assert breaks(positions=positions, lots={APPLE: 11, SAP: 5}, trades=trades) == [("lots", "MISSING_THEIRS", "-11")]


@pytest.mark.parametrize(
    ("as_of", "paid", "code"),
    [
        ("2026-03-16", "2026-03-16", "TIMING"),
        ("2026-03-17", "2026-03-18", "TIMING"),
        ("2026-03-17", "2026-03-17", "QUANTITY"),
        ("2026-03-17", None, "QUANTITY"),
    ],
)
def test_securities_that_an_event_gives_are_in_statements_after_it_was_paid(as_of, paid, code):
    split = entitled(entitled_quantity="100", isin_out=APPLE, payment_date=paid)
    positions = [stated(as_of=as_of), stated(as_of="2026-03-15")]
    (each,) = report_of(positions=positions, lots={APPLE: 200}, entitlements=[split])["breaks"]
    assert (each["kind"], each["code"]) == ("lots", code)
    assert ("event CA-1" in each["likely_cause"]) == (code == "TIMING")


def test_rights_that_were_exercised_debit_no_shares():
    exercised = {"event_type": "RHTS", "debited_quantity": "400", "entitled_quantity": "100", "isin_out": APPLE}
    due = entitled("400", payment_date="2026-03-31", **exercised)
    assert breaks(positions=[stated()], lots={APPLE: 200}, entitlements=[due]) == [("lots", "TIMING", "-100")]


def test_an_exchange_that_is_not_paid_yet_explains_both_securities_with_a_trade_beside_it():
    merger = entitled(debited_quantity="100", entitled_quantity="50", isin_out=SAP, payment_date="2026-03-31")
    assert breaks(positions=[stated()], lots={SAP: 50}, entitlements=[merger]) == [
        ("lots", "TIMING", "-50"),
        ("lots", "TIMING", "100"),
    ]
    trades = [traded("7", "2026-03-20", isin=SAP)]
    found = causes(positions=[stated()], lots={SAP: 57}, entitlements=[merger], trades=trades)
    assert "explained by what is not in the statement yet: event CA-1, trade T-1" in found
