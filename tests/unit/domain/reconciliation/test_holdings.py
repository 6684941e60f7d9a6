import pytest

from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import breaks, causes, held, report_of, stated, traded


def test_a_holdings_statement_that_agrees_has_no_break():
    assert breaks(positions=[stated()], statements=[held(available="60", not_available="40")]) == []


@pytest.mark.parametrize(("available", "not_available"), [("60", "39"), ("60", "41"), ("100", "100")])
def test_available_and_not_available_must_be_the_aggregate(available, not_available):
    line = held(available=available, not_available=not_available)
    assert breaks(positions=[stated()], statements=[line]) == [("holdings_consistency", "INCONSISTENT_STATEMENT", None)]


def test_the_aggregate_is_compared_with_our_settled_position():
    assert breaks(positions=[stated("90")], statements=[held()]) == [("holdings", "QUANTITY", "10")]
    assert breaks(positions=[], statements=[held()]) == [("holdings", "MISSING_OURS", "100")]
    assert breaks(positions=[], statements=[held("0")]) == []


def test_the_position_is_that_of_the_statements_date():
    positions = [stated("90", "2026-03-13"), stated("100", "2026-03-16"), stated("110", "2026-03-17")]
    assert breaks(positions=positions, statements=[held()]) == []


def test_a_statement_without_place_is_of_all_places():
    positions = [stated("60"), stated("40", safekeeping_place="OTHER")]
    assert breaks(positions=positions, statements=[held(safekeeping_place=None)]) == []
    assert breaks(positions=positions, statements=[held()]) == [("holdings", "QUANTITY", "40")]


@pytest.mark.parametrize(
    "more",
    [
        {"pending_receipt_quantity": "10"},
        {"on_loan_quantity": "10"},
        {"on_loan_quantity": "10", "pending_receipt_quantity": "5"},
    ],
)
def test_pending_and_loaned_quantities_explain_a_difference_as_timing(more):
    assert breaks(positions=[stated("90", **more)], statements=[held()]) == [("holdings", "TIMING", "10")]


@pytest.mark.parametrize(("settles", "code"), [("2026-03-16", "TIMING"), ("2026-03-17", "QUANTITY"), ("2026-03-13", "QUANTITY")])  # fmt: skip
def test_a_trade_that_settled_between_position_and_statement_explains_it(settles, code):
    parts = {"positions": [stated("90", "2026-03-13")], "statements": [held()], "trades": [traded("10", settles)]}
    found = breaks(lots={APPLE: 100}, **parts)
    assert ("holdings", code, "10") in found
    assert any("trade T-1" in each for each in causes(lots={APPLE: 100}, **parts)) == (settles != "2026-03-13")


def test_a_position_that_its_places_statement_leaves_out_is_missing_on_their_side():
    positions = [stated(), stated("7", isin=SAP), stated("7", isin=SAP, safekeeping_place="OTHER")]
    assert breaks(positions=positions, statements=[held()]) == [("holdings", "MISSING_THEIRS", "-7")]
    assert breaks(positions=[stated(), stated("0", isin=SAP)], statements=[held()]) == []
    assert breaks(positions=[stated(), stated("7", "2026-03-17", isin=SAP)], statements=[held()]) == []


def test_a_newer_statement_replaces_every_line_of_its_place():
    lines = [held("99", "2026-03-13"), held("7", "2026-03-13", isin=SAP), held()]
    report = report_of(positions=[stated()], statements=lines)
    assert report["breaks"] == []
    assert report["control_totals"]["inputs"]["statements"] == {
        "matched": 1, "broken": 0, "superseded": 2, "not_compared": 0,
    }  # fmt: skip


def test_a_statement_after_the_as_of_date_does_not_count():
    assert breaks(positions=[stated("90")], statements=[held(as_of="2026-03-31")]) == []
