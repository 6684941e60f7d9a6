"""Messages of the queue: whatever they hold, each entry has one outcome, and the engine goes on."""

import base64
import json
from types import SimpleNamespace

import psycopg2
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from sending import Quarantine
from servicing_engine.folding import processing
from servicing_engine.folding.processing import calculate_due, hold_event_of_shard, process, quarantine
from servicing_engine.folding.requests import MOST_ENTRIES, Request, read_request
from servicing_engine.store.faults import is_of_the_record
from servicing_engine.worker import Worker
from tests.unit.domain.facts import account, event, position
from tests.unit.engine.feeding import NOW, RULES, facts, feed, rows, shard_ids

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.just(account()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["record", "record_id", "x"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
_REQUESTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["facts", "recalculate", 5]), "request_id": st.sampled_from(["r", "", "\x00", 5])},
    optional={"facts": _JSON | st.lists(_JSON, max_size=4), "shard_id": _JSON},
)


def message(body):
    return {"MessageId": "m", "Body": body, "Attributes": {"SentTimestamp": "1773619200000"}}


@given(st.text(max_size=40) | (_JSON | _REQUESTS).map(json.dumps))
@settings(max_examples=400)
def test_any_message_is_read_and_each_of_its_entries_once(body):
    request = read_request(message(body))
    found = [*request.facts, *request.quarantines]
    whole = [each for each in request.quarantines if each.record_id == "message:m"]
    names = {each.record_id for each in found}
    assert len(names) == len(found)
    if whole:
        assert (found, whole[0].original) == (whole, body.encode("utf-8", "surrogatepass"))
    else:
        assert (request.shard_id is not None) != bool(found)
        entries = json.loads(body).get("facts", []) if request.shard_id is None else []
        for number, entry in enumerate(entries, 1):
            own = entry.get("record_id") if isinstance(entry, dict) and isinstance(entry.get("record_id"), str) else ""
            assert names & {own, f"message:m/{number}"}


def test_an_entry_that_is_no_fact_is_quarantined_with_its_reason_and_when_it_came():
    entries = [
        {"record_id": "s:1", "record": account()},
        {"record_id": "s:2", "received_at": "2026-03-16T09:00:00.000Z", "record": {**account(), "x": 10**38}},
        {"record": account()},
    ]
    request = read_request(message(json.dumps({"kind": "facts", "request_id": "r", "facts": entries})))
    assert [fact.record_id for fact in request.facts] == ["s:1"]
    digits, nameless = request.quarantines
    assert (digits.record_id, digits.reason, digits.received_at) == ("s:2", "invalid_text", "2026-03-16T09:00:00.000Z")
    assert json.loads(digits.original) == entries[1]["record"]
    assert (nameless.record_id, nameless.field, nameless.received_at) == (
        "message:m/3",
        "record_id",
        "2026-03-16T00:00:00.000Z",
    )


@pytest.mark.parametrize("said", ["soon", "2026-03-16", "2026-02-30T09:00:00Z", "2026-03-16T09:00:00+01:00", 5, None])
def test_an_entry_that_says_no_instant_in_utc_came_when_its_message_did(said):
    entries = [{"record_id": "s:1", "received_at": said, "record": record} for record in (account(), {})]
    for entry in entries:
        request = read_request(message(json.dumps({"kind": "facts", "request_id": "r", "facts": [entry]})))
        (found,) = (*request.facts, *request.quarantines)
        assert found.received_at == "2026-03-16T00:00:00.000Z"


@pytest.mark.parametrize("second", [account("ACC-2"), {"record_type": "account"}])
def test_of_two_entries_with_one_record_id_the_second_is_quarantined_with_its_bytes(second):
    entries = [{"record_id": "s:1", "record": record} for record in (account(), account(), second)]
    request = read_request(message(json.dumps({"kind": "facts", "request_id": "r", "facts": entries})))
    assert [(fact.record_id, fact.record.safekeeping_account) for fact in request.facts] == [("s:1", "ACC-1")]
    (found,) = request.quarantines
    assert (found.record_id, found.reason, json.loads(found.original)) == ("message:m/3", "not_a_request", second)


def test_a_request_of_too_many_entries_is_quarantined_whole():
    body = {"kind": "facts", "request_id": "r", "facts": [{}] * (MOST_ENTRIES + 1)}
    (found,) = read_request(message(json.dumps(body))).quarantines
    assert (found.record_id, found.field) == ("message:m", "facts")


def outbox(connection, kind):
    return dict(rows(connection, "SELECT key, body FROM outbox WHERE kind = %s", kind))


def test_quarantined_entries_are_stored_once_with_their_message_beside_the_good_facts(connect):
    connection = connect()
    found = Quarantine("s:9", "invalid_text", "x", "…", "2026-03-16T09:00:00.000Z", b"\x00\xff")
    for _ in range(2):
        process(connection, facts(account(), prefix="s"), RULES, NOW, "r", [found, found])
    stored = "SELECT record_id, outcome, reason, field, received_at FROM inbox WHERE record_id = 's:9'"
    assert rows(connection, stored) == [("s:9", "QUARANTINED", "invalid_text", "x", "2026-03-16T09:00:00.000Z")]
    assert rows(connection, "SELECT outcome FROM inbox WHERE record_id = 's:0'") == [("APPLIED",)]
    (key, body), *others = outbox(connection, "quarantine").items()
    assert (others, Quarantine.from_json(key, body)) == ([], found)


def test_a_fact_that_raised_is_quarantined_with_its_identity_and_normalised_record(connect):
    connection = connect()
    (fact,) = facts(account(), prefix="s")
    quarantine(connection, [fact.quarantined(ZeroDivisionError("by zero"))], [fact], "r")
    told = "SELECT record_type, identity, reason, detail FROM inbox"
    assert rows(connection, told) == [("account", "ACC-1", "unprocessable", "ZeroDivisionError: by zero")]
    body = outbox(connection, "quarantine")["s:0"]
    assert json.loads(base64.b64decode(body["original_base64"]))["safekeeping_account"] == "ACC-1"


@pytest.mark.parametrize(
    ("first", "second", "field"), [(event(), event(ex_date="2026-03-13"), "version"), (account(), account(residence="FR"), "sequence")]
)  # fmt: skip
def test_a_conflict_names_the_field_by_which_records_of_its_kind_follow_each_other(connect, first, second, field):
    connection = connect()
    feed(connection, first, prefix="a")
    assert feed(connection, second, prefix="b") == ["QUARANTINED"]
    found = Quarantine.from_json("b:0", outbox(connection, "quarantine")["b:0"])
    assert (found.reason, found.field, found.detail.split()[0]) == ("conflicting_content", field, field)


def test_an_event_that_cannot_be_folded_is_held_and_the_next_one_is_folded(connect, monkeypatch):
    connection = connect()
    feed(connection, account(), position("5"), event(), event(corporate_action_event_id="CA-2"), prefix="a")
    fold = processing._fold_or_shard
    folded = []

    def raising(folding, event_id, request_id):
        if event_id == "CA-1":
            raise ZeroDivisionError
        folded.append(event_id)
        fold(folding, event_id, request_id)

    monkeypatch.setattr(processing, "_fold_or_shard", raising)
    calculate_due(connection, ["CA-1", "CA-2"], RULES, NOW)
    held = "SELECT identity, reason, detail FROM held WHERE kind = 'event'"
    assert (rows(connection, held), folded) == ([("CA-1", "unprocessable", "ZeroDivisionError()")], ["CA-2"])


@pytest.mark.parametrize(
    ("statement", "at_fault"),
    [
        ("SELECT 10::bigint ^ 400 * 1e400::float8", True),
        ("SELECT 99999999999::integer", True),
        ("SELECT '\"\\u0000\"'::jsonb::text::jsonb ->> 0", True),
        ("SELECT repeat('x', 10)::date", True),
        ("INSERT INTO inbox (record_id) VALUES ('a')", True),
        ("INSERT INTO inbox (record_id, outcome) SELECT string_agg(md5(n::text), ''), '' FROM generate_series(1, 500) n", True),
        ("INSERT INTO inbox (record_id, outcome) VALUES ('a', ''), ('a', '')", False),
        ("SELECT * FROM no_such_table", False),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)", False),
        ("SELECT pg_terminate_backend(pg_backend_pid())", False),
    ],
)  # fmt: skip
def test_what_postgresql_refuses_of_a_value_is_the_records_fault_and_everything_else_passes(
    connect, statement, at_fault
):
    connection = connect()
    with pytest.raises(psycopg2.Error) as raised, connection.cursor() as cursor:
        cursor.execute(statement)
    assert is_of_the_record(raised.value) is at_fault


def test_a_shard_is_read_as_one():
    body = {"kind": "recalculate", "request_id": "r", "shard_id": 7, "version": 1}
    assert read_request(message(json.dumps(body))) == Request("r", shard_id=7)


@pytest.mark.parametrize(
    ("error", "detail", "is_done"),
    [
        (ValueError("x"), "split into 2 requests", True),
        (BotoCoreError(), "BotoCoreError('An unspecified error occurred')", False),
    ],
)
def test_a_request_that_failed_is_said_to_be_split_unless_aws_failed_which_sends_it_again_whole(error, detail, is_done):
    outcomes, noted = iter([error, None]), []

    def run(_work):
        if raised := next(outcomes):
            raise raised

    worker = Worker(
        SimpleNamespace(run=run), SimpleNamespace(send_message_batch=lambda Entries, **_: {"Successful": Entries}),
        SimpleNamespace(entitlement_requests_queue_url="queue"), SimpleNamespace(note=lambda *said: noted.append(said)),
        lambda: RULES, lambda: NOW,
    )  # fmt: skip
    assert worker._process(Request("r", tuple(facts(account("A1"), account("A2"), prefix="s")))) is is_done
    assert noted[-1] == ("r", "FAILED", detail)


def test_an_event_whose_shard_cannot_be_folded_is_held_its_shards_are_dropped_and_the_request_is_done(
    connect, monkeypatch
):
    monkeypatch.setattr(processing, "SHARD_HOLDERS", 1)
    connection = connect()
    held_by = [raw for number in "12" for raw in (account(number), position("5", safekeeping_account=number))]
    feed(connection, *held_by, event(), prefix="a")
    first, *others = shard_ids(connection)
    assert others
    hold_event_of_shard(connection, first, ZeroDivisionError("by zero"), RULES, NOW, "r")
    held = "SELECT kind, identity, reason, detail, rules_version FROM held"
    told = "SELECT kind, key FROM outbox WHERE kind IN ('request', 'corporate_action') ORDER BY outbox_id DESC LIMIT 2"
    assert rows(connection, held) == [("event", "CA-1", "unprocessable", "ZeroDivisionError('by zero')", RULES.version)]
    assert (shard_ids(connection), rows(connection, told)) == ([], [("corporate_action", "CA-1"), ("request", "r")])
    hold_event_of_shard(
        connection, first, ZeroDivisionError(), RULES, NOW, "again"
    )  # the shard is dropped: its request is done
    assert rows(connection, "SELECT count(*) FROM outbox WHERE (kind, key) = ('request', 'again')") == [(1,)]
    assert rows(connection, "SELECT detail FROM held") == [("ZeroDivisionError('by zero')",)]


def test_a_request_that_is_done_stops_no_worker_though_its_receipt_handle_has_expired(caplog):
    expired = ClientError({"Error": {"Code": "ReceiptHandleIsInvalid"}}, "DeleteMessage")
    asked = []

    def delete_message(**message):
        asked.append(message)
        raise expired

    received = {**message("{not json"), "ReceiptHandle": "expired"}
    sqs = SimpleNamespace(delete_message=delete_message, receive_message=lambda **_: {"Messages": [received]})
    database = SimpleNamespace(connected=lambda: None, run=lambda _work: None)
    settings = SimpleNamespace(entitlement_requests_queue_url="queue")
    Worker(database, sqs, settings, SimpleNamespace(note=lambda *_: None), lambda: RULES, lambda: NOW).step()
    assert asked == [{"QueueUrl": "queue", "ReceiptHandle": "expired"}]
    assert "may come again" in caplog.text
