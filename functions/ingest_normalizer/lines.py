"""A stream record, read: its facts (a JSON record is one, an ISO message may hold several), or what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.messages import is_message, read_message
from domain.records import Record, RecordError, parse_record, read_json


@dataclass(frozen=True, slots=True)
class Line:
    """Bytes from the stream. `record_id` is `<shard>:<sequence number>`, `received_at` the stream's arrival instant in UTC."""

    record_id: str
    received_at: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """A record of a line, with its normalised JSON. It is the line's record `number` of `of`."""

    line: Line
    record: Record
    normalised: Mapping[str, Any]
    number: int = 1
    of: int = 1

    @property
    def record_id(self) -> str:
        """The line's id, which is the first record's too; the others have their number behind it: `<shard>:<sequence number>/2`."""
        return self.line.record_id if self.number == 1 else f"{self.line.record_id}/{self.number}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is taken whole or not at all, and never will be taken: reason code, field at fault and detail."""

    line: Line
    reason: str
    field: str
    detail: str


def read(line: Line) -> list[Fact] | Refused:
    """Reads one line, an ISO message or a JSON record; what is wrong with it is an answer, not an exception."""
    try:
        records = [parse_record(raw) for raw in _raw_records(line.data)]
    except RecordError as error:
        return Refused(line, error.reason, error.field, error.detail)
    return [Fact(line, *each, number, len(records)) for number, each in enumerate(records, 1)]


def _raw_records(data: bytes) -> list[Any]:
    """Raises RecordError."""
    return list(read_message(data)) if is_message(data) else [read_json(data)]
