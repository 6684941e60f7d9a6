"""Any bytes at any edge have one outcome, which every service carries."""

import base64
import json
import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.records import parse_record, read_json
from functions.api_handler.routes import make_app
from functions.api_handler.settings import Settings
from functions.ingest_normalizer import lines
from functions.ingest_normalizer.lines import Fact, Line, read
from functions.position_item import MOST_BYTES
from sending import MOST_MESSAGE_BYTES, Quarantine, send_quarantines
from tests.unit.domain.facts import account, position
from tests.unit.domain.messages.examples import ALL, example

CARRIED = re.compile("[\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*\\Z")
"""What a message of SQS may hold (API reference, SendMessage)."""
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8) | st.sampled_from(["\ufffe", "\ud800", "\x00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=4), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


def _bytes_of(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def _changed(draw):
    """A good record or message with some of its bytes replaced, or a record with a field of any JSON."""
    data = draw(st.sampled_from([*(example(name) for name in ALL), _bytes_of(account()), _bytes_of(position("5"))]))
    start = draw(st.integers(0, len(data)))
    return data[:start] + draw(st.binary(max_size=4)) + data[start + draw(st.integers(0, 40)) :]


RECORDS = st.builds(
    lambda record, name, value: _bytes_of({**record, name: value}),
    st.sampled_from([account(), position("5")]),
    st.sampled_from(["x", "", "source", "sequence", "as_of_date", "isin"]),
    _JSON,
)
BODIES = st.builds(
    lambda name, value: _bytes_of({"safekeeping_place": "P", "as_of_date": "2026-03-16", "settled_quantity": "5", "source": "A", name: value}),
    st.sampled_from(["x", "", "source", "sequence", "as_of_date"]),
    _JSON,
)  # fmt: skip
ANY = st.binary(max_size=60) | _JSON.map(_bytes_of) | RECORDS | BODIES | _changed()


class Sent:
    """A queue and a bucket that keep what they are given."""

    def __init__(self):
        self.bodies, self.objects = [], {}

    def send_message_batch(self, QueueUrl, Entries):
        assert len(Entries) <= 10
        assert sum(len(entry["MessageBody"].encode()) for entry in Entries) <= MOST_MESSAGE_BYTES
        self.bodies += [entry["MessageBody"] for entry in Entries]
        return {}

    def put_object(self, Bucket, Key, Body):
        self.objects[Key] = Body


def assert_carried(quarantines):
    """Each is one message that SQS takes, with the original bytes."""
    sent = Sent()
    send_quarantines(sent, sent, "url", "bucket", quarantines)
    assert all(CARRIED.match(body) for body in sent.bodies)
    for told, quarantine in zip(map(json.loads, sent.bodies), quarantines, strict=True):
        kept = (
            sent.objects[told["original_s3_key"]]
            if "original_s3_key" in told
            else base64.b64decode(told["original_base64"])
        )
        assert (kept, told["record_id"]) == (quarantine.original, quarantine.record_id)
        assert told["reason"]


@given(ANY)
@settings(max_examples=500)
def test_any_bytes_of_the_stream_are_facts_that_services_carry_or_one_quarantine(data):
    outcome = read(Line("shard:1", "2026-03-16T00:00:00Z", data))
    if isinstance(outcome, Quarantine):
        assert outcome.original == data
        assert_carried([outcome])
        return
    assert outcome
    for fact in outcome:
        assert CARRIED.match(fact.entry)
        again, body = parse_record(read_json(fact.entry)["record"])
        assert (again, body) == (fact.record, json.loads(fact.entry)["record"])


class Stream:
    """A stream that keeps what it is given."""

    def __init__(self):
        self.put = []

    def put_record(self, StreamName, PartitionKey, Data):
        self.put.append(Data)
        return {"ShardId": "shard", "SequenceNumber": "1"}


@given(ANY, st.sampled_from([("PUT", "/positions/ACC-1/US0378331005"), ("POST", "/corporate-actions")]))
@settings(max_examples=300)
def test_any_body_of_the_api_is_refused_with_a_reason_or_is_a_record_that_the_stream_takes(data, call):
    stream = Stream()
    app = make_app(Settings("positions", "entitlements", "queue-state", "positions"), None, stream)
    event = {
        "httpMethod": call[0],
        "path": call[1],
        "queryStringParameters": None,
        "headers": {},
        "isBase64Encoded": True,
    }
    answer = app.resolve(event | {"body": base64.b64encode(data).decode(), "requestContext": {"stage": "live"}}, None)
    if answer["statusCode"] == 202:
        (put,) = stream.put
        (fact,) = read(Line("shard:1", "2026-03-16T00:00:00Z", put))
        assert fact.record.record_type == {"PUT": "position", "POST": "corporate_action"}[call[0]]
    else:
        assert (answer["statusCode"], stream.put) == (400, [])
        assert json.loads(answer["body"])["errors"][0]["reason"]


@pytest.mark.parametrize("size", [0, 1, 699_999, 700_000, 700_001, 1_048_576])
def test_an_original_of_any_size_is_carried(size):
    assert_carried([Quarantine("shard:1", "r", "", "d" * 1_000, "2026-03-16T00:00:00Z", b"\xff" * size)] * 11)


def test_a_parser_that_raises_what_nobody_declared_quarantines_its_line_alone(monkeypatch):
    monkeypatch.setattr(lines, "parse_record", lambda raw: {}[raw["record_type"]])
    outcome = read(Line("shard:1", "2026-03-16T00:00:00Z", _bytes_of(account())))
    assert (outcome.reason, outcome.detail) == ("unprocessable", "KeyError: 'account'")


@pytest.mark.parametrize("text", ["1" * 38, f"0.{'1' * 38}", "1E+2", "true"])
def test_numbers_of_38_digits_are_kept_exactly(text):
    _, kept = parse_record(read_json(f'{json.dumps(position("5"))[:-1]}, "x_own": {text}}}'))
    assert Decimal(kept["x_own"]) == Decimal(text.replace("true", "1"))


def test_a_position_is_refused_from_the_byte_at_which_its_item_is_too_large():
    def size_of(padding):
        outcome = read(Line("shard:1", "2026-03-16T00:00:00Z", _bytes_of({**position("5"), "x_own": "m" * padding})))
        return outcome if isinstance(outcome, Quarantine) else None

    sizes = [padding for padding in range(MOST_BYTES - 1_000, MOST_BYTES) if size_of(padding) is None]
    assert sizes == list(range(MOST_BYTES - 1_000, sizes[-1] + 1))
    assert size_of(sizes[-1] + 1).reason == "too_large"


def test_a_read_fact_holds_what_is_written():
    (fact,) = read(Line("shard:1", "2026-03-16T00:00:00Z", _bytes_of(position("5"))))
    assert isinstance(fact, Fact)
    assert fact.item["position_key"] == {"S": "US0378331005#DTCYUS33#2026-03-16"}
