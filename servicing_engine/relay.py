"""Publishes the outbox: projection, S3 calculations, EntitlementCompleted, queue-state and quarantine.

One relay at a time over all tasks (a session lock in PostgreSQL, freed when its task dies), in the order of the outbox. Every write is
idempotent and the row is marked last, so that a killed relay's rows are published again: at least once, with the stable `notification_id`
to dedupe by.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from servicing_engine.settings import Settings
from servicing_engine.store import calculated_events, published

_LOCK = 7_201_004
_BATCH = 200
_SERIALIZER = TypeSerializer()
SOURCE, DETAIL_TYPE = "asset-servicing", "EntitlementCompleted"


class PublishError(RuntimeError):
    """EventBridge refused events; their rows stay in the outbox."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Clients of one task. `connection` is the relay's own: its lock lives as long as it does."""

    connection: Any
    dynamodb: Any
    s3: Any
    events: Any
    sqs: Any
    settings: Settings
    pool: ThreadPoolExecutor

    def lead(self) -> bool:
        """True while this task is the one that relays."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(
                """SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
                       AND objid = %(lock)s) OR pg_try_advisory_lock(%(lock)s)""",
                {"lock": _LOCK},
            )
            return bool(cursor.fetchone()[0])

    def publish(self) -> int:
        """Publishes the next rows and marks them; returns how many. Raises botocore's errors and PublishError: nothing is marked."""
        with self.connection, self.connection.cursor() as cursor:
            rows = published.waiting(cursor, _BATCH)
            self._project(cursor, [row.key for row in rows if row.kind == "project"])
            self._states(cursor, rows)
            self._quarantine([row for row in rows if row.kind == "quarantine"])
            self._announce(cursor, [row for row in rows if row.kind == "announce"])
            published.mark(cursor, rows)
        return len(rows)

    def _project(self, cursor: Any, keys: Sequence[str]) -> None:
        """The present CALCULATED rows of these keys, or their removal: the projection holds current ones only."""
        writes = []
        for account, event_id, option, item in published.current_entitlements(cursor, keys):
            key = {"safekeeping_account": account, "entitlement_key": f"{event_id}#{option}"}
            writes.append(
                {"PutRequest": {"Item": _item(item | key)}} if item else {"DeleteRequest": {"Key": _item(key)}}
            )
        self._write(self.settings.entitlements_table, writes)

    def _states(self, cursor: Any, rows: Sequence[published.Row]) -> None:
        items = {
            row.key: {"id": row.key, "kind": row.kind, **row.body} for row in rows if row.kind in ("record", "request")
        }
        event_ids = sorted({row.key for row in rows if row.kind == "corporate_action"})
        for isin, calculated in calculated_events.of_securities(cursor, event_ids):
            items[f"calculated_events:{isin}"] = {"kind": "calculated_events", "isin": isin, "events": calculated}
        for event_id in event_ids:
            state = published.event_state(cursor, event_id)
            items[f"corporate_action:{event_id}"] = {"kind": "corporate_action", **state}
        for account in {row.key for row in rows if row.kind == "tax_lots"}:
            for isin, quantity in published.open_quantities(cursor, account):
                balance = {"safekeeping_account": account, "isin": isin, "open_quantity": quantity}
                items[f"tax_lots:{account}:{isin}"] = {"kind": "tax_lots", **balance}
        puts = [{"PutRequest": {"Item": _item({**item, "id": key})}} for key, item in items.items()]
        self._write(self.settings.queue_state_table, puts)

    def _quarantine(self, rows: Iterable[published.Row]) -> None:
        for row in rows:
            original = json.dumps(row.body["original"], ensure_ascii=False).encode()
            message = {**row.body, "kind": "quarantine", "record_id": row.key}
            del message["original"]
            message["original_base64"] = base64.b64encode(original).decode()
            self.sqs.send_message(QueueUrl=self.settings.dead_letter_queue_url, MessageBody=json.dumps(message))

    def _announce(self, cursor: Any, rows: Sequence[published.Row]) -> None:
        """S3 first, so that whoever is told can read how it was calculated; then the events, ten at a time."""
        details = [published.announcement(cursor, row) for row in rows]
        list(self.pool.map(self._calculation, details, rows))
        for start in range(0, len(details), 10):
            entries = [
                {
                    "Source": SOURCE,
                    "DetailType": DETAIL_TYPE,
                    "Detail": json.dumps(detail),
                    "EventBusName": self.settings.event_bus_name,
                }
                for detail in details[start : start + 10]
            ]
            answer = self.events.put_events(Entries=entries)
            if answer["FailedEntryCount"]:
                codes = {each.get("ErrorCode") for each in answer["Entries"] if each.get("ErrorCode")}
                raise PublishError(
                    f"EventBridge refused {answer['FailedEntryCount']} events: {', '.join(map(str, codes))}"
                )

    def _calculation(self, detail: dict[str, Any], row: published.Row) -> None:
        body = json.dumps({**detail, "explanation": row.body["explanation"]}, indent=1, ensure_ascii=False)
        self.s3.put_object(
            Bucket=self.settings.calculations_bucket,
            Key=detail["calculation_key"],
            Body=body.encode(),
            ContentType="application/json",
        )

    def _write(self, table: str, requests: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(requests), 25):
            left = {table: list(requests[start : start + 25])}
            while left:
                left = self.dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems") or {}


def _item(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _SERIALIZER.serialize(value) for name, value in values.items() if value is not None}
