import random
import threading
from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.rules import Rules, WithholdingRates
from harness import deadline
from servicing_engine import processing
from servicing_engine.processing import calculate_due, calculate_shard, process
from servicing_engine.store import due, locks, published
from servicing_engine.store.facts import Fact
from servicing_engine.store.migrate import ChangedMigrationError, migrate
from tests.unit.domain.facts import account, document, event, position, rate, rates, trade

RULES = Rules(WithholdingRates.from_document(rates(rate("US-GB", "30", "15"))), None, "1", "1")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def facts(*raws, prefix="shard"):
    return [Fact.read({"record_id": f"{prefix}:{index}", "record": raw}) for index, raw in enumerate(raws)]


def feed(connection, *raws, prefix, rules=RULES, now=NOW):
    return [each.state for each in process(connection, facts(*raws, prefix=prefix), rules, now).values()]


def rows(connection, query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def current(connection):
    query = "SELECT corporate_action_event_id, safekeeping_account, eligible_quantity, net_amount, entitled_quantity, version FROM entitlements WHERE status = 'CALCULATED'"
    return set(rows(connection, query))


def history(connection):
    return rows(
        connection, "SELECT revision, status, is_reversal, net_amount FROM entitlements ORDER BY revision, is_reversal"
    )


def test_a_second_migration_changes_nothing(connect):
    assert migrate(connect()) == []


def test_a_migration_that_was_edited_after_it_was_applied_is_refused_by_name(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE migrations SET digest = 'of another text' WHERE name LIKE '0002%'")
    with pytest.raises(ChangedMigrationError, match="0002_"):
        migrate(connection)


def test_a_database_of_the_time_before_digests_is_migrated(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE migrations DROP COLUMN digest")
    assert migrate(connection) == []


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
    assert of_b["s:3"].state == "STALE"
    found = rows(
        connection, "SELECT record_id, outcome, reason FROM inbox WHERE identity LIKE '%%2026-03-16' ORDER BY 1"
    )
    assert found == [
        ("s:3", "STALE", ""),
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


def test_holders_are_read_in_chunks(connect):
    connection = connect()
    holders = [f"ACC-{number:05}" for number in range(2500)]
    records = [raw for holder in holders for raw in (account(holder), position("10", safekeeping_account=holder))]
    feed(connection, *records, prefix="a")
    with patch.object(processing, "SHARD_HOLDERS", 5000):
        feed(connection, event(), prefix="b")
    assert rows(connection, "SELECT count(*), sum(net_amount) FROM entitlements") == [(2500, Decimal("5300.00"))]


SPLIT = event(
    "SPLF",
    {
        "new_to_old": {"numerator": "3", "denominator": "2"},
        "fraction_disposition": "CINL",
        "cash_in_lieu_price": "9",
        "currency": "USD",
    },
    corporate_action_event_id="CA-2",
)
FACTS = [
    *(account(f"ACC-{number}") for number in (1, 2)),
    account("ACC-1", documentation_status="expired", sequence=1),
    *(
        position(str(number * 7), f"2026-03-{number:02}", safekeeping_account=f"ACC-{1 + number % 2}")
        for number in range(10, 16)
    ),
    position("31", safekeeping_place="OTHER", source="CUSTODIAN-B"),
    position("32", safekeeping_place="OTHER", source="CUSTODIAN-B"),
    position("99", safekeeping_place="OTHER", source="CUSTODIAN-C", sequence=5),
    account("ACC-2", residence="FR"),
    event(),
    event(version=2, function="REPL", option={"gross_rate": "0.33", "currency": "USD"}),
    SPLIT,
    trade("B1", "BUY", "33", "2025-01-02"),
    trade("B2", "BUY", "20", "2025-02-02", safekeeping_account="ACC-2"),
    trade("S1", "SELL", "10", "2026-04-01", "8"),
    trade("S2", "SELL", "1000", "2026-04-01", "8"),
    {"record_type": "trade", "trade_id": "B2", "safekeeping_account": "ACC-2", "function": "CANC", "sequence": 1},
]


def expected():
    result = calculate_document(document(*FACTS))
    due = {
        (
            row["corporate_action_event_id"],
            row["safekeeping_account"],
            *(Decimal(row[name]) for name in ("eligible_quantity", "net_amount", "entitled_quantity")),
            row["version"],
        )
        for row in result["entitlements"]
    }
    lots = {
        (lot["lot_id"], Decimal(lot["quantity"]), Decimal(lot["cost_basis"]))
        for lot in result["tax_lots"]
        if not lot["closed_at"]
    }
    return due, lots


def folded(connection):
    return current(connection), set(
        rows(connection, "SELECT lot_id, quantity, cost_basis FROM tax_lots WHERE closed_at IS NULL")
    )


def shard_ids(connection):
    return [shard_id for (shard_id,) in rows(connection, "SELECT shard_id FROM shards ORDER BY shard_id")]


@given(
    st.permutations(range(len(FACTS))),
    st.lists(st.integers(0, len(FACTS) - 1), max_size=8),
    st.integers(1, 6),
    st.sampled_from([1, 1000]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_arrival_order_batching_duplication_and_sharding_folds_to_what_calculate_gives(
    new_database, order, repeated, size, holders, choose
):
    connection = new_database()()
    entries = facts(*FACTS)
    delivered = [entries[index] for index in (*order, *repeated)]
    messages = []
    with patch.object(processing, "SHARD_HOLDERS", holders):
        for start in range(0, len(delivered), size):
            process(connection, delivered[start : start + size], RULES, NOW)
            messages += [each for each in shard_ids(connection) if each not in messages]
            for shard_id in choose.sample(messages, choose.randint(0, len(messages))):
                calculate_shard(connection, shard_id, RULES, NOW)
    for shard_id in messages:
        calculate_shard(connection, shard_id, RULES, NOW)
    assert folded(connection) == expected()
    connection.close()


@pytest.mark.parametrize("holders", [1, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_many_workers_at_once_fold_to_what_calculate_gives(connect, seed, holders):
    entries = facts(*FACTS)
    delivered = [[each] for each in entries + entries]
    random.Random(seed).shuffle(delivered)
    failures = []

    def work():
        connection = connect()
        while delivered:
            try:
                request = delivered.pop()
                process(connection, request, RULES, NOW)
                for shard_id in shard_ids(connection):
                    calculate_shard(connection, shard_id, RULES, NOW)
            except IndexError:
                break
            except Exception as error:  # noqa: BLE001 - whatever a worker raises is shown by the test
                failures.append(error)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    with patch.object(processing, "SHARD_HOLDERS", holders):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
    assert (failures, shard_ids(connect())) == ([], [])
    assert folded(connect()) == expected()


def test_a_large_event_is_stored_with_durable_shards_and_is_calculated_once_all_are_done(connect):
    connection = connect()
    holders = [f"ACC-{number:05}" for number in range(40)]
    feed(
        connection,
        *(raw for each in holders for raw in (account(each), position("10", safekeeping_account=each))),
        prefix="a",
    )
    with patch.object(processing, "SHARD_HOLDERS", 10):
        feed(connection, event(), prefix="b")
    sent = rows(connection, "SELECT (body ->> 'shard_id')::bigint FROM outbox WHERE kind = 'recalculate' ORDER BY 1")
    assert ([each for (each,) in sent], len(sent), current(connection)) == (shard_ids(connection), 4, set())
    counts = []
    for shard_id in shard_ids(connection):
        with connection.cursor() as cursor:
            assert published.event_state(cursor, "CA-1")["state"] == "RECEIVED"
        assert calculate_shard(connection, shard_id, RULES, NOW)
        assert not calculate_shard(connection, shard_id, RULES, NOW)
        counts.append(len(current(connection)))
    with connection.cursor() as cursor:
        assert published.event_state(cursor, "CA-1")["state"] == "CALCULATED"
    assert (counts[0] < counts[1] < counts[2] < counts[3], counts[3]) == (True, 40)


def test_a_shard_of_a_version_that_was_replaced_since_does_nothing(connect):
    connection = connect()
    feed(
        connection,
        account(),
        position("1000"),
        account("ACC-2"),
        position("7", safekeeping_account="ACC-2"),
        prefix="a",
    )
    with patch.object(processing, "SHARD_HOLDERS", 1):
        feed(connection, event(), prefix="b")
        old = shard_ids(connection)
        feed(connection, event(version=2, function="REPL", option={"gross_rate": "1", "currency": "USD"}), prefix="c")
    assert [calculate_shard(connection, each, RULES, NOW) for each in old] == [False, False]
    assert [calculate_shard(connection, each, RULES, NOW) for each in shard_ids(connection)] == [True, True]
    assert {row[5] for row in current(connection)} == {2}


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
