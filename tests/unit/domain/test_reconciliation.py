from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reconciliation import CurrentEntitlement, reconcile, report_bytes
from domain.records import parse_record
from tests.unit.domain.facts import APPLE, SAP, position

DAY = date(2026, 3, 20)


def stated(quantity="100", as_of="2026-03-16", **changes):
    return parse_record(position(quantity, as_of, **changes))[0]


def entitled(quantity="100", on="2026-03-16"):
    return CurrentEntitlement("CA-1", APPLE, date.fromisoformat(on), Decimal(quantity))


def breaks(positions=(), entitlements=(), lots=None):
    report = reconcile("ACC-1", DAY, positions, entitlements, lots if lots is not None else {})
    totals = report["control_totals"]
    assert totals["compared"] == totals["matched"] + totals["breaks"] == totals["matched"] + len(report["breaks"])
    return [(each["kind"], each["code"], each["difference"]) for each in report["breaks"]]


def test_an_account_that_agrees_has_no_break():
    assert breaks([stated()], [entitled()], {APPLE: Fraction(100)}) == []


@pytest.mark.parametrize(
    ("positions", "lots", "expected"),
    [
        ([stated("110")], 100, ("lots", "QUANTITY", "10")),
        ([stated("90", pending_receipt_quantity="10")], 100, ("lots", "TIMING", "-10")),
        ([stated("60", on_loan_quantity="40")], 100, ("lots", "TIMING", "-40")),
        ([stated("100")], 0, ("lots", "MISSING_OURS", "100")),
        ([], 100, ("lots", "MISSING_THEIRS", None)),
    ],
)
def test_lots_are_compared_with_what_the_account_owns(positions, lots, expected):
    assert breaks(positions, (), {APPLE: Fraction(lots)}) == [expected]


def test_an_entitlement_is_compared_with_the_statement_of_its_record_date():
    later = stated("500", "2026-03-17")
    assert ("entitlement", "QUANTITY", "-1") in breaks([stated("99"), later], [entitled()], {APPLE: Fraction(500)})


def test_statements_after_the_as_of_date_do_not_count():
    assert breaks([stated(), stated("7", "2026-03-21")], [entitled()], {APPLE: Fraction(100)}) == []


def test_a_place_that_stopped_reporting_is_stale():
    old = stated("50", "2026-03-10", safekeeping_place="OTHER")
    assert breaks([stated("50"), old], (), {APPLE: Fraction(100)}) == [("statement", "STALE_STATEMENT", None)]


def test_a_break_keeps_its_id_while_its_figures_change():
    ids = {
        reconcile("ACC-1", DAY, [stated(quantity)], (), {APPLE: Fraction(100)})["breaks"][0]["break_id"]
        for quantity in ("110", "120")
    }
    assert len(ids) == 1


@given(st.data())
def test_replay_in_any_order_gives_identical_bytes(data):
    positions = [stated(), stated("5", isin=SAP), stated("1", safekeeping_place="OTHER"), stated("9", "2026-03-01")]
    entitlements = [entitled(), entitled("3", "2026-03-02")]
    lots = {APPLE: Fraction(1, 3), SAP: Fraction(5)}
    first = report_bytes(reconcile("ACC-1", DAY, positions, entitlements, lots))
    shuffled = data.draw(st.permutations(positions)), data.draw(st.permutations(entitlements))
    assert (
        report_bytes(reconcile("ACC-1", DAY, *shuffled, dict(data.draw(st.permutations(list(lots.items())))))) == first
    )


def test_a_place_that_closed_at_zero_is_not_stale():
    closed = stated("0", "2026-03-10", safekeeping_place="OTHER")
    assert breaks([stated(), closed], (), {APPLE: Fraction(100)}) == []


def test_control_totals_of_values_prove_the_differences():
    report = reconcile("ACC-1", DAY, [stated("110")], [entitled("100")], {APPLE: Fraction(100)})
    assert report["control_totals"]["ours"] == "200"
    assert report["control_totals"]["theirs"] == "220"
    assert report["control_totals"]["difference"] == "20"
