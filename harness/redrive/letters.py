"""What the system has given up: messages of the dead-letter queue, and batches that Lambda has written to S3."""

import hashlib
import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from harness.failure import HarnessError
from harness.feed.lines import Line
from harness.queues import every_message, peek
from harness.system import System

QUARANTINE, REQUEST, NOTIFICATION, BATCH, UNKNOWN = "quarantine", "request", "notification", "batch", "unknown"
BATCH_PREFIXES = ("failed-batches/", "aws/lambda/")
"""Where failed batches are: contracts.md says the first, Lambda writes to `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/<instant>-<UUID>`
(developer guide, "Retain discarded batch records", S3 destination)."""
WHOLE_REQUEST = "message:"
"""Begins the record id of a message that the engine could not read as a request: its original is that message."""
_GIVEN_UP = "given_up"
_NAMES = ("corporate_action_event_id", "trade_id", "transfer_id", "election_id", "safekeeping_account", "isin")
_LONGEST = 60


@dataclass(frozen=True)
class Letter:
    """One thing that was given up. `body` is the message, or the S3 object; `handle` deletes it: a receipt handle, or the S3 key.

    `reason` is a code, `received_at` an instant (RFC 3339, UTC).
    """

    letter_id: str
    kind: str
    body: str
    handle: str
    received_at: str
    reason: str
    field: str = ""
    detail: str = ""

    @cached_property
    def content(self) -> dict[str, Any]:
        """Return the body's JSON object; {} if it is none."""
        return object_in(self.body)

    @cached_property
    def event(self) -> str:
        """Return what Lambda called the function with, as JSON; "" if this is no batch, or lacks it.

        Lambda's guide shows a text; an object is taken too.
        """
        payload = self.content.get("payload") if self.kind == BATCH else None
        text = payload if isinstance(payload, str) else json.dumps(payload)
        return text if "Records" in object_in(text) else ""

    @cached_property
    def original(self) -> bytes:
        """Return what can be sent again, as far as the letter itself has it: b"" if the bytes are in S3, or missing."""
        if self.kind != QUARANTINE:
            return (self.event or self.body).encode("utf-8", "surrogatepass")
        try:
            return b64decode(str(self.content.get("original_base64", "")), validate=True)
        except (NotBase64, ValueError):
            return b""

    @property
    def original_s3_key(self) -> str:
        """Return the key of a quarantined original that is too large for a message; "" for others."""
        return str(self.content.get("original_s3_key") or "") if self.kind == QUARANTINE else ""

    @cached_property
    def record_ids(self) -> tuple[str, ...]:
        """Return the ids of the feed records in it (`<shard>:<sequence number>`)."""
        if self.kind == QUARANTINE:
            return (str(self.content.get("record_id")),)
        return request_record_ids(self.content) if self.kind == REQUEST else _event_record_ids(object_in(self.event))

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the items of queue-state that it is about: its records, and the request that it is."""
        own = (str(self.content.get("request_id")),) if self.kind == REQUEST else ()
        return (*own, *self.record_ids)

    @property
    def about(self) -> str:
        """Return what it holds, in a few words."""
        if self.kind == QUARANTINE:
            return f"original in S3: {self.original_s3_key}" if self.original_s3_key else _about_record(self.original)
        if self.kind == NOTIFICATION:
            return " ".join([str(self.content["detail-type"]), _name(self.content.get("detail"))])
        if self.kind == REQUEST:
            shard = self.content.get("shard_id")
            return f"shard {shard}" if shard is not None else _about_facts(self.content.get("facts"))
        if self.kind == BATCH:
            batch = _mapping(self.content.get("KinesisBatchInfo") or self.content.get("DDBStreamBatchInfo"))
            return f"{batch.get('batchSize')} records of {_resource(str(batch.get('streamArn')))}"
        return _short(self.body)


@contextmanager
def letters(system: System) -> Iterator[list[Letter]]:
    """Give all letters, the oldest first. Messages are hidden while the block runs, and then show again unless they were deleted.

    Raises UnsupportedError if another reader has some of them.
    """
    sqs, url = system.client("sqs"), system.outputs["dead_letter_queue_url"]
    with peek(sqs, url) as messages:
        found = [of_message(message) for message in every_message(sqs, url, messages)]
        yield sorted([*found, *failed_batches(system)], key=lambda letter: (letter.received_at, letter.letter_id))


def of_message(message: Mapping[str, Any]) -> Letter:
    """Return the letter of a message of the dead-letter queue, as SQS gives it with SentTimestamp and all message attributes."""
    content = object_in(body := message["Body"])
    told = {name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()}
    sent = datetime.fromtimestamp(int(message.get("Attributes", {}).get("SentTimestamp", 0)) / 1000, UTC)
    kind, received_at = _kind(content), f"{sent:%FT%T}.{sent.microsecond // 1000:03}Z"
    name = message["MessageId"]
    if kind == QUARANTINE:
        reason, field, detail, came = (
            str(content.get(key) or "") for key in ("reason", "field", "detail", "received_at")
        )
        return Letter(name, kind, body, message["ReceiptHandle"], came or received_at, reason, field, detail)
    reason, detail = told.get("ERROR_CODE", _GIVEN_UP), told.get("ERROR_MESSAGE", "")  # of EventBridge
    return Letter(name, kind, body, message["ReceiptHandle"], received_at, reason, detail=detail)


def failed_batches(system: System) -> Iterator[Letter]:
    """Give the letters of the batches that a mapping has given up."""
    s3, bucket = system.client("s3"), system.outputs["reports_bucket"]
    for key in batch_keys(system):
        answer = s3.get_object(Bucket=bucket, Key=key)
        yield _of_object(key, answer["Body"].read().decode("utf-8", "backslashreplace"), answer["LastModified"])


def batch_keys(system: System) -> Iterator[str]:
    """Give the S3 keys of those batches."""
    pages = system.client("s3").get_paginator("list_objects_v2")
    for prefix in BATCH_PREFIXES:
        for page in pages.paginate(Bucket=system.outputs["reports_bucket"], Prefix=prefix):
            yield from (str(item["Key"]) for item in page.get("Contents", []))


def original_of(system: System, letter: Letter) -> bytes:
    """Return the bytes that can be sent again. Raises HarnessError if neither the letter nor S3 has them."""
    data = letter.original
    if key := letter.original_s3_key:
        s3 = system.client("s3")
        try:
            data = s3.get_object(Bucket=system.outputs["reports_bucket"], Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey as error:
            raise HarnessError(f"letter {letter.letter_id}: S3 lacks its original {key}: discard it") from error
    if not data:
        raise HarnessError(f"letter {letter.letter_id} has no original: send another record with --file, or discard it")
    return data


def digest_of(data: bytes) -> str:
    """Return the digest (SHA-256) by which originals are compared; "" of nothing."""
    return hashlib.sha256(data).hexdigest() if data else ""


def request_record_ids(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the record ids of the facts in an entitlement request."""
    facts = [_mapping(fact) for fact in _list(request.get("facts"))]
    return tuple(str(fact["record_id"]) for fact in facts if "record_id" in fact)


def _kind(content: Mapping[str, Any]) -> str:
    if content.get("kind") == "quarantine":
        return QUARANTINE
    if content.get("kind") in ("facts", "recalculate") or "request_id" in content:
        return REQUEST
    return NOTIFICATION if "detail-type" in content else UNKNOWN


def _of_object(key: str, body: str, written: datetime) -> Letter:
    content = object_in(body)
    context, answer = (_mapping(content.get(name)) for name in ("requestContext", "responseContext"))
    came = content.get("timestamp") or f"{written.astimezone(UTC):%FT%TZ}"
    reason, detail = str(context.get("condition") or _GIVEN_UP), str(answer.get("functionError") or "")
    return Letter(key.rpartition("/")[2], BATCH, body, key, str(came), reason, detail=detail)


def _event_record_ids(event: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the stream's records in a batch; of a table's changes there are none."""
    records = [_mapping(record) for record in _list(event.get("Records"))]
    return tuple(str(record.get("eventID")) for record in records if record.get("eventSource") == "aws:kinesis")


def _resource(arn: str) -> str:
    """Return where a failed batch was read, `stream/<name>` or `table/<name>`, by its ARN."""
    return "/".join(arn.split(":", 5)[-1].split("/")[:2])


def _about_record(data: bytes) -> str:
    record = Line.of(1, data).record
    if "record_type" in record:
        return f"{record['record_type']} {_name(record)}"
    return _short(data.decode("utf-8", "backslashreplace"))


def _about_facts(facts: Any) -> str:
    records = [_mapping(fact).get("record") for fact in _list(facts)]
    first = f", the first: {_about_record(json.dumps(records[0]).encode())}" if records else ""
    return f"{len(records)} facts{first}"


def _name(record: Any) -> str:
    """Return what identifies a record, as far as its fields show it."""
    return "/".join(str(_mapping(record)[name]) for name in _NAMES if name in _mapping(record))


def _short(text: str) -> str:
    shown = ascii(text[:_LONGEST])[1:-1]
    return shown if len(text) <= _LONGEST else f"{shown}… ({len(text)} characters)"


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object in a text; {} if there is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return _mapping(value)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
