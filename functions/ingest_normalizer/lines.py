"""A stream record, read: its facts (a JSON record is one, an ISO message may hold several), or its quarantine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger

from domain.messages import is_message, read_message
from domain.records import Position, Record, RecordError, parse_record, read_json
from functions.position_item import position_item
from sending import MOST_MESSAGE_BYTES, Quarantine

_LOGGER = Logger()
_MOST_ENTRY_BYTES = MOST_MESSAGE_BYTES - 200
"""A fact that travels alone shares its message with the request's own words."""


@dataclass(frozen=True, slots=True)
class Line:
    """Bytes from the stream. `record_id` is `<shard>:<sequence number>`, `received_at` the stream's arrival instant in UTC."""

    record_id: str
    received_at: str
    data: bytes

    def quarantined(self, error: Exception) -> Quarantine:
        """Return the quarantine of the line, which raised `error`."""
        return Quarantine.of(error, self.record_id, self.received_at, self.data)


@dataclass(frozen=True, slots=True)
class Fact:
    """A record of a line, as it is written: `entry` is its JSON in a request, `item` a position's item. It is the line's record `number` of
    `of`."""

    line: Line
    record: Record
    entry: str
    item: Mapping[str, Any]
    number: int = 1
    of: int = 1

    @property
    def record_id(self) -> str:
        """Return the line's id for its first record, with the number behind it for the others: `<shard>:<sequence number>/2`."""
        return _record_id(self.line, self.number)

    def quarantined(self, error: Exception) -> Quarantine:
        """Return the quarantine of this fact alone, with the whole line's bytes."""
        return Quarantine.of(error, self.record_id, self.line.received_at, self.line.data)


def read(line: Line) -> list[Fact] | Quarantine:
    """Read one line, an ISO message or a JSON record, and serialise its facts; a line is taken whole or quarantined, whatever it raises."""
    try:
        records = [parse_record(raw) for raw in _raw_records(line.data)]
        return [_fact(line, *parsed, number, len(records)) for number, parsed in enumerate(records, 1)]
    except RecordError as error:
        return line.quarantined(error)
    except Exception as error:  # a fault of ours, but of this line alone: the others go on
        _LOGGER.exception("record %s raised where it should have been refused", line.record_id)
        return line.quarantined(error)


def _raw_records(data: bytes) -> list[Any]:
    """Return the records of an ISO message, or the one of a JSON line, as raw values. Raises RecordError."""
    return list(read_message(data)) if is_message(data) else [read_json(data)]


def _fact(line: Line, record: Record, normalised: Mapping[str, Any], number: int, of: int) -> Fact:
    """Return the fact of a line's record. Raises RecordError if the record is larger than what carries it."""
    known = {"record_id": _record_id(line, number), "received_at": line.received_at, "record": normalised}
    entry = json.dumps(known, separators=(",", ":"), ensure_ascii=False)
    if (size := len(entry.encode())) > _MOST_ENTRY_BYTES:
        detail = f"the record has {size} bytes as JSON, and a message takes {_MOST_ENTRY_BYTES}: leave fields that begin x_ out"
        raise RecordError("too_large", "", detail)
    item = position_item(record, normalised) if isinstance(record, Position) else {}
    return Fact(line, record, entry, item, number, of)


def _record_id(line: Line, number: int) -> str:
    return line.record_id if number == 1 else f"{line.record_id}/{number}"
