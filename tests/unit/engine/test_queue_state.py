"""queue-state items of records and requests, as the task writes them to the real emulator."""

import json
import uuid

from servicing_engine.publishing.queue_state import RequestStates, State, advance
from tests.unit.domain.facts import event
from tests.unit.engine.engine_target import eventually, fresh_facts, request, state_of


def test_a_held_record_keeps_what_ingest_wrote_and_becomes_applied_and_its_requests_are_published(target, task):
    _, _, (of_account, of_position) = fresh_facts()
    record_id, request_id = f"shard:{uuid.uuid4().hex}", uuid.uuid4().hex
    received = {"received_at": "2026-03-17T10:00:00.000Z", "request_id": request_id, "state": "RECEIVED"}
    for item_id, item in ((record_id, received | {"kind": "record"}), (request_id, received | {"kind": "request"})):
        values = {name: {"S": value} for name, value in {**item, "id": item_id}.items()}
        target.client("dynamodb").put_item(TableName="queue-state", Item=values)
    body = {"kind": "facts", "request_id": request_id, "facts": [{"record_id": record_id, "record": of_position}]}
    queue = target.environment["ENTITLEMENT_REQUESTS_QUEUE_URL"]
    target.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
    eventually(lambda: state_of(target, record_id).get("state") == "HELD")
    assert state_of(target, record_id)["reason"] == "unknown_account"
    request(target, of_account)
    eventually(lambda: state_of(target, record_id)["state"] == "APPLIED")
    item = state_of(target, record_id)
    assert (item["received_at"], item["request_id"], "reason" in item) == (received["received_at"], request_id, False)
    eventually(lambda: state_of(target, request_id)["state"] == "PUBLISHED")
    assert state_of(target, request_id)["received_at"] == received["received_at"]


def test_a_state_never_goes_backwards_and_one_that_is_beyond_keeps_no_other_from_being_written(target):
    dynamodb = target.client("dynamodb")
    one, other = uuid.uuid4().hex, uuid.uuid4().hex
    advance(dynamodb, "queue-state", [State(one, 7, {"state": "APPLIED", "reason": ""})])
    late = [State(one, 6, {"state": "HELD", "reason": "no_rate"}), State(other, 6, {"state": "HELD", "reason": "x"})]
    advance(dynamodb, "queue-state", late)
    assert [(state_of(target, each)["state"], state_of(target, each)["state_version"]) for each in (one, other)] == [
        ("APPLIED", 7),
        ("HELD", 6),
    ]


def test_of_several_states_of_one_item_in_a_call_the_furthest_is_written(target):
    one, other = uuid.uuid4().hex, uuid.uuid4().hex
    states = [State(each, version, {"state": f"S{version}"}) for version in (4, 6, 5) for each in (one, other)]
    advance(target.client("dynamodb"), "queue-state", states)
    assert [state_of(target, each)["state"] for each in (one, other)] == ["S6", "S6"]


def test_notes_on_a_request_are_written_in_one_go_and_the_furthest_wins(target):
    states = RequestStates(target.client("dynamodb"), "queue-state")
    one, other = uuid.uuid4().hex, uuid.uuid4().hex
    for request_id, state in ((one, "CLAIMED"), (other, "CLAIMED"), (one, "COMMITTED"), (one, "CLAIMED")):
        states.note(request_id, state)
    states.flush()
    states.note(one, "FAILED", "why")
    states.flush()
    assert [state_of(target, each)["state"] for each in (one, other)] == ["COMMITTED", "CLAIMED"]


def test_a_large_event_goes_through_shards_and_its_record_is_applied_when_all_are_published(target, task):
    event_id, (tag,), _ = fresh_facts()
    isin = "JP3633400001"
    connection = target.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO current_records (record_type, identity, sequence, body)
               SELECT 'account', %(tag)s || n, 0, jsonb_build_object('record_type', 'account', 'residence', 'GB', 'relief_method', 'FIFO',
                   'safekeeping_account', %(tag)s || n, 'beneficial_owner', 'portfolio_investor', 'documentation_status', 'valid')
               FROM generate_series(1, 1100) AS n""",
            {"tag": tag},
        )
        cursor.execute(
            """INSERT INTO current_positions SELECT %(tag)s || n, %(isin)s, 'DTCYUS33', '2026-03-16', 1000, 'A', 0
               FROM generate_series(1, 1100) AS n""",
            {"tag": tag, "isin": isin},
        )
    (record_id,) = request(target, event(corporate_action_event_id=event_id, isin=isin))
    eventually(lambda: state_of(target, record_id).get("state") == "APPLIED", seconds=120)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM entitlements WHERE corporate_action_event_id = %s), count(*) FROM outbox WHERE published_at IS NULL",
            (event_id,),
        )
        assert cursor.fetchone() == (1100, 0)
        cursor.execute("SELECT count(*) FROM outbox WHERE kind = 'recalculate' AND key LIKE %s", (f"{event_id}/%",))
        assert cursor.fetchone() == (2,)
    connection.close()
