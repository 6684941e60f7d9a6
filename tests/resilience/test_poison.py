"""Records that nobody can use, through each edge: quarantined with a reason in ten seconds, and a good record behind each done in ten."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.deadline import stretched, wait_for
from harness.feed.records import LISTED_ON, account, position
from harness.isin import fresh_isin
from harness.queues import Messages, peek
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.api_calls import signed_call

pytestmark = [pytest.mark.engine]

SECONDS = 10
CONFIRMATION = Path(__file__).parents[2] / "examples" / "feeds" / "messages" / "confirmation.fin"
Item = dict[str, Any]


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def kept(text: str) -> bytes:
    """A good position with a field `x_kept` that has this JSON text as its value."""
    whole = json.dumps(position("ACC-POISON", "US0378331005", "5"))
    return f'{whole[:-1]}, "x_kept": {text}}}'.encode("utf-8", "surrogatepass")


def message(*lines: str) -> bytes:
    return "\n".join(lines).encode()


KEPT = {
    "an integer of 39 digits": ("1" * 39, "invalid_text"),
    "a fraction of 39 digits": (f"0.{'1' * 39}", "invalid_text"),
    "an exponent of 20 digits": (f"1e{'9' * 20}", "not_json"),
    "NaN": ("NaN", "not_json"),
    "32 levels": (json.dumps(nested(32)), "invalid_text"),
    "U+FFFE": ('"\ufffe"', "invalid_text"),
    "U+FFFF escaped": ('"\\uffff"', "invalid_text"),
    "a lone surrogate": ('"\\ud800"', "invalid_text"),
    "NUL": ('"\\u0000"', "invalid_text"),
    "above 400 kB": (f'"{"x" * 420_000}"', "too_large"),
}
STREAM = {kind: (kept(text), reason) for kind, (text, reason) in KEPT.items()} | {
    "a field without a name": (kept('1, "": 1'), "invalid_name"),
    "bytes of a surrogate": (kept('"\ud800"'), "not_utf8"),
    "a truncated object": (kept("1")[:-9], "not_json"),
    "a list": (b"[]", "not_an_object"),
    "100,000 levels": (b"[" * 100_000, "not_json"),
    "an original of 900 kB": (b"x" * 900_000, "not_json"),
    "a bare 16S": (message(":16R:GENL", ":16S:", ":16S:GENL"), ""),
    "an account tag without a format": (CONFIRMATION.read_bytes().replace(b":97A::SAFE", b":97Z::SAFE"), ""),
    "an XML of nothing": (b"<", ""),
}  # fmt: skip
"""Kind -> (bytes, reason); the reason of a message is whatever its reader says."""

QUEUE: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "not_json"),
    "a list": ([], "not_a_request"),
    "an unknown kind": ({"kind": "poem", "request_id": "r"}, "not_a_request"),
    "no request id": ({"kind": "facts", "facts": []}, "not_a_request"),
    "a NUL in the request id": ({"kind": "facts", "request_id": "\x00", "facts": []}, "not_a_request"),
    "a request id of 3,000": ({"kind": "facts", "request_id": "r" * 3_000, "facts": []}, "not_a_request"),
    "facts: 5": ({"kind": "facts", "request_id": "r", "facts": 5}, "not_a_request"),
    "no facts": ({"kind": "facts", "request_id": "r", "facts": []}, "not_a_request"),
    "a thousand facts": ({"kind": "facts", "request_id": "r", "facts": [1] * 1_000}, "not_a_request"),
    "a shard beyond bigint": ({"kind": "recalculate", "request_id": "r", "shard_id": 10**30}, "not_a_request"),
    "a shard that is text": ({"kind": "recalculate", "request_id": "r", "shard_id": "1"}, "not_a_request"),
    "a million bytes": ("x" * 1_000_000, "not_json"),
}
FACTS: dict[str, tuple[Any, str]] = {
    "no record": (None, "not_an_object"),
    "a number": (5, "not_an_object"),
    "a lone surrogate": (account("ACC-POISON") | {"x_kept": "\ud800"}, "invalid_text"),
    "39 digits": (account("ACC-POISON") | {"x_kept": 10**38}, "invalid_text"),
    "an unknown account's residence": (account("ACC-POISON", residence="Atlantis"), "invalid_country"),
    "a source beyond an index": (
        position("ACC-POISON", "US0378331005", "5") | {"source": uuid.uuid4().hex * 200}, None,
    ),
}  # fmt: skip


@dataclass
class DeadLetters:
    """What was seen on the dead-letter queue, by record id. Messages are hidden from others until they are given back."""

    system: System
    messages: Messages
    seen: dict[str, Item] = field(default_factory=dict)

    def of(self, record_id: str) -> Item:
        """Return the record's quarantine message. Raises DeadlineError."""
        return wait_for(f"the quarantine of {record_id}", lambda: self._look().get(record_id), bool, SECONDS)

    def _look(self) -> dict[str, Item]:
        for message in self.messages():
            with suppress(ValueError, AttributeError):  # what redrive brought here is no message of ours
                body = json.loads(message["Body"])
                self.seen[body.get("record_id", message["MessageId"])] = body
        return self.seen

    def original_of(self, told: Item) -> bytes:
        if "original_base64" in told:
            return base64.b64decode(told["original_base64"])
        s3, bucket = self.system.client("s3"), self.system.outputs["reports_bucket"]
        return bytes(s3.get_object(Bucket=bucket, Key=told["original_s3_key"])["Body"].read())


@pytest.fixture(scope="module")
def dead_letters(system: System) -> Iterator[DeadLetters]:
    with peek(system.client("sqs"), system.outputs["dead_letter_queue_url"]) as messages:
        yield DeadLetters(system, messages)


def state(system: System, record_id: str) -> str:
    key = {"id": {"S": record_id}}
    answer = system.client("dynamodb").get_item(
        TableName=system.outputs["queue_state_table_name"], Key=key, ConsistentRead=True
    )
    return str(answer.get("Item", {}).get("state", {}).get("S", "nothing"))


def within(system: System, begun: float, record_id: str, wanted: str) -> None:
    """Wait until the record has the state, at most ten seconds after `begun`. Raises DeadlineError."""
    left = SECONDS - (time.monotonic() - begun) / stretched(1)
    wait_for(f"{wanted} of {record_id}", lambda: state(system, record_id), wanted.__eq__, max(left, 0))


def put(system: System, data: bytes) -> str:
    answer = system.client("kinesis").put_record(
        StreamName=system.outputs["position_stream_name"], PartitionKey="poison", Data=data
    )
    return f"{answer['ShardId']}:{answer['SequenceNumber']}"


def good(fresh: str) -> bytes:
    return json.dumps(account(f"ACC-{fresh}")).encode()


def assert_quarantined(dead_letters: DeadLetters, record_id: str, reason: str | None, original: bytes | None) -> None:
    told = dead_letters.of(record_id)
    assert {"kind", "record_id", "reason", "field", "detail", "received_at"} <= set(told)
    assert told["kind"] == "quarantine"
    assert told["received_at"].endswith("Z")
    assert told["reason"] == reason or (not reason and told["reason"] != "")
    if original is not None:
        assert dead_letters.original_of(told) == original


@pytest.mark.parametrize("kind", STREAM)
@scenario(
    "lambda.poison.stream",
    service="lambda",
    feature="stream to function",
    lane="resilience",
    aws="lambda-guide:with-kinesis",
)
def test_a_record_that_nobody_can_use_is_quarantined_and_the_next_one_is_done(
    system: System, dead_letters: DeadLetters, fresh: str, kind: str
) -> None:
    data, reason = STREAM[kind]
    begun = time.monotonic()
    bad, behind = put(system, data), put(system, good(fresh))
    within(system, begun, bad, "QUARANTINED")
    within(system, begun, behind, "APPLIED")
    assert_quarantined(dead_letters, bad, reason, data)


@dataclass
class Requests:
    """Sends to the queue of entitlement requests."""

    system: System

    def send(self, body: Any) -> str:
        """Send a text, or a value as JSON; return the record id under which a message that is no request is quarantined."""
        text = body if isinstance(body, str) else json.dumps(body)
        url = self.system.outputs["entitlement_requests_queue_url"]
        return f"message:{self.system.client('sqs').send_message(QueueUrl=url, MessageBody=text)['MessageId']}"

    def send_facts(self, *records: Any) -> list[str]:
        record_ids = [f"poison:{uuid.uuid4().hex}" for _ in records]
        entries = [
            {"record_id": record_id, "record": record} for record_id, record in zip(record_ids, records, strict=True)
        ]
        self.send({"kind": "facts", "request_id": uuid.uuid4().hex, "facts": entries})
        return record_ids


@pytest.mark.parametrize("kind", [*QUEUE, *(f"fact: {kind}" for kind in FACTS)])
@scenario("sqs.poison.queue", service="sqs", feature="messages as sent", lane="resilience", aws="sqs:ReceiveMessage")
def test_what_is_no_request_or_no_fact_is_quarantined_and_the_next_one_is_done(
    system: System, dead_letters: DeadLetters, fresh: str, kind: str
) -> None:
    requests, begun = Requests(system), time.monotonic()
    if kind in QUEUE:
        body, reason = QUEUE[kind]
        bad = requests.send(body)
        (behind,) = requests.send_facts(account(f"ACC-{fresh}"))
        original = (body if isinstance(body, str) else json.dumps(body)).encode()
    else:
        record, reason = FACTS[kind.removeprefix("fact: ")]
        bad, behind = requests.send_facts(record, account(f"ACC-{fresh}"))
        original = None
    within(system, begun, bad, "QUARANTINED")
    within(system, begun, behind, "APPLIED")
    assert_quarantined(dead_letters, bad, reason, original)


API = {
    "no JSON": b"{",
    "a list": b"[]",
    "bytes of a surrogate": b'{"x_kept": "\xed\xa0\x80"}',
    "100,000 levels": b"[" * 100_000,
} | {kind: text.encode("utf-8", "surrogatepass") for kind, (text, _) in KEPT.items()}


@pytest.mark.parametrize("kind", API)
@scenario(
    "apigateway.poison.api", service="apigateway", feature="proxy integration", lane="resilience",
    aws="apigateway-guide:set-up-lambda-proxy-integrations",
)  # fmt: skip
def test_a_body_that_nobody_can_use_is_refused_with_a_reason_and_the_next_one_is_done(
    system: System, fresh: str, kind: str
) -> None:
    path = f"/positions/ACC-{fresh}/{fresh_isin()}"
    body = {
        "safekeeping_place": LISTED_ON,
        "as_of_date": "2026-03-16",
        "settled_quantity": "5",
        "source": "CUSTODIAN-A",
    }
    whole = json.dumps(body).encode()
    data = API[kind] if kind not in KEPT else whole[:-1] + b', "x_kept": ' + API[kind] + b"}"
    begun = time.monotonic()
    status, problem, _ = signed_call(system, "PUT", path, data)
    assert status in (400, 413), problem
    assert problem["errors"][0]["reason"]
    put(system, good(fresh))
    status, accepted, _ = signed_call(system, "PUT", path, body)
    assert status == 202
    within(system, begun, accepted["record_id"], "APPLIED")


@pytest.mark.parametrize("text", ["1234.56", "1234.50", "-0.1", "1e2", "12345678901234567890.12345678901234567"])
@scenario("dynamodb.poison.exact-figures", service="dynamodb", feature="items", lane="resilience", aws="dynamodb:Query")
def test_a_number_in_a_kept_field_keeps_its_digits_as_text(system: System, fresh: str, text: str) -> None:
    holder, isin = f"ACC-{fresh}", fresh_isin()
    whole = json.dumps(position(holder, isin, "5"))
    put(system, good(fresh))
    record_id, begun = put(system, f'{whole[:-1]}, "x_kept": {text}}}'.encode()), time.monotonic()
    within(system, begun, record_id, "APPLIED")
    status, found, _ = signed_call(system, "GET", f"/positions/{holder}/{isin}")
    assert (status, found["positions"][0]["x_kept"]) == (200, {"1e2": "1E+2"}.get(text, text))
