"""Publishing entitlements: projection, S3 calculations, and EntitlementCompleted last."""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from sending import REFUSED, RefusedError, SendError
from servicing_engine.publishing.fenced import Fence
from servicing_engine.settings import Settings
from servicing_engine.store import published
from servicing_engine.store.outbox import Row

_SERIALIZER = TypeSerializer()
_EVENTS_A_CALL = 10
"""What PutEvents takes (API reference)."""
SOURCE, DETAIL_TYPE = "asset-servicing", "EntitlementCompleted"


@dataclass(frozen=True, slots=True)
class Announcer:
    """Clients and the pool in which calls go side by side."""

    s3: Any
    events: Any
    settings: Settings
    pool: Executor

    def publish(self, cursor: Any, rows: Sequence[Row], fence: Fence) -> None:
        """Publish rows `project` and `announce`, no two of one key. Raises botocore's errors, SupersededError, SendError and RefusedError.

        Events go last and at once, so that whoever is told can read how it was calculated, and a kill seldom tells twice.
        """
        if not rows:
            return
        current = published.current_entitlements(cursor, (row.key for row in rows))
        opened = [row for row in rows if row.kind == "announce"]
        details = published.announcements(cursor, opened)
        calculations = [
            partial(self._calculation, detail, row.body["explanation"])
            for detail, row in zip(details, opened, strict=True)
            if "explanation" in row.body  # an announcement that is made again has its calculation in S3
        ]
        projected = [_projected(key, item) for key, item in current.items()]
        self._side_by_side([partial(fence.write, self.settings.entitlements_table, projected), *calculations])
        self._side_by_side([partial(self._put_events, batch) for batch in _cut(details, _EVENTS_A_CALL)])
        published.note_announced(cursor, details)

    def _side_by_side(self, calls: Iterable[Callable[[], None]]) -> None:
        """Run all calls, then raise the first failure."""
        futures = [self.pool.submit(call) for call in calls]
        failures = [failure for future in futures if (failure := future.exception())]
        if failures:
            raise failures[0]

    def _calculation(self, detail: dict[str, Any], explanation: Sequence[Any]) -> None:
        body = json.dumps({**detail, "explanation": explanation}, ensure_ascii=False)
        self.s3.put_object(
            Bucket=self.settings.calculations_bucket,
            Key=detail["calculation_key"],
            Body=body.encode(),
            ContentType="application/json",
        )

    def _put_events(self, details: Sequence[dict[str, Any]]) -> None:
        common = {"Source": SOURCE, "DetailType": DETAIL_TYPE, "EventBusName": self.settings.event_bus_name}
        answer = self.events.put_events(Entries=[{**common, "Detail": json.dumps(detail)} for detail in details])
        if answer["FailedEntryCount"]:
            codes = {entry["ErrorCode"] for entry in answer["Entries"] if entry.get("ErrorCode")}
            error = RefusedError if codes & REFUSED else SendError
            raise error(f"EventBridge refused {answer['FailedEntryCount']} events: {', '.join(sorted(codes))}")


def _projected(key: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return the write of a key's present row, or its removal: the projection holds current rows only."""
    event_id, account, option = key.rsplit("/", 2)
    identity = {"safekeeping_account": account, "entitlement_key": f"{event_id}#{option}"}
    if item:
        return {"Put": {"Item": to_item(item | identity)}}
    return {"Delete": {"Key": to_item(identity)}}


def to_item(values: dict[str, Any]) -> dict[str, Any]:
    """Return Python values as DynamoDB's, without those that are None."""
    return {
        name: {"S": value} if isinstance(value, str) else _SERIALIZER.serialize(value)
        for name, value in values.items()
        if value is not None
    }


def _cut(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
