"""The whole API handler in one process: its router and validation are the real ones, the services behind it are stood in for."""

import json
import logging
from collections.abc import Iterator
from typing import Any

from domain.records import RecordError, read_json
from functions.api_handler.routes import make_app
from functions.api_handler.settings import Settings
from functions.ingest_normalizer.lines import Line, read
from tests.fuzz.oracles import Broken, altered

_STATUSES = {"GET": {200, 400, 404, 405}}
_WRITE_STATUSES = {202, 400, 404, 405, 413}
_PARAMETERS = "queryStringParameters"
logging.getLogger("service_undefined").setLevel(logging.CRITICAL)


class _Stream:
    """Takes records as Kinesis does."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def put_record(self, *, Data: bytes, PartitionKey: str, **_: Any) -> dict[str, str]:
        if not 0 < len(PartitionKey) <= 256 or len(Data) + len(PartitionKey.encode()) > 1_048_576:
            raise Broken("bound: Kinesis refuses the record")
        self.taken.append(Data)
        return {"ShardId": "shardId-000000000000", "SequenceNumber": "49"}


class _Tables:
    """Knows every event and one position of every account; checks that a key is one that DynamoDB takes."""

    def get_item(self, *, Key: dict[str, Any], **_: Any) -> dict[str, Any]:
        _check_key(Key)
        return {"Item": {**Key, "kind": {"S": "corporate_action"}, "version": {"N": "3"}, "state": {"S": "RECEIVED"}}}

    def query(self, **asked: Any) -> dict[str, Any]:
        _check_key(asked.get("ExclusiveStartKey", {}) | asked["ExpressionAttributeValues"])
        return {"Items": []}

    def get_paginator(self, _name: str) -> "_Tables":
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        _check_key(asked["ExpressionAttributeValues"])
        low = asked["ExpressionAttributeValues"].get(":low", {"S": "!"})["S"]
        item = {"position_key": {"S": f"{low}2026-03-16"}, "source": {"S": "C-A"}, "sequence": {"N": "1"}}
        yield {"Items": [item] if low.count("#") == 2 else []}


def _check_key(key: dict[str, Any]) -> None:
    for value in key.values():
        if not 0 < len(value["S"].encode()) <= 1024:
            raise Broken("bound: DynamoDB refuses the key")


_STREAM = _Stream()
_APP = make_app(Settings("positions", "entitlements", "queue-state", "stream"), _Tables(), _STREAM)


def api(data: bytes) -> bool:
    """Any request has one declared status; 202 put one record, which says what was sent and which the stream's reader takes; others none."""
    request = _request(data)
    _STREAM.taken.clear()
    answer = _APP.resolve(request | {"headers": {}, "requestContext": {"stage": "live"}}, None)
    status, body = answer["statusCode"], json.loads(answer["body"])
    if status not in _STATUSES.get(request["httpMethod"], _WRITE_STATUSES):
        raise Broken(f"status: {status} {body}")
    if len(_STREAM.taken) != (status == 202):
        raise Broken(f"outcome: {status}, and {len(_STREAM.taken)} records on the stream")
    if status != 202:
        return status == 200
    facts = read(Line("shard:49", "2026-03-16T09:30:00Z", _STREAM.taken[0]))
    if not isinstance(facts, list):
        raise Broken(f"wrongly accepted: the stream's reader refuses it: {facts}")
    if request["httpMethod"] in ("PUT", "POST"):
        for difference in altered(read_json(request["body"]) | {"record_type": None}, read_json(_STREAM.taken[0])):
            if "was never sent" not in difference:  # the path says it
                raise Broken(f"kept: {difference}")
    return True


def _request(data: bytes) -> dict[str, Any]:
    """The request that an input describes, `{"method", "path", "query", "body"}`; the body of a POST where it describes none."""
    try:
        given = read_json(data)
    except RecordError:
        given = None
    if not isinstance(given, dict):
        given = {"method": "POST", "path": "/corporate-actions", "body": data.decode("utf-8", "replace")}
    query = given.get("query")
    parameters = {name: str(value) for name, value in query.items()} if isinstance(query, dict) else None
    body = given.get("body")
    return {
        "httpMethod": given["method"] if given.get("method") in ("GET", "PUT", "POST", "DELETE", "PATCH") else "GET",
        "path": str(given.get("path", "/")).encode("utf-8", "replace").decode(),
        _PARAMETERS: parameters,
        "body": body if isinstance(body, str) or body is None else json.dumps(body, default=str),
        "isBase64Encoded": given.get("base64") is True,
    }
