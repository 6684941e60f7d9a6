"""The outbox: rows written with what they announce, published in order per partition, marked when they are out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2.extras import execute_values

from servicing_engine.store.buckets import LAST, PARTITIONS, bucket

MOST_TRIES = 3
"""How often a row is tried that a service refuses for what it holds, until it is parked."""
_LAST_KINDS = ("record", "request")
_OF_ACCOUNTS = ("project", "announce")


@dataclass(frozen=True, slots=True)
class Row:
    """One outbox row."""

    outbox_id: int
    kind: str
    key: str
    body: Mapping[str, Any]


def name_request(cursor: Any, request_id: str) -> None:
    """Make rows that are enqueued until the transaction ends belong to this request."""
    cursor.execute("SELECT set_config('servicing.request_id', %s, true)", (request_id,))


def enqueue(cursor: Any, rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Write rows (kind, key, body), which are published after the commit in order per key."""
    values = [(kind, key, json.dumps(body), partition(kind, key)) for kind, key, body in rows]
    if values:
        execute_values(cursor, "INSERT INTO outbox (kind, key, body, partition) VALUES %s", values, page_size=500)


def partition(kind: str, key: str) -> int:
    """Return the partition of a kind and key: all rows of one entitlement have the same."""
    if kind in _LAST_KINDS:
        return LAST
    return bucket(key.rsplit("/", 2)[1] if kind in _OF_ACCOUNTS else key) % PARTITIONS


def occupied(cursor: Any) -> list[int]:
    """Return the partitions that have something to publish."""
    cursor.execute(
        """SELECT candidate FROM generate_series(%s, %s) AS candidate
           WHERE EXISTS (SELECT 1 FROM outbox WHERE partition = candidate AND published_at IS NULL AND parked IS NULL)""",
        (LAST, PARTITIONS - 1),
    )
    return [occupied_partition for (occupied_partition,) in cursor.fetchall()]


def waiting(cursor: Any, of_partition: int, most: int) -> list[Row]:
    """Return the partition's oldest rows that are neither published nor parked; of the last partition only rows whose request has nothing
    else to publish or calculate."""
    alone = """AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.request_id = row.request_id
                               AND other.published_at IS NULL AND other.parked IS NULL AND other.partition >= 0)
               AND NOT EXISTS (SELECT 1 FROM shards WHERE shards.request_id = row.request_id)"""
    cursor.execute(
        f"""SELECT outbox_id, kind, key, body FROM outbox AS row WHERE published_at IS NULL AND parked IS NULL AND partition = %s
            {alone if of_partition == LAST else ""} ORDER BY outbox_id LIMIT %s""",
        (of_partition, most),
    )
    return [Row(*row) for row in cursor.fetchall()]


def last_id(cursor: Any) -> int:
    """Return the highest outbox id, 0 if there is none."""
    cursor.execute("SELECT coalesce(max(outbox_id), 0) FROM outbox")
    return int(cursor.fetchone()[0])


def left(cursor: Any, last: int) -> int:
    """Return how many rows up to the outbox id `last` wait to be published; those of records and requests are left out."""
    cursor.execute(
        "SELECT count(*) FROM outbox WHERE published_at IS NULL AND parked IS NULL AND partition >= 0 AND outbox_id <= %s",
        (last,),
    )
    return int(cursor.fetchone()[0])


def mark(cursor: Any, rows: Sequence[Row]) -> None:
    """Mark rows as published."""
    cursor.execute(
        "UPDATE outbox SET published_at = now() WHERE outbox_id = ANY(%s)", ([row.outbox_id for row in rows],)
    )


def lag(cursor: Any) -> tuple[int, int]:
    """Return the age in seconds of the oldest row that waits to be published (0: none waits), and the number of parked rows."""
    cursor.execute(
        """SELECT coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE parked IS NULL)), 0)::bigint, count(parked)
           FROM outbox WHERE published_at IS NULL"""
    )
    seconds, parked = cursor.fetchone()
    return seconds, parked


def prune(cursor: Any, kept_days: int, most: int) -> int:
    """Delete the oldest rows that were published more than `kept_days` ago, at most so many; return how many were."""
    cursor.execute(
        "SELECT outbox_id FROM outbox WHERE published_at < now() - make_interval(days => %s) ORDER BY published_at LIMIT %s",
        (kept_days, most),
    )
    old = [outbox_id for (outbox_id,) in cursor.fetchall()]
    if old:  # and not one that somebody publishes again meanwhile
        cursor.execute("DELETE FROM outbox WHERE outbox_id = ANY(%s) AND published_at IS NOT NULL", (old,))
    return len(old)


def note_refusal(cursor: Any, row: Row, reason: str) -> bool:
    """Count a try of a row that was refused; at the last one park it with the reason, and return True."""
    cursor.execute(
        """UPDATE outbox SET tries = tries + 1, parked = CASE WHEN tries + 1 >= %s THEN %s END WHERE outbox_id = %s
           RETURNING parked IS NOT NULL""",
        (MOST_TRIES, reason, row.outbox_id),
    )
    return bool(cursor.fetchone()[0])
