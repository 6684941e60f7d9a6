"""What is kept for some days only: published rows of the outbox, and outcomes in queue-state."""

import json
import time
import uuid

from servicing_engine.publishing.queue_state import State
from servicing_engine.store import outbox
from servicing_engine.task import PRUNED_AT_ONCE, _prune
from tests.unit.engine.engine_target import eventually, fresh_facts, request, state_of
from tests.unit.engine.feeding import rows

DAY = 24 * 60 * 60


def publish(connection, key, days_ago, parked=None):
    """A row of this key, published so many days ago; None: not yet."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO outbox (kind, key, body, partition, parked, published_at)
               VALUES ('record', %s, '{}', -1, %s, now() - make_interval(days => %s))""",
            (key, parked, days_ago),
        )


def prune(connection, most=10):
    with connection, connection.cursor() as cursor:
        return outbox.prune(cursor, 7, most)


def keys(connection):
    return [key for (key,) in rows(connection, "SELECT key FROM outbox ORDER BY outbox_id")]


def test_rows_published_longer_ago_are_pruned_and_no_row_that_is_younger_or_unpublished(connect):
    connection = connect()
    for key, days_ago in (("old", 8), ("young", 6), ("waiting", None)):
        publish(connection, key, days_ago)
    publish(connection, "parked", None, parked="refused")
    assert prune(connection) == 1
    assert keys(connection) == ["young", "waiting", "parked"]


def test_the_oldest_rows_go_first_and_no_more_than_a_batch_at_once(connect):
    connection = connect()
    for key, days_ago in (("third", 8), ("first", 10), ("second", 9)):
        publish(connection, key, days_ago)
    assert prune(connection, most=2) == 2
    assert keys(connection) == ["third"]


def test_a_round_prunes_batch_after_batch(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO outbox (kind, key, body, published_at)
               SELECT 'record', 'r', '{}', now() - interval '8 days' FROM generate_series(1, %s)""",
            (2 * PRUNED_AT_ONCE + 1,),
        )
    _prune(connection, 7)
    assert keys(connection) == []


def test_the_oldest_published_rows_are_found_by_their_index(connect):
    connection = connect()
    publish(connection, "old", 8)
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows(connection, "EXPLAIN SELECT 1 FROM outbox WHERE published_at < now() ORDER BY published_at LIMIT 9")
    assert "outbox_published" in str(plan)


def test_outcomes_expire_and_what_may_still_change_does_not(target, task):
    _, _, (of_account, of_position) = fresh_facts()
    request_id, record_id = uuid.uuid4().hex, f"shard:{uuid.uuid4().hex}"
    body = {"kind": "facts", "request_id": request_id, "facts": [{"record_id": record_id, "record": of_position}]}
    queue = target.environment["ENTITLEMENT_REQUESTS_QUEUE_URL"]
    target.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
    eventually(lambda: state_of(target, record_id).get("state") == "HELD")
    assert "expires_at" not in state_of(target, record_id)
    request(target, of_account)
    eventually(lambda: state_of(target, record_id)["state"] == "APPLIED")
    eventually(lambda: state_of(target, request_id)["state"] == "PUBLISHED")
    kept = [int(state_of(target, item_id)["expires_at"]) - time.time() for item_id in (record_id, request_id)]
    assert all(29 * DAY < seconds <= 30 * DAY for seconds in kept), kept


def test_a_state_that_is_kept_for_ever_takes_an_earlier_expiry_away():
    update = State("r", 1, {"state": "HELD"}).update("queue-state")
    assert "REMOVE" in update["UpdateExpression"]
    assert "#expires_at" in update["UpdateExpression"].partition("REMOVE")[2]
