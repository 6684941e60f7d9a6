"""What stream, tables, queue and buckets hold, read in pages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from harness.feed.stream import retained
from harness.queues import every_message, peek
from harness.redrive.audit import DISCARDED, Entry, history
from harness.redrive.letters import BATCH, QUARANTINE, Letter, digest_of, failed_batches, of_message
from harness.system import System
from harness.verification.quarantines import Quarantine

_READ = TypeDeserializer().deserialize


@dataclass(frozen=True)
class Sent:
    """A record on the stream: when it arrived (aware), and the digest of its bytes."""

    arrived: datetime
    digest: str


@dataclass
class DeadLetters:
    """What was given up, and how far back it reaches: quarantine messages by record id, and letter ids by the id of the other records and
    requests in them; and of which records people have decided that nothing more comes."""

    since: datetime
    quarantined: dict[str, Quarantine] = field(default_factory=dict)
    given_up: dict[str, str] = field(default_factory=dict)
    _discarded: set[str] = field(default_factory=set)
    _discarded_lines: set[str] = field(default_factory=set)

    def add(self, letter: Letter) -> None:
        """Take a letter that is there, or whose message the audit trail has."""
        if letter.kind == QUARANTINE:
            said = Quarantine(letter.reason, digest_of(letter.original), letter.original_s3_key)
            self.quarantined.update(dict.fromkeys(letter.record_ids, said))
        else:
            self.given_up.update(dict.fromkeys(letter.ids, letter.letter_id))

    def add_ended(self, entry: Entry) -> None:
        """Take a letter that was sent or discarded."""
        if entry.kind == QUARANTINE:
            self.add(entry.as_letter())
        elif entry.deed == DISCARDED:
            (self._discarded_lines if entry.kind == BATCH else self._discarded).update(entry.ids)

    def is_discarded(self, record_id: str) -> bool:
        """Return True if the record's letter was discarded. That of a batch has whole lines, whose further records are `<id>/<number>`."""
        return record_id in self._discarded or record_id.partition("/")[0] in self._discarded_lines


def stream(system: System) -> dict[str, Sent]:
    """Return every record that the stream still holds, by record id (`<shard>:<sequence number>`)."""
    records = retained(system.client("kinesis"), system.outputs["position_stream_name"])
    return {record.record_id: Sent(record.arrived, digest_of(record.data)) for record in records}


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
    """Return what was given up: failed batches, the audit trail, and the dead-letter queue, whose messages are hidden while they are read.

    Raises UnsupportedError if another reader hides some of them.
    """
    sqs, url = system.client("sqs"), system.outputs["dead_letter_queue_url"]
    retention = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["MessageRetentionPeriod"])["Attributes"]
    letters = DeadLetters(datetime.now(UTC) - timedelta(seconds=int(retention["MessageRetentionPeriod"])))
    for entry in history(system):  # before the queue: a letter is noted, then deleted
        letters.add_ended(entry)
    for batch in failed_batches(system):
        letters.add(batch)
    with peek(sqs, url) as messages:
        for message in every_message(sqs, url, messages):
            letters.add(of_message(message))
    return letters
