from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.rules import Rules, WithholdingRates
from harness import deadline
from servicing_engine.folding.processing import calculate_due, process
from servicing_engine.store import due, locks
from servicing_engine.store.facts import Fact
from tests.unit.domain.facts import account, event, position, rates, trade
from tests.unit.engine.feeding import NOW, RULES, SPLIT, current, facts, feed, history, rows


def test_a_position_after_its_event_and_before_its_account_is_entitled_once_both_are_there(connect):
    connection = connect()
    assert feed(connection, event(), prefix="a") == ["APPLIED"]
    assert feed(connection, position("1000"), prefix="b") == ["APPLIED"]
    held = rows(connection, "SELECT DISTINCT reason FROM held")
    assert (current(connection), held) == (set(), [("unknown_account",)])
    feed(connection, account(), prefix="c")
    assert current(connection) == {("CA-1", "ACC-1", Decimal(1000), Decimal("212.50"), Decimal(0), 1)}
    assert rows(connection, "SELECT reason FROM held") == []


def test_a_record_that_comes_again_does_nothing(connect):
    connection = connect()
    records = (account(), position("1000"), event())
    feed(connection, *records, prefix="a")
    outbox = rows(connection, "SELECT count(*) FROM outbox")
    assert feed(connection, *records, prefix="a") == []
    assert rows(connection, "SELECT count(*) FROM outbox") == outbox


def test_the_same_content_under_another_record_id_is_a_duplicate_and_other_content_is_quarantined(connect):
    connection = connect()
    feed(connection, position("5", sequence=1), prefix="a")
    again = (
        position("5", sequence=1),
        position("6", sequence=1),
        position("4", sequence=0),
        position("9", sequence=2, source="B"),
    )
    assert feed(connection, *again, prefix="b") == ["DUPLICATE", "QUARANTINED", "STALE", "HELD"]


def test_of_conflicting_facts_the_one_earlier_in_the_stream_stands_though_it_arrives_last(connect):
    connection = connect()
    late = facts(*(position("0", "2020-01-01"),) * 5, position("6"), position("7", source="B", sequence=3), prefix="s")
    process(connection, late[5:6], RULES, NOW)
    process(connection, late[6:], RULES, NOW)
    outcomes = process(connection, [Fact.read({"record_id": "s:4", "record": position("5")})], RULES, NOW)
    assert outcomes["s:4"].state == "APPLIED"
    of_b = process(connection, [Fact.read({"record_id": "s:3", "record": position("9", source="B")})], RULES, NOW)
    assert of_b["s:3"].state == "APPLIED"
    found = rows(
        connection, "SELECT record_id, outcome, reason FROM inbox WHERE identity LIKE '%%2026-03-16' ORDER BY 1"
    )
    assert found == [
        ("s:3", "APPLIED", ""),
        ("s:4", "HELD", "second_source"),
        ("s:5", "QUARANTINED", "conflicting_content"),
        ("s:6", "APPLIED", ""),
    ]
    assert rows(connection, "SELECT settled_quantity, source FROM current_positions") == [(Decimal(7), "B")]
    assert rows(connection, "SELECT key FROM outbox WHERE kind = 'quarantine'") == [("s:5",)]


def test_a_late_position_makes_a_revision_and_the_same_result_makes_none(connect):
    connection = connect()
    feed(connection, account(), position("1000"), event(), prefix="a")
    feed(connection, position("2000", sequence=1), prefix="b")
    feed(connection, position("7", "2026-03-17"), account(documentation_status="valid", sequence=1), prefix="c")
    assert history(connection) == [
        (1, "SUPERSEDED", False, Decimal("212.50")),
        (2, "CALCULATED", False, Decimal("425.00")),
    ]


def test_a_cancellation_reverses_in_full(connect):
    connection = connect()
    feed(connection, account(), position("1000"), event(), prefix="a")
    cancel = {"record_type": "corporate_action", "corporate_action_event_id": "CA-1", "version": 2, "function": "CANC"}
    feed(connection, cancel, prefix="b")
    assert history(connection) == [(1, "REVERSED", False, Decimal("212.50")), (1, "REVERSED", True, Decimal("-212.50"))]


def test_a_replacement_after_confirmation_is_a_reversal(connect):
    connection = connect()
    feed(connection, account(), position("1000"), event(), prefix="a")
    confirmation = {
        "record_type": "confirmation",
        "corporate_action_event_id": "CA-1",
        "safekeeping_account": "ACC-1",
        "option_number": "001",
    }
    feed(connection, confirmation, prefix="b")
    assert rows(connection, "SELECT payment_status FROM entitlements") == [("CONFIRMED",)]
    feed(connection, event(version=2, function="REPL", option={"gross_rate": "0.5", "currency": "USD"}), prefix="c")
    assert [(row[0], row[1], row[2]) for row in history(connection)] == [
        (1, "REVERSED", False),
        (1, "REVERSED", True),
        (2, "CALCULATED", False),
    ]


def test_a_payment_that_is_taken_back_is_expected_again_and_paid_anew_confirmed(connect):
    connection = connect()
    feed(connection, account(), position("1000"), event(), prefix="a")
    named = {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001"}
    paid = {"record_type": "confirmation", **named, "posting_amount": "212.50", "payment_reference": "P"}
    reversal = paid | {"posting_amount": "-212.50", "payment_reference": "R", "reversed_reference": "P"}
    statuses = []
    for number, record in enumerate((paid, reversal, paid | {"payment_reference": "Q"})):
        feed(connection, record, prefix=f"b{number}")
        statuses += rows(connection, "SELECT payment_status, confirmed_at IS NULL FROM entitlements")
    assert statuses == [("CONFIRMED", False), ("EXPECTED", True), ("CONFIRMED", False)]


def test_an_event_awaits_its_record_date(connect):
    connection = connect()
    on_the_day, day_after = datetime(2026, 3, 16, 23, tzinfo=UTC), datetime(2026, 3, 17, 1, tzinfo=UTC)
    feed(connection, account(), position("1000"), event(), prefix="a", now=on_the_day)
    assert current(connection) == set()
    calculate_due(connection, ["CA-1"], RULES, day_after)
    assert len(current(connection)) == 1


def test_every_opened_revision_is_announced_once_and_names_the_one_it_supersedes(connect):
    connection = connect()
    feed(connection, account(), position("1000"), event(), prefix="a")
    feed(connection, position("2000", sequence=1), prefix="b")
    announced = rows(
        connection, "SELECT key, body ->> 'revision', body ->> 'supersedes' FROM outbox WHERE kind = 'announce'"
    )
    assert announced == [("CA-1/ACC-1/001", "1", None), ("CA-1/ACC-1/001", "2", "1")]


def test_a_failure_leaves_nothing(connect):
    connection = connect()
    feed(connection, account(), position("1000"), prefix="a")
    broken = [*facts(event(), prefix="b"), Fact("b:x", facts(event(version=2))[0].record, {"not": {"json"}})]
    with pytest.raises(TypeError):
        process(connection, broken, RULES, NOW)
    assert rows(connection, "SELECT count(*) FROM facts") == [(2,)]


def test_an_event_whose_new_version_lacks_its_terms_or_is_not_due_yet_takes_back_what_was_calculated(connect):
    connection = connect()
    feed(connection, account(), position("1000"), event(), prefix="a")
    feed(connection, event(version=2, function="REPL", option={"currency": "USD"}), prefix="b")
    assert current(connection) == set()
    feed(connection, event(version=3, function="REPL"), prefix="c")
    assert len(current(connection)) == 1
    feed(connection, event(version=4, function="REPL", record_date="2030-01-02"), prefix="d")
    assert current(connection) == set()


def test_a_split_adjusts_lots_once_its_record_date_has_passed(connect):
    connection = connect()
    on_the_day, day_after = datetime(2026, 3, 16, 23, tzinfo=UTC), datetime(2026, 3, 17, 1, tzinfo=UTC)
    feed(connection, account(), trade("B1", "BUY", "30", "2025-01-02"), SPLIT, prefix="a", now=on_the_day)
    calculate_due(connection, ["CA-2"], RULES, day_after)
    assert rows(connection, "SELECT quantity FROM tax_lots WHERE closed_at IS NULL") == [(Decimal(45),)]


def test_held_for_want_of_a_rate_is_due_again_only_once_the_rules_are_others(connect):
    connection = connect()
    none = Rules(WithholdingRates.from_document(rates()), None, "0", "1")
    feed(connection, account(), position("1000"), event(), prefix="a", rules=none)
    with connection.cursor() as cursor:
        assert due.due_events(cursor, NOW.date(), none.version) == []
        assert due.due_events(cursor, NOW.date(), RULES.version) == ["CA-1"]
    calculate_due(connection, ["CA-1"], RULES, NOW)
    assert len(current(connection)) == 1
    with connection.cursor() as cursor:
        assert due.due_events(cursor, NOW.date(), "other") == []


def test_one_session_at_a_time_looks_for_due_events(connect):
    first, second = connect(), connect()
    with first.cursor() as one, second.cursor() as other:
        assert [locks.lead_due_events(one), locks.lead_due_events(other), locks.lead_due_events(one)] == [
            True,
            False,
            True,
        ]
        first.close()
        deadline.wait_for("the lock freed", lambda: locks.lead_due_events(other), bool, 10)
