"""The quarantine message: a record that can never be used, with the reason and its bytes, on the dead-letter queue."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from domain.records import RecordError
from sending.batches import send_messages
from sending.refusals import RefusedError, code_of

MOST_INLINE_BYTES = 700_000
"""Base64 of a larger original would not fit a message of 1 MiB: it goes to S3 (contracts, "What becomes of a record")."""
UNPROCESSABLE = "unprocessable"
"""The reason of a record that made a parser, a serializer or a service raise something that is no RecordError."""
_MOST_CHARACTERS = 1_000
"""Of field and detail. Escaped to ASCII, both then take at most 24 kB beside an original of 700 kB."""


@dataclass(frozen=True, slots=True)
class Quarantine:
    """One record's refusal. `received_at`: RFC 3339 in UTC. `original`: the bytes as they came."""

    record_id: str
    reason: str
    field: str
    detail: str
    received_at: str
    original: bytes

    @classmethod
    def of(cls, error: Exception, record_id: str, received_at: str, original: bytes) -> Self:
        """Return the quarantine of a record that raised `error`: a RecordError's own reason, else UNPROCESSABLE and the error's name."""
        if isinstance(error, RecordError):
            return cls(record_id, error.reason, _plain(error.field), _plain(error.detail), received_at, original)
        return cls(record_id, UNPROCESSABLE, "", _plain(f"{code_of(error)}: {error}"), received_at, original)

    @classmethod
    def from_json(cls, record_id: str, body: Mapping[str, str]) -> Self:
        """Return the quarantine that `to_json` wrote."""
        said = {name: body[name] for name in ("reason", "field", "detail", "received_at")}
        return cls(record_id, original=base64.b64decode(body["original_base64"]), **said)

    def to_json(self) -> dict[str, str]:
        """Return everything but the record id as JSON strings that any service carries: the original as `original_base64`."""
        return {
            "reason": self.reason,
            "field": self.field,
            "detail": self.detail,
            "received_at": self.received_at,
            "original_base64": base64.b64encode(self.original).decode(),
        }


def send_quarantines(sqs: Any, s3: Any, queue_url: str, bucket: str, quarantines: Sequence[Quarantine]) -> None:
    """Send a message for each quarantine; a large original is put into the bucket first.

    Raises botocore's errors, SendError, and RefusedError with the codes of messages that SQS can never take.
    """
    refused = send_messages(
        sqs, queue_url, [json.dumps(_message(s3, bucket, quarantine)) for quarantine in quarantines]
    )
    if refused:
        codes = ", ".join(f"{quarantines[index].record_id}: {code}" for index, code in refused.items())
        raise RefusedError(f"SQS refused {len(refused)} of {len(quarantines)} quarantine messages: {codes}")


def _message(s3: Any, bucket: str, quarantine: Quarantine) -> dict[str, str]:
    message = {"kind": "quarantine", "record_id": quarantine.record_id, **quarantine.to_json()}
    if len(quarantine.original) > MOST_INLINE_BYTES:
        key = f"quarantine/{quote(quarantine.record_id, safe='')}"
        s3.put_object(Bucket=bucket, Key=key, Body=quarantine.original)
        del message["original_base64"]
        message["original_s3_key"] = key
    return message


def _plain(text: str) -> str:
    """Return text that queues, tables and PostgreSQL store: no NUL, no half of a surrogate pair, at most 1,000 characters."""
    stored = text[:_MOST_CHARACTERS].encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    return stored[:_MOST_CHARACTERS]
