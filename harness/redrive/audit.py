"""The audit trail: who sent or discarded a letter, one object of S3 for each letter, written before the letter is deleted."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from harness.redrive.letters import Letter
from harness.system import System

SENT, DISCARDED = "sent", "discarded"
PREFIX = "audit/redrive/"
_READERS = 16


@dataclass(frozen=True)
class Entry:
    """What was done with a letter: `deed` (SENT or DISCARDED), `at` (RFC 3339, UTC) and `by` (the caller's ARN).

    `ids` are those of queue-state that the letter was about, `new_ids` the records or the message that it became; the digests are SHA-256
    of the original and of what was sent. `letter` is its whole body, with reason and original: an original in S3 stays there.
    """

    deed: str
    at: str
    by: str
    letter_id: str
    kind: str
    reason: str
    about: str
    received_at: str
    ids: list[str]
    original_sha256: str
    letter: str
    note: str = ""
    new_ids: list[str] | None = None
    sent_sha256: str = ""

    def as_letter(self) -> Letter:
        """Return the letter as it was, which nothing can delete any more."""
        return Letter(self.letter_id, self.kind, self.letter, "", self.received_at, self.reason)

    @property
    def said(self) -> str:
        """Return what was done, in one line."""
        became = f" as {', '.join(self.new_ids)}" if self.new_ids else ""
        return f"{self.deed} at {self.at} by {self.by}{became}{f': {self.note}' if self.note else ''}"


def now() -> str:
    """Return this instant as entries have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write(system: System, entry: Entry) -> None:
    """Write the entry. It replaces one of the same letter, which no letter that is gone has."""
    body = json.dumps(asdict(entry), indent=1, sort_keys=True).encode()
    system.client("s3").put_object(
        Bucket=system.outputs["reports_bucket"], Key=_key(entry.letter_id), Body=body, ContentType="application/json"
    )


def entry_of(system: System, letter: Letter) -> Entry | None:
    """Return what was done with a letter that is still there: its deletion failed, or did not come to pass."""
    try:
        return _read(system, _key(letter.letter_id))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None


def history(system: System) -> list[Entry]:
    """Return all entries, the oldest first."""
    with ThreadPoolExecutor(_READERS) as pool:
        entries = list(pool.map(lambda key: _read(system, key), _keys(system)))
    return sorted(entries, key=lambda entry: (entry.at, entry.letter_id))


def discarded(system: System) -> set[str]:
    """Return the ids of queue-state of which nothing more comes, as their letters were discarded."""
    return {name for entry in history(system) if entry.deed == DISCARDED for name in entry.ids}


def _keys(system: System) -> Iterator[str]:
    pages = system.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=system.outputs["reports_bucket"], Prefix=PREFIX):
        yield from (str(item["Key"]) for item in page.get("Contents", []))


def _key(letter_id: str) -> str:
    return f"{PREFIX}{letter_id}.json"


def _read(system: System, key: str) -> Entry:
    answer = system.client("s3").get_object(Bucket=system.outputs["reports_bucket"], Key=key)
    said: dict[str, Any] = json.loads(answer["Body"].read())
    known = {field.name for field in fields(Entry)}
    return Entry(**{name: value for name, value in said.items() if name in known})  # a newer harness may say more
