import base64
import json
import uuid
from datetime import datetime, timedelta

import pytest
from boto3.dynamodb.types import TypeDeserializer
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tests.unit.domain.facts import APPLE, account, position
from tests.unit.domain.messages.examples import example

_READ = TypeDeserializer().deserialize


def put(ingest, *lines):
    """Puts raw lines on the stream; returns their record ids."""
    entries = [
        {"Data": line if isinstance(line, bytes) else json.dumps(line).encode(), "PartitionKey": "p"} for line in lines
    ]
    answer = ingest.client("kinesis").put_records(StreamName="positions", Records=entries)
    assert answer["FailedRecordCount"] == 0
    return [f"{each['ShardId']}:{each['SequenceNumber']}" for each in answer["Records"]]


def eventually(look, seconds=30):
    """What `look` gives once it is not None; the deadline's error names what was looked for."""
    retrying = Retrying(
        stop=stop_after_delay(seconds), wait=wait_fixed(0.1), retry=retry_if_result(lambda value: value is None)
    )
    return retrying(look)


def item(ingest, table, **key):
    found = ingest.client("dynamodb").get_item(
        TableName=table, Key={name: {"S": value} for name, value in key.items()}, ConsistentRead=True
    )
    return {name: _READ(value) for name, value in found["Item"].items()} if "Item" in found else None


def state(ingest, record_id):
    return eventually(lambda: item(ingest, "queue-state", id=record_id))


def receive(ingest, url, wanted):
    """The first message whose body `wanted` accepts; messages are never deleted and come back to others."""
    sqs = ingest.client("sqs")

    def look():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
            "Messages", []
        ):
            body = json.loads(message["Body"])
            if wanted(body):
                return body
        return None

    return eventually(look)


@pytest.fixture
def fresh():
    return f"ACC-{uuid.uuid4().hex[:12]}"


def test_a_record_becomes_a_fact_in_a_request_with_its_state(ingest, fresh):
    (record_id,) = put(ingest, account(fresh, residence="gb"))
    request = receive(
        ingest, ingest.requests_url, lambda body: any(fact["record_id"] == record_id for fact in body["facts"])
    )
    (fact,) = [each for each in request["facts"] if each["record_id"] == record_id]
    assert (request["kind"], fact["record"]["residence"]) == ("facts", "GB")
    known = state(ingest, record_id)
    assert (known["state"], known["record_identity"], known["request_id"]) == ("RECEIVED", fresh, request["request_id"])
    assert eventually(lambda: item(ingest, "queue-state", id=request["request_id"]))["kind"] == "request"


def test_a_higher_sequence_wins_whatever_the_order_and_a_second_source_changes_nothing(ingest, fresh):
    statements = [
        position("20", safekeeping_account=fresh, sequence=2),
        position("10", safekeeping_account=fresh, sequence=1),
        position("99", safekeeping_account=fresh, sequence=9, source="CUSTODIAN-B"),
    ]
    last = put(ingest, *statements, account(fresh))[-1]
    state(ingest, last)
    receive(ingest, ingest.requests_url, lambda body: any(fact["record_id"] == last for fact in body["facts"]))
    kept = item(ingest, "positions", safekeeping_account=fresh, position_key=f"{APPLE}#DTCYUS33#2026-03-16")
    assert (kept["settled_quantity"], kept["source"]) == ("20", "CUSTODIAN-A")


@pytest.mark.parametrize(
    ("line", "reason", "field"),
    [
        (b"{not json", "not_json", ""),
        (b"\xff\xfe", "not_utf8", ""),
        (b"[" * 100_000, "not_json", ""),
        (b'{"record_type": "poem"}', "unknown_record_type", "record_type"),
        (json.dumps(position("5", on_loan_quantity="-5")).encode(), "negative_quantity", "on_loan_quantity"),
        (json.dumps(position("5", isin="US0378331006")).encode(), "invalid_isin", "isin"),
    ],
    ids=["not JSON", "not UTF-8", "too deep", "unknown type", "negative", "check digit"],
)
def test_a_bad_line_is_quarantined_with_reason_and_original_and_the_next_one_goes_on(
    ingest, fresh, line, reason, field
):
    bad, good = put(ingest, line, account(fresh))
    message = receive(ingest, ingest.dead_letters_url, lambda body: body["record_id"] == bad)
    assert (message["kind"], message["reason"], message["field"]) == ("quarantine", reason, field)
    assert base64.b64decode(message["original_base64"]) == line
    assert (state(ingest, bad)["state"], state(ingest, good)["state"]) == ("QUARANTINED", "RECEIVED")


def test_the_outcome_of_a_quarantined_record_expires_and_that_of_one_received_does_not(ingest, fresh):
    bad, good = put(ingest, b"{", account(fresh))
    eventually(lambda: state(ingest, bad)["state"] == "QUARANTINED")
    came = datetime.fromisoformat(state(ingest, bad)["received_at"])
    assert int(state(ingest, bad)["expires_at"]) == int((came + timedelta(days=30)).timestamp())
    assert "expires_at" not in state(ingest, good)


def test_a_large_original_is_kept_in_the_bucket(ingest):
    line = b"x" * 700_001
    (bad,) = put(ingest, line)
    message = receive(ingest, ingest.dead_letters_url, lambda body: body["record_id"] == bad)
    kept = ingest.client("s3").get_object(Bucket="reports", Key=message["original_s3_key"])["Body"].read()
    assert (kept == line, "original_base64" in message) == (True, False)


def facts_of(ingest, line_id, count):
    """The facts of one line by record id, once all of them have been sent on. What is seen is hidden for a moment, so that the ten
    messages of a call are not always the same."""
    found = {}

    def look():
        sqs = ingest.client("sqs")
        answer = sqs.receive_message(QueueUrl=ingest.requests_url, MaxNumberOfMessages=10, VisibilityTimeout=3)
        for message in answer.get("Messages", []):
            facts = json.loads(message["Body"])["facts"]
            found.update({each["record_id"]: each["record"] for each in facts if each["record_id"].startswith(line_id)})
        return found if len(found) == count else None

    return eventually(look)


@pytest.mark.parametrize("name", ["holdings.fin", "holdings.xml"])
def test_a_statement_in_either_standard_becomes_its_positions_each_under_the_lines_id(ingest, fresh, name):
    (line_id,) = put(ingest, example(name, ("ACC-0001", fresh)))
    facts = facts_of(ingest, line_id, 3)
    assert {key: record["record_type"] for key, record in facts.items()} == {
        line_id: "position",
        f"{line_id}/2": "statement",
        f"{line_id}/3": "position",
    }
    known = state(ingest, line_id)
    assert (known["state"], known["records"], known["record_type"]) == ("RECEIVED", "3", "position")
    assert state(ingest, f"{line_id}/3")["record_identity"] == f"{fresh}/US5949181045/DTCYUS33/2026-03-16"
    held = [
        item(ingest, "positions", safekeeping_account=fresh, position_key=f"{isin}#DTCYUS33#2026-03-16")
        for isin in (APPLE, "US5949181045")
    ]
    assert [(each["settled_quantity"], each["source"]) for each in held] == [("1000", "CUSTUS33"), ("12.5", "CUSTUS33")]


def test_a_message_with_one_bad_line_is_quarantined_whole_with_the_field_at_fault(ingest, fresh):
    message = example("holdings.fin", ("ACC-0001", fresh), ("US5949181045", "US5949181044"))
    bad, good = put(ingest, message, account(fresh))
    told = receive(ingest, ingest.dead_letters_url, lambda body: body["record_id"] == bad)
    assert (told["reason"], told["field"]) == ("invalid_isin", "SUBSAFE/FIN[2]/35B")
    assert base64.b64decode(told["original_base64"]) == message
    assert (state(ingest, bad)["state"], state(ingest, good)["state"]) == ("QUARANTINED", "RECEIVED")
    assert item(ingest, "positions", safekeeping_account=fresh, position_key=f"{APPLE}#DTCYUS33#2026-03-16") is None
