"""Writes of relays to the real emulator: what comes late from one that has lost its partition does nothing."""

import uuid
from types import SimpleNamespace

import pytest

from servicing_engine.publishing.fenced import Fence, SupersededError
from servicing_engine.publishing.relay import Relay
from servicing_engine.store import outbox
from tests.unit.engine.engine_target import state_of
from tests.unit.engine.feeding import rows

TABLE = "queue-state"


def put(item_id, said):
    return {"Put": {"Item": {"id": {"S": item_id}, "said": {"S": said}}}}


def gone(item_id):
    return {"Delete": {"Key": {"id": {"S": item_id}}}}


@pytest.fixture
def fence(target):
    """A function that gives the fence of a partition of the test's own, at a version."""
    dynamodb, partition = target.client("dynamodb"), uuid.uuid4().int % 10**9
    return lambda version: Fence(dynamodb, TABLE, partition, version)


def test_a_write_that_comes_late_changes_nothing(target, fence):
    item_id = uuid.uuid4().hex
    fence(8).write(TABLE, [put(item_id, "newer")])
    with pytest.raises(SupersededError, match="another relay's"):
        fence(7).write(TABLE, [put(item_id, "older")])
    assert state_of(target, item_id)["said"] == "newer"


def test_a_write_that_comes_late_brings_nothing_back_that_was_deleted(target, fence):
    item_id = uuid.uuid4().hex
    fence(7).write(TABLE, [put(item_id, "older")])
    fence(8).write(TABLE, [gone(item_id)])
    with pytest.raises(SupersededError):
        fence(7).write(TABLE, [put(item_id, "older")])
    assert not state_of(target, item_id)


def test_a_relay_writes_as_much_as_it_will_under_one_version(target, fence):
    item_ids = [uuid.uuid4().hex for _ in range(150)]
    for said in ("first", "last"):
        fence(7).write(TABLE, [put(item_id, said) for item_id in item_ids])
    assert {state_of(target, item_id)["said"] for item_id in item_ids} == {"last"}


def test_partitions_have_fences_of_their_own(target, fence):
    other = Fence(target.client("dynamodb"), TABLE, uuid.uuid4().int % 10**9, 7)
    item_id = uuid.uuid4().hex
    fence(8).write(TABLE, [])
    fence(8).write(TABLE, [put(uuid.uuid4().hex, "")])
    other.write(TABLE, [put(item_id, "done")])
    assert state_of(target, item_id)["said"] == "done"


def test_a_chunk_of_a_superseded_relay_is_left_to_the_next_one(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        outbox.enqueue(cursor, [("project", "CA-1/ACC-1/001", {})])

    def superseded(*_):
        raise SupersededError("late")

    names = ("queue_state_table", "dead_letter_queue_url", "reports_bucket", "entitlement_requests_queue_url")
    settings, database = (
        SimpleNamespace(**dict.fromkeys(names, ""), queue_state_days="30"),
        SimpleNamespace(run=lambda work: work(connection)),
    )
    relay = Relay(database, SimpleNamespace(s3=None, publish=superseded), None, None, settings)
    assert relay.publish() == 0
    assert rows(connection, "SELECT published_at, parked, tries FROM outbox") == [(None, None, 0)]
