"""Entitlement requests: a message of the queue, read into facts, a shard, or the quarantine of whatever is neither."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from domain.records import RecordError, read_json
from sending import Quarantine
from servicing_engine.store.facts import Fact

MOST_ENTRIES = 100
"""Facts of one request. ingest-normalizer sends 25."""
_NAME = re.compile(r"[!-~]{1,200}\Z")
"""Ids that PostgreSQL indexes and DynamoDB keys take: ASCII without spaces."""
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z\Z")


@dataclass(frozen=True, slots=True)
class Request:
    """A message as it is processed: `facts`, or a shard, and the quarantines of what is neither. Without an id, `request_id` is ""."""

    request_id: str
    facts: tuple[Fact, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()
    shard_id: int | None = None


def read_request(message: Mapping[str, Any]) -> Request:
    """Read a message of SQS; never raises.

    A message that is no request is quarantined whole, as the record `message:<MessageId>`; an entry that is no fact alone, under its own
    record id, or as `message:<MessageId>/<number>` where it has none or an entry before it has the same.
    """
    record_id, data = f"message:{message['MessageId']}", message["Body"].encode("utf-8", "surrogatepass")
    sent = _instant(message)
    try:
        return _read(read_json(message["Body"]), record_id, sent)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a message, it is kept with the error's name
        return Request("", quarantines=(Quarantine.of(error, record_id, sent, data),))


def alone(fact: Fact) -> str:
    """Return the message of a request with this fact alone; its id is the one that ingest-normalizer gives such a request."""
    entry = {"record_id": fact.record_id, "received_at": fact.received_at, "record": fact.body}
    request_id = hashlib.sha256(fact.record_id.encode()).hexdigest()[:32]
    return json.dumps({"kind": "facts", "request_id": request_id, "facts": [entry]}, ensure_ascii=False)


def _read(body: Any, message_id: str, sent: str) -> Request:
    """Return the request in a message's JSON. Raises RecordError if it is none."""
    if not isinstance(body, dict) or body.get("kind") not in ("facts", "recalculate"):
        raise RecordError("not_a_request", "kind", "a request is a JSON object of kind facts or recalculate")
    if not _is_name(request_id := body.get("request_id", "")):
        raise RecordError(
            "not_a_request", "request_id", "request_id must be 1 to 200 characters of ASCII without spaces"
        )
    if body["kind"] == "recalculate":
        return Request(request_id, shard_id=_shard_id(body.get("shard_id")))
    entries = body.get("facts")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_ENTRIES:
        raise RecordError("not_a_request", "facts", f"facts must be a list of 1 to {MOST_ENTRIES} objects")
    read: dict[str, Fact | Quarantine] = {}
    for number, entry in enumerate(entries, 1):
        parsed = _read_entry(entry, otherwise := f"{message_id}/{number}", sent)
        if read.setdefault(parsed.record_id, parsed) != parsed:
            error = RecordError("not_a_request", "record_id", f"another entry of the request is {parsed.record_id}")
            read[otherwise] = Quarantine.of(error, otherwise, sent, _original(entry))
    return Request(
        request_id,
        tuple(fact for fact in read.values() if isinstance(fact, Fact)),
        tuple(refused for refused in read.values() if isinstance(refused, Quarantine)),
    )


def _read_entry(entry: Any, otherwise: str, sent: str) -> Fact | Quarantine:
    known = entry if isinstance(entry, dict) else {}
    record_id = known["record_id"] if _is_name(known.get("record_id")) else otherwise
    received_at = known["received_at"] if _is_instant(known.get("received_at")) else sent
    try:
        if record_id == otherwise:
            raise RecordError("not_a_request", "record_id", "a fact needs a record_id of ASCII without spaces")
        return Fact.read({"record": known.get("record"), "record_id": record_id, "received_at": received_at})
    except Exception as error:  # noqa: BLE001 - as above, of this entry alone
        return Quarantine.of(error, record_id, received_at, _original(entry))


def _original(entry: Any) -> bytes:
    """The entry's record, or the entry where it has none."""
    return json.dumps(entry.get("record", entry) if isinstance(entry, dict) else entry, default=str).encode()


def _shard_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise RecordError("not_a_request", "shard_id", "shard_id must be an integer of at least 0")
    return value


def _is_name(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(_NAME.match(value))


def _is_instant(value: Any) -> TypeGuard[str]:
    """Return True for an RFC 3339 instant in UTC, as ingest-normalizer writes it."""
    try:
        return isinstance(value, str) and bool(_UTC.match(value) and datetime.fromisoformat(value))
    except ValueError:
        return False


def _instant(message: Mapping[str, Any]) -> str:
    """Return when the message was sent (RFC 3339, UTC), or now if the queue does not say."""
    sent = message.get("Attributes", {}).get("SentTimestamp")
    moment = datetime.fromtimestamp(int(sent) / 1000, UTC) if sent else datetime.now(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
