import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reconciliation import STALE_AFTER_DAYS, CalculatedEvent, CurrentEntitlement, reconcile, report_bytes
from domain.records import parse_record
from domain.rules import MarketCalendars
from tests.unit.domain.facts import APPLE, SAP, position

DAY = date(2026, 3, 20)
CALENDARS = Path(__file__).parents[3] / "rules" / "market_calendars.json"


def stated(quantity="100", as_of="2026-03-16", **changes):
    return parse_record(position(quantity, as_of, **changes))[0]


def entitled(quantity="100", on="2026-03-16", event_id="CA-1", pays=()):
    return CurrentEntitlement(event_id, APPLE, date.fromisoformat(on), Decimal(quantity), pays)


def calculated(event_id="CA-1", on="2026-03-16", isin=APPLE):
    return CalculatedEvent(event_id, isin, date.fromisoformat(on))


def report_of(positions=(), entitlements=(), lots=None, events=(), day=DAY):
    return reconcile("ACC-1", day, positions, entitlements, lots if lots is not None else {}, events)


def breaks(*parts, **more):
    report = report_of(*parts, **more)
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
    assert breaks([stated(), stated("7", "2026-03-21")], [entitled("7")]) == [("entitlement", "QUANTITY", "93")]


def test_lots_of_today_are_compared_with_the_newest_statement_and_not_with_older_ones():
    positions, lots = [stated("100", "2026-03-13"), stated("150", "2026-03-16")], {APPLE: Fraction(150)}
    for day in ("2026-03-13", "2026-03-15", "2026-03-16", "2026-03-20"):
        assert breaks(positions, lots=lots, day=date.fromisoformat(day)) == []
    assert breaks(positions, lots={APPLE: Fraction(100)}) == [("lots", "QUANTITY", "50")]
    assert report_of(positions, lots=lots, day=date(2026, 3, 15))["inputs"]["open_lots"]["count"] == 0


@pytest.mark.parametrize(("quantity", "expected"), [("100", [("entitlement", "MISSING_OURS", None)]), ("0", [])])
def test_a_holder_without_entitlement_of_a_calculated_event_is_missing_on_our_side(quantity, expected):
    statements = [stated(quantity), stated("0", "2026-03-17")]
    assert breaks(statements, events=[calculated()]) == expected
    assert breaks(statements, [entitled(quantity)], events=[calculated()]) == []


def test_an_event_after_the_as_of_date_or_in_a_security_not_held_misses_nothing():
    events = [calculated(on="2026-03-21"), calculated("CA-2", isin=SAP), calculated("CA-3", "2026-03-15")]
    assert breaks([stated()], lots={APPLE: Fraction(100)}, events=events) == []


def test_holders_that_several_events_left_out_are_told_in_the_same_order_always():
    events = [calculated(f"CA-{number}") for number in range(3)]
    first, second = (report_bytes(report_of([stated()], events=each)) for each in (events, events[::-1]))
    assert first == second


def test_an_event_announced_twice_is_a_duplicate_of_the_first():
    pays = ("DVCA 2026-03-27 001 25.00 USD 0 None",)
    twice = [entitled(event_id=each, pays=pays) for each in ("CA-2", "CA-1")]
    report = report_of([stated()], twice, {APPLE: Fraction(100)})
    assert [(each["code"], each["key"]) for each in report["breaks"]] == [("DUPLICATE", f"CA-2/{APPLE}")]
    other = [entitled(pays=pays), entitled(event_id="CA-2", pays=("DVCA 2026-03-27 001 50.00 USD 0 None",))]
    assert breaks([stated()], other, {APPLE: Fraction(100)}) == []
    assert breaks([stated()], [entitled(), entitled(event_id="CA-2")], {APPLE: Fraction(100)}) == []


@pytest.mark.parametrize("quantities", [{"borrowed_quantity": "101"}, {"pending_delivery_quantity": "101"}])
def test_a_statement_that_cannot_be_is_inconsistent(quantities):
    found = breaks([stated("100", **quantities)])
    assert ("consistency", "INCONSISTENT_STATEMENT", None) in found
    possible = stated("100", **dict.fromkeys(quantities, "100"))
    assert "INCONSISTENT_STATEMENT" not in {code for _, code, _ in breaks([possible])}


@pytest.mark.parametrize(("as_of", "stale"), [("2026-03-09", False), ("2026-03-08", True)])
def test_a_line_is_stale_where_its_custodian_stated_the_account_later_without_it(as_of, stale):
    statements = [stated("50"), stated("50", as_of, safekeeping_place="OTHER")]
    found = breaks(statements, lots={APPLE: Fraction(100)})
    assert found == ([("statement", "STALE_STATEMENT", None)] if stale else [])
    elsewhere = [stated("50"), stated("50", as_of, safekeeping_place="OTHER", source="CUSTODIAN-B")]
    assert breaks(elsewhere, lots={APPLE: Fraction(100)}) == []


def test_no_market_is_closed_for_longer_than_the_days_after_which_a_statement_is_stale():
    longest = 0
    for market in MarketCalendars.from_document(json.loads(CALENDARS.read_text())).calendars.values():
        span = (market.valid_to - market.valid_from).days
        days = [market.valid_from + timedelta(each) for each in range(span)]
        open_ = [day for day in days if market.is_business_day(day)]
        longest = max(longest, *((later - earlier).days for earlier, later in pairwise(open_)))
    assert longest == STALE_AFTER_DAYS


def test_a_break_keeps_its_id_while_its_figures_change():
    ids = {
        reconcile("ACC-1", DAY, [stated(quantity)], (), {APPLE: Fraction(100)})["breaks"][0]["break_id"]
        for quantity in ("110", "120")
    }
    assert len(ids) == 1


statements = st.builds(
    lambda quantity, day, place, source, loan, borrowed: stated(
        str(quantity), f"2026-03-{day:02}", safekeeping_place=place, source=source,
        on_loan_quantity=str(loan), borrowed_quantity=str(borrowed), isin=SAP if quantity % 2 else APPLE,
    ),
    st.integers(0, 5), st.integers(1, 25), st.sampled_from(["P1", "P2"]), st.sampled_from(["C-A", "C-B"]),
    st.integers(0, 2), st.integers(0, 2),
)  # fmt: skip
states = st.tuples(
    st.lists(statements, max_size=6, unique_by=lambda each: each.identity),
    st.lists(st.builds(entitled, st.sampled_from("01234"), st.sampled_from(["2026-03-02", "2026-03-25"]),
                       st.sampled_from(["CA-1", "CA-2"]), st.sampled_from([(), ("x",)])),
             max_size=3, unique_by=lambda each: (each.corporate_action_event_id, each.entitlement_date)),
    st.dictionaries(st.sampled_from([APPLE, SAP]), st.fractions(0, 9, max_denominator=4)),
    st.lists(st.builds(calculated, st.sampled_from(["CA-1", "CA-3"]), st.sampled_from(["2026-03-02", "2026-03-25"])),
             max_size=2, unique_by=lambda each: each.corporate_action_event_id),
)  # fmt: skip


@given(states, st.data())
def test_replay_in_any_order_gives_identical_bytes(state, data):
    positions, entitlements, lots, events = state
    shuffled = [data.draw(st.permutations(each)) for each in (positions, entitlements, list(lots.items()), events)]
    again = report_of(shuffled[0], shuffled[1], dict(shuffled[2]), shuffled[3])
    assert report_bytes(again) == report_bytes(report_of(*state))


@given(states)
def test_every_input_is_in_exactly_one_bucket(state):
    report = report_of(*state)
    for kind, counts in report["control_totals"]["inputs"].items():
        assert sum(counts.values()) == report["inputs"][kind]["count"]
    known = [each for each in state[0] if each.as_of_date <= DAY]
    assert report["inputs"]["positions"]["count"] == len(known)
    assert report["inputs"]["entitlements"]["count"] == sum(each.entitlement_date <= DAY for each in state[1])
    assert report["inputs"]["open_lots"]["count"] == (len(state[2]) if len(known) == len(state[0]) else 0)
    assert any(counts["broken"] for counts in report["control_totals"]["inputs"].values()) == bool(report["breaks"])


def test_inputs_are_counted_by_what_became_of_them():
    positions = [stated("1", "2026-03-13"), stated("100"), stated("7", isin=SAP)]
    report = report_of(
        positions, [entitled()], {APPLE: Fraction(100)}, [calculated(), calculated("CA-2", "2026-03-01")]
    )
    assert report["control_totals"]["inputs"] == {
        "positions": {"matched": 1, "broken": 1, "superseded": 1, "not_compared": 0},
        "entitlements": {"matched": 1, "broken": 0, "superseded": 0, "not_compared": 0},
        "calculated_events": {"matched": 1, "broken": 0, "superseded": 0, "not_compared": 1},
        "open_lots": {"matched": 1, "broken": 0, "superseded": 0, "not_compared": 0},
    }


def test_a_place_that_closed_at_zero_is_not_stale():
    closed = stated("0", "2026-03-01", safekeeping_place="OTHER")
    assert breaks([stated(), closed], (), {APPLE: Fraction(100)}) == []


def test_control_totals_of_values_prove_the_differences():
    report = reconcile("ACC-1", DAY, [stated("110")], [entitled("100")], {APPLE: Fraction(100)})
    assert report["control_totals"]["ours"] == "200"
    assert report["control_totals"]["theirs"] == "220"
    assert report["control_totals"]["difference"] == "20"
