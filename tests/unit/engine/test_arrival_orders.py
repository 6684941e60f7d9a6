import random
import threading
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from servicing_engine import processing
from servicing_engine.processing import calculate_shard, process
from servicing_engine.store import published
from tests.unit.domain.facts import account, document, event, position
from tests.unit.engine.feeding import FACTS, NOW, RULES, current, facts, feed, rows, shard_ids


def test_holders_are_read_in_chunks(connect):
    connection = connect()
    holders = [f"ACC-{number:05}" for number in range(2500)]
    records = [raw for holder in holders for raw in (account(holder), position("10", safekeeping_account=holder))]
    feed(connection, *records, prefix="a")
    with patch.object(processing, "SHARD_HOLDERS", 5000):
        feed(connection, event(), prefix="b")
    assert rows(connection, "SELECT count(*), sum(net_amount) FROM entitlements") == [(2500, Decimal("5300.00"))]


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
