import random
import threading
from decimal import Decimal
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from servicing_engine.folding import processing
from servicing_engine.folding.processing import calculate_shard, process
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


def confirmed(event_id, number, **changes):
    named = {"corporate_action_event_id": event_id, "safekeeping_account": number, "option_number": "001"}
    return {"record_type": "confirmation", **named, **changes}


PAID_FACTS = [
    *(account(f"ACC-{number}") for number in (1, 2, 3)),
    *(position(str(number * 70), safekeeping_account=f"ACC-{number}") for number in (1, 2, 3)),
    position("75", sequence=1),
    event(),
    event(corporate_action_event_id="CA-3", option={"gross_rate": "0.5", "currency": "USD"}),
    confirmed("CA-1", "ACC-1", posting_amount="14.88"),
    confirmed("CA-1", "ACC-2"),
    confirmed("CA-1", "ACC-2", posting_date="2026-03-30", sequence=1),
    confirmed("CA-3", "ACC-3", posting_amount="1"),
    confirmed("CA-3", "ACC-9"),
]


@given(st.permutations(range(len(PAID_FACTS))), st.integers(1, 4), st.sampled_from([1, 1000]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_paid_is_the_same_whether_its_confirmation_comes_before_or_after_it(new_database, order, size, holders):
    connection = new_database()()
    entries = facts(*PAID_FACTS)
    with patch.object(processing, "SHARD_HOLDERS", holders):
        for start in range(0, len(order), size):
            process(connection, [entries[index] for index in order[start : start + size]], RULES, NOW)
            for shard_id in shard_ids(connection):
                calculate_shard(connection, shard_id, RULES, NOW)
    names = ("corporate_action_event_id", "safekeeping_account", "payment_status")
    calculated = {
        tuple(row[name] for name in names) for row in calculate_document(document(*PAID_FACTS))["entitlements"]
    }
    assert len({row for row in calculated if row[2] == "CONFIRMED"}) == 3
    query = f"SELECT {', '.join(names)}, confirmed_at IS NOT NULL FROM entitlements WHERE status = 'CALCULATED'"
    assert set(rows(connection, query)) == {(*row, row[2] == "CONFIRMED") for row in calculated}
    connection.close()


PAID_BY_THE_FIRST = event(version=2, function="REPL", option={"gross_rate": "0.5", "currency": "USD"})


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ([event(), confirmed("CA-1", "ACC-1"), PAID_BY_THE_FIRST], "EXPECTED"),
        ([confirmed("CA-1", "ACC-1"), event(), PAID_BY_THE_FIRST], "EXPECTED"),
        ([confirmed("CA-1", "ACC-1", posting_amount="425"), event(), PAID_BY_THE_FIRST], "CONFIRMED"),
        ([confirmed("CA-1", "ACC-1"), event(), event(version=2, function="REPL")], "CONFIRMED"),
        ([event(), PAID_BY_THE_FIRST, confirmed("CA-1", "ACC-1", version=1)], "EXPECTED"),
        ([event(), event(version=2, function="REPL"), confirmed("CA-1", "ACC-1", version=1)], "CONFIRMED"),
        ([event(), confirmed("CA-1", "ACC-1", version=2)], "EXPECTED"),
        ([event(), confirmed("CA-1", "ACC-1", version=2), PAID_BY_THE_FIRST], "CONFIRMED"),
    ],
)
def test_what_an_earlier_version_was_paid_is_no_payment_of_the_present_one_unless_the_figures_are_its_own(
    connect, records, status
):
    connection = connect()
    for index, record in enumerate([account(), position("1000"), *records]):
        feed(connection, record, prefix=f"r{index}")
    assert rows(connection, "SELECT payment_status FROM entitlements WHERE status = 'CALCULATED'") == [(status,)]
    result = calculate_document(document(account(), position("1000"), *records))
    assert [row["payment_status"] for row in result["entitlements"]] == [status]


@pytest.mark.parametrize(
    "records",
    [
        [event(), confirmed("CA-1", "ACC-1", version=1), event(version=2, function="REPL")],
        [event(), confirmed("CA-1", "ACC-1"), event(version=2, function="REPL")],
        [event(), confirmed("CA-1", "ACC-1", version=2), event(version=2, function="REPL")],
        [event(), confirmed("CA-1", "ACC-1", version=1), *(event(version=each, function="REPL") for each in (2, 3))],
        [event(), confirmed("CA-1", "ACC-1", version=1), PAID_BY_THE_FIRST, confirmed("CA-1", "ACC-1", version=2, payment_reference="P2")],
    ],
)  # fmt: skip
def test_calculate_and_the_engine_reverse_what_a_version_was_paid_that_another_of_any_figures_replaced(
    connect, records
):
    connection = connect()
    for index, record in enumerate([account(), position("1000"), *records]):
        feed(connection, record, prefix=f"r{index}")
    reversals = "SELECT version, gross_amount::text FROM entitlements WHERE is_reversal ORDER BY version"
    said = calculate_document(document(account(), position("1000"), *records))
    assert rows(connection, reversals) == sorted((row["version"], row["gross_amount"]) for row in said["reversals"])
    standing = "SELECT version, payment_status FROM entitlements WHERE status = 'CALCULATED'"
    assert rows(connection, standing) == [(row["version"], row["payment_status"]) for row in said["entitlements"]]


def test_what_was_never_paid_is_superseded_though_an_earlier_version_was(connect):
    connection = connect()
    third = event(version=3, function="REPL", option={"gross_rate": "1", "currency": "USD"})
    records = [account(), position("1000"), event(), confirmed("CA-1", "ACC-1"), PAID_BY_THE_FIRST, third]
    for index, record in enumerate(records):
        feed(connection, record, prefix=f"r{index}")
    assert rows(connection, "SELECT revision, status FROM entitlements ORDER BY revision, is_reversal") == [
        (1, "REVERSED"), (1, "REVERSED"), (2, "SUPERSEDED"), (3, "CALCULATED")]  # fmt: skip
