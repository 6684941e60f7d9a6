"""Shards of an event: ranges of buckets that are still to be calculated, each by one message and in one transaction."""

from dataclasses import dataclass
from typing import Any

from psycopg2.extras import execute_values

from servicing_engine.store import outbox
from servicing_engine.store.buckets import ranges


@dataclass(frozen=True, slots=True)
class Shard:
    """Accounts whose bucket is in [low, high), of one event. `request_id` names the request that it is part of."""

    corporate_action_event_id: str
    low: int
    high: int
    request_id: str | None


def drop(cursor: Any, event_id: str) -> None:
    """Forget what is still to be calculated of an event: it is calculated anew."""
    cursor.execute("DELETE FROM shards WHERE corporate_action_event_id = %s", (event_id,))


def add(cursor: Any, event_id: str, version: int, count: int, request_id: str) -> None:
    """Cut an event into shards, and enqueue the message of each in the same transaction: a kill loses none."""
    rows = execute_values(
        cursor,
        """INSERT INTO shards (corporate_action_event_id, version, low, high, request_id) VALUES %s
           RETURNING shard_id, low, high""",
        [(event_id, version, low, high, request_id or None) for low, high in ranges(count)],
        fetch=True,
    )
    of_event = {"corporate_action_event_id": event_id, "version": version}
    outbox.enqueue(
        cursor,
        [
            (
                "recalculate",
                f"{event_id}/{shard_id}",
                {"shard_id": shard_id, **of_event, "account_buckets": [low, high]},
            )
            for shard_id, low, high in rows
        ],
    )


def of_event(cursor: Any, event_id: str) -> list[int]:
    """Return the shards of an event that are still to be calculated."""
    cursor.execute("SELECT shard_id FROM shards WHERE corporate_action_event_id = %s ORDER BY 1", (event_id,))
    return [shard_id for (shard_id,) in cursor.fetchall()]


def event_of(cursor: Any, shard_id: int) -> str:
    """Return the event that a shard belongs to, or "" where the shard is done or dropped."""
    cursor.execute("SELECT corporate_action_event_id FROM shards WHERE shard_id = %s", (shard_id,))
    row = cursor.fetchone()
    return str(row[0]) if row else ""


def take(cursor: Any, shard_id: int) -> Shard | None:
    """Remove and return the shard, to be calculated in this transaction; None if it is done, or its event was changed since."""
    cursor.execute(
        "DELETE FROM shards WHERE shard_id = %s RETURNING corporate_action_event_id, low, high, request_id", (shard_id,)
    )
    row = cursor.fetchone()
    return Shard(*row) if row else None
