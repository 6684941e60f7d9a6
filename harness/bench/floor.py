"""The floor: what a dividend wrote, written again by the fastest plain means, without reading or calculating anything."""

import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from time import perf_counter
from typing import Any

from harness.deadline import wait_for
from harness.system import System
from harness.terminal_states import TABLE

_THREADS = 8
SOURCE, PREFIX = "asset-servicing-floor", "FLOOR-"
"""Source of the floor's events, and what stands before the event id in them: nobody takes them for the system's."""


@contextmanager
def floor(system: System) -> Iterator["Floor"]:
    """A floor on a system, with a scratch DynamoDB table and a rule on the bus while the block runs."""
    made = Floor(system, f"floor-{uuid.uuid4().hex[:8]}")
    made.make_table()
    try:
        made.make_rule()
        yield made
    finally:
        made.remove()


class Floor:
    """Writes a dividend's results again. Objects go under `floor/` and are removed after each run."""

    def __init__(self, system: System, name: str) -> None:
        self._system, self._name = system, name
        self._dynamodb, self._s3, self._events = (system.client(service) for service in ("dynamodb", "s3", "events"))
        self._bucket, self._bus = system.outputs["calculations_bucket"], system.outputs["event_bus_name"]

    def make_rule(self) -> None:
        """Sends the floor's events where the system's go."""
        self._events.put_rule(Name=self._name, EventBusName=self._bus, EventPattern=json.dumps({"source": [SOURCE]}))
        topic = {"Id": "topic", "Arn": self._system.outputs["notifications_topic_arn"]}
        self._events.put_targets(Rule=self._name, EventBusName=self._bus, Targets=[topic])

    def remove(self) -> None:
        """Removes rule and table."""
        self._events.remove_targets(Rule=self._name, EventBusName=self._bus, Ids=["topic"])
        self._events.delete_rule(Name=self._name, EventBusName=self._bus)
        self._dynamodb.delete_table(TableName=self._name)

    def write(self, event_id: str, await_notifications: Callable[[], object]) -> dict[str, float]:
        """Seconds of each part: rows, items, objects, events until the last notification."""
        rows, items, objects, entries = (
            self._rows(event_id),
            self._items(event_id),
            self._objects(event_id),
            self._entries(event_id),
        )
        parts = {
            "floor, rows by COPY": self._timed(lambda: self._copy(rows)),
            "floor, items by BatchWriteItem": self._timed(
                lambda: self._side_by_side(self._write_items, _cut(items, 25))
            ),
            "floor, objects": self._timed(lambda: self._side_by_side(self._put_object, objects)),
        }

        def announce() -> None:
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(await_notifications)
                self._side_by_side(self._put_events, _cut(entries, 10))
                waiting.result()

        parts["floor, events to the last notification"] = self._timed(announce)
        for keys in _cut([key for key, _ in objects], 1000):
            self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in keys]})
        return parts

    # -- what the dividend wrote ------------------------------------------------------------------------------------

    def _rows(self, event_id: str) -> bytes:
        buffer = io.BytesIO()
        with closing(self._system.database()) as connection, connection.cursor() as cursor:
            query = cursor.mogrify(
                "SELECT * FROM entitlements WHERE corporate_action_event_id = %s", (event_id,)
            ).decode()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", buffer)
        return buffer.getvalue()

    def _items(self, event_id: str) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._system.outputs["entitlements_table_name"], IndexName="by_corporate_action",
            KeyConditionExpression="corporate_action_event_id = :event", ExpressionAttributeValues={":event": {"S": event_id}},
        )  # fmt: skip
        return [item for page in pages for item in page["Items"]]

    def _objects(self, event_id: str) -> list[tuple[str, bytes]]:
        keys = [item["calculation_key"]["S"] for item in self._items(event_id)]
        with ThreadPoolExecutor(_THREADS) as pool:
            bodies = pool.map(lambda key: self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read(), keys)
            return [(f"floor/{key}", body) for key, body in zip(keys, bodies, strict=True)]

    def _entries(self, event_id: str) -> list[dict[str, str]]:
        details = [{name: next(iter(value.values())) for name, value in item.items()} for item in self._items(event_id)]
        marked = {"corporate_action_event_id": f"{PREFIX}{event_id}"}
        bodies = [
            {**detail, **marked, "notification_id": f"{PREFIX}{detail['safekeeping_account']}"} for detail in details
        ]
        fixed = {"Source": SOURCE, "DetailType": "EntitlementCompleted", "EventBusName": self._bus}
        return [{**fixed, "Detail": json.dumps(body, default=str)} for body in bodies]

    # -- writing it again -------------------------------------------------------------------------------------------

    def _copy(self, rows: bytes) -> None:
        with closing(self._system.database()) as connection, connection, connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE floor (LIKE entitlements INCLUDING ALL)")
            cursor.copy_expert("COPY floor FROM STDIN", io.BytesIO(rows))

    def _write_items(self, items: Sequence[dict[str, Any]]) -> None:
        left = {self._name: [{"PutRequest": {"Item": item}} for item in items]}
        while left:
            left = self._dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems") or {}

    def _put_object(self, calculation: tuple[str, bytes]) -> None:
        key, body = calculation
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json")

    def _put_events(self, entries: Sequence[dict[str, str]]) -> None:
        self._events.put_events(Entries=list(entries))

    # -- means ------------------------------------------------------------------------------------------------------

    def make_table(self) -> None:
        """Like the projection: same keys, index and stream."""
        table = self._dynamodb.describe_table(TableName=self._system.outputs["entitlements_table_name"])["Table"]
        indexes = [
            {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
            for index in table["GlobalSecondaryIndexes"]
        ]
        self._dynamodb.create_table(
            TableName=self._name, KeySchema=table["KeySchema"], AttributeDefinitions=table["AttributeDefinitions"],
            GlobalSecondaryIndexes=indexes, BillingMode="PAY_PER_REQUEST", StreamSpecification=table["StreamSpecification"],
        )  # fmt: skip
        wait_for("the floor's table", self._described, lambda table: table["TableStatus"] == "ACTIVE", ended=TABLE)

    def _described(self) -> dict[str, Any]:
        return dict(self._dynamodb.describe_table(TableName=self._name)["Table"])

    @staticmethod
    def _side_by_side(write: Callable[[Any], None], parts: Iterable[Any]) -> None:
        with ThreadPoolExecutor(_THREADS) as pool:
            list(pool.map(write, parts))

    @staticmethod
    def _timed(action: Callable[[], None]) -> float:
        began = perf_counter()
        action()
        return perf_counter() - began


def _cut(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
