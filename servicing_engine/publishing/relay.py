"""Publishes the outbox: projection, S3 calculations, EntitlementCompleted, queue-state, shards and quarantine.

The outbox has partitions, by account; any number of relays, over tasks and threads, take chunks of them, one relay at a time each (a
lock that goes with the transaction or its task). Within a partition rows go in order. Every write is idempotent and a chunk is marked last,
so that a killed relay's chunk is published again: at least once, with the stable `notification_id` to dedupe by.
"""

import hashlib
import itertools
import json
import logging
import random
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sending import Quarantine, RefusedError, code_of, send_messages, send_quarantines
from servicing_engine.publishing import queue_state
from servicing_engine.publishing.announcing import Announcer, to_item
from servicing_engine.publishing.fenced import Fence, SupersededError
from servicing_engine.publishing.queue_state import State
from servicing_engine.settings import Settings
from servicing_engine.store import calculated_events, locks, outbox, published, reconciled
from servicing_engine.store.connect import Database
from servicing_engine.store.faults import is_of_the_record
from servicing_engine.store.outbox import Row

_LOGGER = logging.getLogger(__name__)
CHUNK = 100
PAUSE_SECONDS = 0.05
"""Between two looks, unless a whole chunk waited: small chunks cost a transaction each, so that what comes together goes together."""


@dataclass(frozen=True, slots=True)
class Relay:
    """One thread's tools. `database` is the relay's own."""

    database: Database
    announcer: Announcer
    dynamodb: Any
    sqs: Any
    settings: Settings

    def run(self, stopping: threading.Event) -> None:
        """Publish until told to stop; the chunk in hand is finished first."""
        while not stopping.is_set():
            if self.publish() < CHUNK:
                stopping.wait(PAUSE_SECONDS)

    def publish(self) -> int:
        """Publish the next chunk of each partition that no other relay has; return how many rows were published or refused.

        Raises DatabaseAwayError, botocore's errors and SendError: the chunk is not marked then.
        """
        partitions = self.database.run(_occupied)
        random.shuffle(partitions)
        return sum(self.database.run(partial(self._publish_chunk, partition)) for partition in partitions)

    def _publish_chunk(self, partition: int, connection: Any, most: int = CHUNK) -> int:
        """Publish at most so many rows. If one of them is refused for what it holds, each is published alone, and that one is parked at
        its last try, so that those behind it pass."""
        rows: Sequence[Row] = ()
        try:
            with connection, connection.cursor() as cursor:
                if not locks.try_partition(cursor, partition):
                    return 0
                version = published.next_state_version(cursor)
                rows = _no_key_twice(outbox.waiting(cursor, partition, most))
                self._send(cursor, rows, Fence(self.dynamodb, self.settings.queue_state_table, partition, version))
                outbox.mark(cursor, rows)
        except SupersededError as error:
            _LOGGER.warning("chunk left to another relay: %s", error)
            return 0
        except Exception as error:  # of any kind: what is not of a row is raised
            if not rows or not is_of_the_record(error):
                raise
            if len(rows) > 1:
                return sum(self._publish_chunk(partition, connection, 1) for _ in rows)
            with connection, connection.cursor() as cursor:
                parked = outbox.note_refusal(cursor, rows[0], f"{code_of(error)}: {error}"[:1_000])
            _LOGGER.exception("outbox row %s (%s) is refused%s", rows[0].outbox_id, rows[0].kind, parked * ": parked")
        return len(rows)

    def _send(self, cursor: Any, rows: Sequence[Row], fence: Fence) -> None:
        of_kind: dict[str, list[Row]] = {}
        for row in rows:
            of_kind.setdefault(row.kind, []).append(row)
        self._states(cursor, of_kind, fence.version)
        self._balances(cursor, of_kind, fence)
        self._quarantine(of_kind.get("quarantine", ()))
        self._recalculate(of_kind.get("recalculate", ()))
        self.announcer.publish(cursor, [*of_kind.get("project", ()), *of_kind.get("announce", ())], fence)

    def _states(self, cursor: Any, of_kind: dict[str, list[Row]], version: int) -> None:
        records, kept_days = list({row.key for row in of_kind.get("record", ())}), int(self.settings.queue_state_days)
        states = [
            State(record_id, version, {"kind": "record", **said}, 0 if said["state"] == "HELD" else kept_days)
            for record_id, said in published.record_states(cursor, records).items()
        ]
        requests = of_kind.get("request", ())
        states += [queue_state.request_state(row.key, "PUBLISHED", kept_days=kept_days) for row in requests]
        queue_state.advance(self.dynamodb, self.settings.queue_state_table, states)

    def _balances(self, cursor: Any, of_kind: dict[str, list[Row]], fence: Fence) -> None:
        items: list[dict[str, Any]] = []
        event_ids = list(dict.fromkeys(row.key for row in of_kind.get("corporate_action", ())))
        for isin, calculated in calculated_events.of_securities(cursor, event_ids):
            items.append(
                {"id": f"calculated_events:{isin}", "kind": "calculated_events", "isin": isin, "events": calculated}
            )
        for event_id in event_ids:
            state = published.event_state(cursor, event_id)
            items.append({"id": f"corporate_action:{event_id}", "kind": "corporate_action", **state})
        for account, isins in _securities(lots := of_kind.get("tax_lots", ())).items():
            for balance in reconciled.open_quantities(cursor, account, isins):
                own = {"id": f"tax_lots:{account}:{balance['isin']}", "kind": "tax_lots"}
                items.append({**own, "safekeeping_account": account, **balance})
        items += reconciled.items(cursor, (row.key for row in of_kind.get("reconciled", ())))
        present = {item["id"]: item for item in items}
        gone = {f"tax_lots:{row.key}:{isin}" for row in lots for isin in row.body.get("vanished", ())} - present.keys()
        writes: list[dict[str, Any]] = [{"Put": {"Item": to_item(item)}} for item in present.values()]
        writes += [{"Delete": {"Key": to_item({"id": item_id})}} for item_id in sorted(gone)]
        fence.write(self.settings.queue_state_table, writes)

    def _quarantine(self, rows: Sequence[Row]) -> None:
        settings, quarantines = self.settings, [Quarantine.from_json(row.key, row.body) for row in rows]
        send_quarantines(
            self.sqs, self.announcer.s3, settings.dead_letter_queue_url, settings.reports_bucket, quarantines
        )

    def _recalculate(self, rows: Sequence[Row]) -> None:
        """Send a message for each shard. It may be sent twice: a shard is done once."""
        bodies = [json.dumps(_message(row)) for row in rows]
        if refused := send_messages(self.sqs, self.settings.entitlement_requests_queue_url, bodies):
            raise RefusedError(f"SQS refused shards: {', '.join(refused.values())}")


def _occupied(connection: Any) -> list[int]:
    with connection, connection.cursor() as cursor:
        return outbox.occupied(cursor)


def _securities(rows: Iterable[Row]) -> dict[str, list[str] | None]:
    """Return the securities whose balance may differ of each account; None for all: a row that is published again names none."""
    named: dict[str, list[list[str] | None]] = {}
    for row in rows:
        named.setdefault(row.key, []).append(row.body.get("isins"))
    return {
        account: None if None in lists else list(itertools.chain.from_iterable(filter(None, lists)))
        for account, lists in named.items()
    }


def _message(row: Row) -> dict[str, Any]:
    return {"kind": "recalculate", "request_id": hashlib.sha256(row.key.encode()).hexdigest()[:32], **row.body}


def _no_key_twice(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows up to the first whose key came before, so that of one key no row overtakes another in a chunk."""
    seen: set[tuple[bool, str]] = set()
    for index, row in enumerate(rows):
        name = (row.kind in ("project", "announce"), row.key)
        if name in seen and name[0]:
            return rows[:index]
        seen.add(name)
    return rows
