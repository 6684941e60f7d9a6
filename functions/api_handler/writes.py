"""Facts put on the position stream, after the same validation that the stream's reader makes."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from domain.records import Position, RecordError, parse_record, read_json
from functions.api_handler.problems import Problem, bad_request, of_record
from functions.position_item import position_item

MOST_BYTES = 1_000_000
"""Of one record; a Kinesis record holds 1 MiB with its partition key."""


def read_object(body: str | None) -> dict[str, Any]:
    """Return the request's body, one JSON object. Raises Problem 400."""
    try:
        value = read_json(body or "")
    except RecordError as error:
        raise of_record(error) from error
    if not isinstance(value, dict):
        raise bad_request("the body must be one JSON object", reason="not_an_object")
    return value


def with_fixed(body: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body with what path and route say. Raises Problem 400 if the body says otherwise."""
    for name, value in fixed.items():
        if name in body and body[name] != value:
            raise bad_request(f"{name} is {value!r} by the address; the body says otherwise", name, "contradiction")
    return {**body, **fixed}


def send(kinesis: Any, stream: str, partition_key: str, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Validate a record and put it on the stream; return {"record_id"}, by which queue-state knows it. Raises Problem."""
    try:
        record, normalised = parse_record(raw)
        if isinstance(record, Position):
            position_item(record, normalised)
    except RecordError as error:
        raise of_record(error) from error
    data = json.dumps(normalised, ensure_ascii=False, separators=(",", ":")).encode()
    if len(data) > MOST_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a record of {len(data)} bytes is more than {MOST_BYTES}")
    answer = kinesis.put_record(StreamName=stream, PartitionKey=partition_key, Data=data)
    return {"record_id": f"{answer['ShardId']}:{answer['SequenceNumber']}"}
