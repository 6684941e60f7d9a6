"""The lines of a feed file: bytes that go onto the stream unchanged, and what can be read in them."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from harness.failure import HarnessError

USAGE = 3
"""The exit status of a usage or file error (contracts.md, "Commands")."""
MESSAGE_SUFFIXES = (".fin", ".xml")
"""Endings of a file that is one ISO 15022 or ISO 20022 message: it has lines of its own and goes onto the stream as one record."""
LARGEST_RECORD = 1_048_576
"""Bytes of data and partition key that Kinesis takes in one record (PutRecords, API reference)."""


@dataclass(frozen=True)
class Line:
    """One line: its 1-based `number`, its bytes up to the newline, and the JSON object in it ({} when there is none)."""

    number: int
    data: bytes
    record: dict[str, Any]

    @classmethod
    def of(cls, number: int, data: bytes) -> Self:
        """Return the line with these bytes, read."""
        return cls(number, data, _record(data))

    @property
    def partition_key(self) -> str:
        """The event of a corporate action, the account of everything else, a digest of what cannot be read."""
        names = ("safekeeping_account", "corporate_action_event_id")
        if self.record.get("record_type") == "corporate_action":
            names = names[::-1]
        readable = next((value for name in names if isinstance(value := self.record.get(name), str) and value), None)
        return readable[:256] if readable else hashlib.sha256(self.data).hexdigest()


def read_lines(path: Path) -> list[Line]:
    """The file's lines that are not blank; a message's file is one line. Raises HarnessError (exit status 3) naming the file, the line and
    the remedy."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HarnessError(
            f"feed file {path}: {error.strerror}; name a readable JSON Lines file: make feed FILE=path", USAGE
        ) from error
    parts = [content] if path.suffix in MESSAGE_SUFFIXES else content.split(b"\n")
    lines = [Line.of(number, data) for number, data in enumerate(parts, 1) if data.strip()]
    if not lines:
        raise HarnessError(f"feed file {path} holds no record; write one JSON object a line", USAGE)
    for line in lines:
        if len(line.data) + len(line.partition_key) > LARGEST_RECORD:
            raise HarnessError(
                f"feed file {path}, line {line.number}: {len(line.data)} bytes; Kinesis takes 1 MiB, so split the record",
                USAGE,
            )
    return lines


def _record(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
