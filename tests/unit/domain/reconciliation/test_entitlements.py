from datetime import date

import pytest

from domain.reconciliation import CurrentEntitlement, report_bytes
from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import DIVIDEND, breaks, calculated, entitled, report_of, stated


def test_an_account_that_agrees_has_no_break():
    assert breaks(positions=[stated()], entitlements=[entitled()], lots={APPLE: 100}) == []


def test_an_entitlement_is_compared_with_the_statement_of_its_record_date():
    positions = [stated("99"), stated("500", "2026-03-17")]
    assert breaks(positions=positions, entitlements=[entitled()]) == [("entitlement", "QUANTITY", "-1")]


def test_all_options_of_an_event_together_are_what_was_eligible():
    options = [entitled("60"), entitled("40", option_number="002")]
    parts = {"positions": [stated()], "calculated_events": [calculated()]}
    assert breaks(entitlements=options, **parts) == []
    assert breaks(entitlements=options[:1], **parts) == [("entitlement", "QUANTITY", "40")]


def test_of_a_voluntary_event_a_part_may_be_instructed_and_not_more_than_is_held():
    assert breaks(positions=[stated()], entitlements=[entitled("60")]) == []
    assert breaks(positions=[stated()], entitlements=[entitled("101")]) == [("entitlement", "QUANTITY", "-1")]


def test_rights_and_oversubscriptions_are_compared_with_no_holding():
    parts = {"positions": [stated()], "calculated_events": [calculated()]}
    assert breaks(entitlements=[entitled("250", event_type="RHTS")], **parts) == []
    beyond = entitled("30", option_number="003", option_type="OVER")
    assert breaks(entitlements=[entitled(event_type="EXRI"), beyond], **parts) == []


def test_an_entitlement_without_record_date_has_its_events():
    undated = {"record_date": None, "eligible_quantity": "101", "entitled_amount": "21.25"}
    due = CurrentEntitlement.from_json(DIVIDEND | undated, date(2026, 3, 16))
    assert breaks(positions=[stated()], entitlements=[due]) == [("entitlement", "QUANTITY", "-1")]


def test_an_entitlement_whose_statement_is_gone_is_missing_on_their_side():
    assert breaks(entitlements=[entitled()]) == [("entitlement", "MISSING_THEIRS", "-100")]


def test_an_entitlement_without_any_date_is_compared_with_no_statement():
    assert breaks(positions=[stated("99")], entitlements=[entitled(on=None)]) == []


def test_statements_after_the_as_of_date_do_not_count():
    positions = [stated(), stated("7", "2026-03-31")]
    events = [calculated()]
    assert breaks(positions=positions, entitlements=[entitled("7")], calculated_events=events) == [
        ("entitlement", "QUANTITY", "93")
    ]


@pytest.mark.parametrize(("quantity", "expected"), [("100", [("entitlement", "MISSING_OURS", "100")]), ("0", [])])
def test_a_holder_without_entitlement_of_a_calculated_event_is_missing_on_our_side(quantity, expected):
    statements = [stated(quantity), stated("0", "2026-03-17")]
    events = [calculated()]
    assert breaks(positions=statements, calculated_events=events) == expected
    assert breaks(positions=statements, entitlements=[entitled(quantity)], calculated_events=events) == []


def test_an_event_after_the_as_of_date_or_in_a_security_not_held_misses_nothing():
    events = [calculated(on="2026-03-31"), calculated("CA-2", isin=SAP), calculated("CA-3", "2026-03-15")]
    assert breaks(positions=[stated()], calculated_events=events) == []
    assert breaks(date(2026, 3, 31), positions=[stated()], calculated_events=events) == [
        ("entitlement", "MISSING_OURS", "100")
    ]


def test_holders_that_several_events_left_out_are_told_in_the_same_order_always():
    events = [calculated(f"CA-{number}") for number in range(3)]
    first, second = (
        report_bytes(report_of(positions=[stated()], calculated_events=each)) for each in (events, events[::-1])
    )
    assert first == second


def test_an_event_announced_twice_is_a_duplicate_of_the_first():
    twice = [entitled(event_id=each) for each in ("CA-2", "CA-1")]
    report = report_of(positions=[stated()], entitlements=twice)
    assert [(each["code"], each["key"]) for each in report["breaks"]] == [("DUPLICATE", f"CA-2/{APPLE}")]
    for other in ({"gross_amount": "50.00"}, {"payment_date": "2026-03-28"}, {"event_type": "CAPD"}, {"isin_out": SAP}):
        assert breaks(positions=[stated()], entitlements=[entitled(), entitled(event_id="CA-2", **other)]) == []
