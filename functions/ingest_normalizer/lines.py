"""A stream record, read: a fact, or what is wrong with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.records import Record, RecordError, parse_record


@dataclass(frozen=True, slots=True)
class Line:
    """Bytes from the stream. `record_id` is `<shard>:<sequence number>`, `received_at` the stream's arrival instant in UTC."""

    record_id: str
    received_at: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """A line that is a record, with its normalised JSON."""

    line: Line
    record: Record
    normalised: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that never will be a record: reason code, field at fault and detail."""

    line: Line
    reason: str
    field: str
    detail: str


def read(line: Line) -> Fact | Refused:
    """Reads one line; what is wrong with it is an answer, not an exception."""
    try:
        raw = json.loads(line.data.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        return Refused(line, "not_utf8", "", f"byte {error.start} is not UTF-8")
    except (ValueError, RecursionError) as error:
        return Refused(line, "not_json", "", f"the line is not JSON: {error}"[:300])
    try:
        record, normalised = parse_record(raw)
    except RecordError as error:
        return Refused(line, error.reason, error.field, error.detail)
    return Fact(line, record, normalised)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
