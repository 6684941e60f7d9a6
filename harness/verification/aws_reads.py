"""What stream, tables, queue and buckets hold, read in pages."""

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from harness.failure import UnsupportedError
from harness.queues import counts, peek
from harness.system import System
from harness.verification.quarantines import Letter, digest_of

_READ = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Sent:
    """A record on the stream: when it arrived (aware), and the digest of its bytes."""

    arrived: datetime
    digest: str


@dataclass
class DeadLetters:
    """The dead-letter queue: quarantine messages by record id, ids of the requests that were given up, and how far back it reaches."""

    since: datetime
    quarantined: dict[str, Letter] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)

    def add(self, body: str) -> None:
        """Take one message; what is neither a quarantine nor a request is of no record."""
        try:
            message = json.loads(body)
        except ValueError:
            return
        if not isinstance(message, dict):
            return
        if message.get("kind") == "quarantine":
            self.quarantined[str(message.get("record_id"))] = _letter(message)
        elif "request_id" in message:
            self.requests.add(str(message["request_id"]))


def _letter(message: Mapping[str, Any]) -> Letter:
    try:
        original = b64decode(str(message.get("original_base64", "")), validate=True)
    except (NotBase64, ValueError):
        original = b""
    return Letter(str(message.get("reason") or ""), digest_of(original), str(message.get("original_s3_key") or ""))


def stream(system: System) -> dict[str, Sent]:
    """Return every record that the stream still holds, by record id (`<shard>:<sequence number>`)."""
    kinesis, name = system.client("kinesis"), system.outputs["position_stream_name"]
    shards = [
        shard for page in kinesis.get_paginator("list_shards").paginate(StreamName=name) for shard in page["Shards"]
    ]
    return {
        f"{shard['ShardId']}:{record['SequenceNumber']}": Sent(
            record["ApproximateArrivalTimestamp"].astimezone(UTC), digest_of(record["Data"])
        )
        for shard in shards
        for record in _of_shard(kinesis, name, shard["ShardId"])
    }


def _of_shard(kinesis: Any, name: str, shard_id: str) -> Iterator[dict[str, Any]]:
    """Give a shard's records from its oldest on, up to those that arrive while it is read: those that write on must not keep us."""
    began = datetime.now(UTC)
    start = {"StreamName": name, "ShardId": shard_id, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**start)["ShardIterator"]
    while iterator:
        answer = kinesis.get_records(ShardIterator=iterator)
        records = answer["Records"]
        yield from records
        ended = records[-1]["ApproximateArrivalTimestamp"] > began if records else not answer.get("MillisBehindLatest")
        iterator = None if ended else answer.get("NextShardIterator")


def queue_state(system: System) -> dict[str, dict[str, Any]]:
    """Return queue-state's items by id."""
    return {str(item["id"]): item for item in _scanned(system, "queue_state_table_name")}


def projection(system: System) -> dict[str, dict[str, Any]]:
    """Return the entitlements of the read projection by `event/account/option`, without the table's own key."""
    entitlements = {}
    for item in _scanned(system, "entitlements_table_name"):
        event_id, _, option = str(item.pop("entitlement_key")).rpartition("#")
        entitlements[f"{event_id}/{item['safekeeping_account']}/{option}"] = item
    return entitlements


def _scanned(system: System, output: str) -> Iterator[dict[str, Any]]:
    pages = system.client("dynamodb").get_paginator("scan").paginate(
        TableName=system.outputs[output], ConsistentRead=True
    )  # fmt: skip
    for page in pages:
        for item in page["Items"]:
            yield {name: _READ(value) for name, value in item.items()}


def calculations(system: System) -> set[str]:
    """Return the keys of the S3 calculations, and of the entries of those that hold several (`.jsonl`): `key#line`, counted from 1."""
    s3, bucket = system.client("s3"), system.outputs["calculations_bucket"]
    keys = set()
    for key in _keys(s3, bucket, "calculations/"):
        if not key.endswith(".jsonl"):
            keys.add(key)
            continue
        lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
        keys |= {f"{key}#{number}" for number, line in enumerate(lines, 1) if line.strip()}
    return keys


def originals(system: System) -> set[str]:
    """Return the S3 keys of quarantined originals that are too large for a message."""
    return set(_keys(system.client("s3"), system.outputs["reports_bucket"], "quarantine/"))


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (str(item["Key"]) for item in page.get("Contents", []))


def dead_letters(system: System) -> DeadLetters:
    """Return what the dead-letter queue holds, whose messages are hidden while they are read and shown again.

    Raises UnsupportedError if another reader hides some of them.
    """
    sqs, url = system.client("sqs"), system.outputs["dead_letter_queue_url"]
    retention = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])["Attributes"]
    letters = DeadLetters(datetime.now(UTC) - timedelta(seconds=int(retention["MessageRetentionPeriod"])))
    expected, shown = sum(counts(sqs, url)), 0
    with peek(sqs, url) as messages:
        for message in messages():
            letters.add(message["Body"])
            shown += 1
    if shown < expected:
        raise UnsupportedError(
            f"the dead-letter queue showed {shown} of its {expected} messages, as another reader has some:"
            " try again in a minute"
        )
    return letters
