"""A record's hops in AWS: stream, queue-state, dead letters, calculation, projection, and log lines that name it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from harness.embedded.run_folder import RunFolder
from harness.feed.record_states import read_items
from harness.redrive.audit import history
from harness.redrive.letters import letters
from harness.system import System
from harness.trail.hop import NOT_FOUND, Hop, instant

_GONE = ("404", "NoSuchKey", "ResourceNotFoundException", "InvalidArgumentException")
_SHOWN = 3
_RECORD_ID = re.compile(r"(shardId-\d+):(\d+)(?:/\d+)?")
Item = Mapping[str, Any]


def is_record_id(name: str) -> bool:
    """Return True for `<shard>:<sequence number>`, also with the number of a further record of its line."""
    return bool(_RECORD_ID.fullmatch(name))


def on_stream(system: System, record_id: str) -> Hop:
    """Return the hop of the position stream. A line with several records has one place there."""
    place = _RECORD_ID.fullmatch(record_id)
    shard, number = place.groups() if place else (record_id, "")
    hop = ("stream", f"{shard}:{number}")
    kinesis, stream = system.client("kinesis"), {"StreamName": system.outputs["position_stream_name"]}
    start = {"ShardId": shard, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number}
    try:
        iterator = kinesis.get_shard_iterator(**stream, **start)["ShardIterator"]
        records = kinesis.get_records(ShardIterator=iterator, Limit=1)["Records"]
    except ClientError as error:
        _unless_gone(error)
        records = []
    if not records or records[0]["SequenceNumber"] != number:
        return Hop(*hop, said=f"{NOT_FOUND}: older than the stream's retention of 7 days, or there is no such record")
    size = len(records[0]["Data"])
    return Hop(*hop, instant(records[0]["ApproximateArrivalTimestamp"]), f"{size} bytes")


def states(system: System, *ids: str) -> Mapping[str, Item]:
    """Return queue-state's items of these ids, by id."""
    dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    return read_items(dynamodb, system.outputs["queue_state_table_name"], ids)


def records_of(system: System, identity: str) -> list[str]:
    """Return the ids of the records with an identity, such as a trade's id, as queue-state has them; it reads the whole table."""
    pages = system.client("dynamodb").get_paginator("scan").paginate(
        TableName=system.outputs["queue_state_table_name"], ProjectionExpression="id",
        FilterExpression="record_identity = :identity", ExpressionAttributeValues={":identity": {"S": identity}},
    )  # fmt: skip
    return [item["id"]["S"] for page in pages for item in page["Items"]]


def in_queue_state(name: str, key: str, item: Item | None, absent: str) -> Hop:
    """Return the hop of a record or request; `absent` is the next command where queue-state does not know it."""
    if item is None:
        return Hop(name, key, next=absent)
    reason = f" ({item['reason']}: {item.get('detail', '')})" if item.get("reason") else ""
    received = f", received {item['received_at']}" if item.get("received_at") else ""
    return Hop(name, key, str(item.get("updated_at", "")), f"{item.get('state', 'no state')}{reason}{received}")


def given_up(system: System, record_id: str) -> Iterator[Hop]:
    """Give the dead letters that hold the record, and what was done with those that are gone."""
    with letters(system) as found:
        for letter in found:
            if record_id in letter.record_ids:
                said = f"{letter.kind}: {letter.reason}"
                yield Hop(
                    "dead letter",
                    letter.letter_id,
                    letter.received_at,
                    said,
                    f"make redrive DO='show {letter.letter_id}'",
                )
    for entry in history(system):
        if record_id in entry.ids:
            yield Hop("redrive", entry.letter_id, entry.at, entry.said)


def calculation(system: System, key: str) -> Hop:
    """Return the hop of an entitlement's calculation in S3; `key` may name an entry within an object (`object#line`)."""
    try:
        head = system.client("s3").head_object(Bucket=system.outputs["calculations_bucket"], Key=key.partition("#")[0])
    except ClientError as error:
        _unless_gone(error)
        return Hop("calculation", key, next="make verify")
    return Hop("calculation", key, instant(head["LastModified"]), f"{head['ContentLength']} bytes")


def projection(system: System, entitlement: str) -> Hop:
    """Return the hop of an entitlement (`event/account/option`) in the read projection."""
    event_id, account, option = entitlement.rsplit("/", 2)
    key = {"safekeeping_account": {"S": account}, "entitlement_key": {"S": f"{event_id}#{option}"}}
    table = system.outputs["entitlements_table_name"]
    item = system.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    if item is None:
        return Hop("projection", entitlement, next="make verify")
    return Hop("projection", entitlement, said=f"revision {item['revision'].get('N') or item['revision'].get('S')}")


def logged(system: System, *ids: str) -> Iterator[Hop]:
    """Give the newest lines of functions and engine that name one of the ids."""
    groups = [f"/aws/lambda/{name}" for name in system.outputs["function_names"].values()]
    logs = system.client("logs")
    for group in (*groups, f"/ecs/{system.outputs['engine_service_name']}"):
        lines: list[tuple[int, str]] = []
        for name in filter(None, ids):
            try:
                events = logs.filter_log_events(logGroupName=group, filterPattern=f'"{name}"')["events"]
            except ClientError as error:
                _unless_gone(error)
                events = []
            lines += [(event["timestamp"], event["message"]) for event in events]
        yield from (Hop("log", group, said=text.strip()) for _, text in sorted(lines)[-_SHOWN:])
    yield from _in_files(system, *ids)


def _in_files(system: System, *ids: str) -> Iterator[Hop]:
    """Give lines of engine tasks that a supervisor of ours runs, whose logs are files."""
    folder = RunFolder.of_target(system.target).logs
    for log in sorted(folder.glob("engine/**/*.log")) if folder.is_dir() else ():
        lines = log.read_text(errors="replace").splitlines()
        naming = [line for line in lines if any(name and name in line for name in ids)]
        yield from (Hop("log", str(log.relative_to(folder)), said=line) for line in naming[-_SHOWN:])


def _unless_gone(error: ClientError) -> None:
    if error.response["Error"]["Code"] not in _GONE:
        raise error
