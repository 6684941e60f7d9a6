"""Facts in, duplicates and conflicts out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.records import Position, Record, content_digest, parse_record


@dataclass(frozen=True, slots=True)
class Fact:
    """A record from the stream with its place there (`<shard>:<sequence number>`)."""

    record_id: str
    record: Record
    body: Mapping[str, Any]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Fact":
        """A fact of an entitlement request. Raises domain.records.RecordError."""
        record, body = parse_record(entry["record"])
        return cls(entry["record_id"], record, body)


@dataclass(frozen=True, slots=True)
class Outcome:
    """APPLIED, DUPLICATE, STALE, HELD or QUARANTINED, with a reason for the last two."""

    state: str
    reason: str = ""
    detail: str = ""


def already_processed(cursor: Any, record_ids: Sequence[str]) -> set[str]:
    """Those that the inbox has: they came again."""
    cursor.execute("SELECT record_id FROM inbox WHERE record_id = ANY(%s)", (list(record_ids),))
    return {record_id for (record_id,) in cursor.fetchall()}


def store(cursor: Any, fact: Fact) -> Outcome:
    """Appends the fact and makes it current where its sequence is the highest; the caller holds the account's or event's lock."""
    outcome = _second_source(cursor, fact) or _append(cursor, fact)
    if outcome.state == "APPLIED" and not _make_current(cursor, fact):
        outcome = Outcome("STALE")
    cursor.execute(
        """INSERT INTO inbox (record_id, record_type, identity, outcome, reason, detail) VALUES (%s, %s, %s, %s, %s, %s)""",
        (
            *(fact.record_id, fact.record.record_type, fact.record.identity),
            *(outcome.state, outcome.reason, outcome.detail),
        ),
    )
    return outcome


def _append(cursor: Any, fact: Fact) -> Outcome:
    record, digest = fact.record, content_digest(fact.body)
    cursor.execute(
        """INSERT INTO facts (record_type, identity, sequence, digest, body, record_id) VALUES (%s, %s, %s, %s, %s, %s)
           ON CONFLICT DO NOTHING RETURNING 1""",
        (record.record_type, record.identity, record.sequence, digest, json.dumps(fact.body), fact.record_id),
    )
    if cursor.fetchone():
        return Outcome("APPLIED")
    cursor.execute(
        "SELECT digest FROM facts WHERE record_type = %s AND identity = %s AND sequence = %s",
        (record.record_type, record.identity, record.sequence),
    )
    if cursor.fetchone()[0] == digest:
        return Outcome("DUPLICATE")
    detail = f"sequence {record.sequence} of {record.identity} said otherwise"
    return Outcome("QUARANTINED", "conflicting_content", detail)


def _second_source(cursor: Any, fact: Fact) -> Outcome | None:
    position = fact.record
    if not isinstance(position, Position):
        return None
    cursor.execute(
        """SELECT source FROM current_positions
           WHERE isin = %s AND safekeeping_account = %s AND safekeeping_place = %s AND as_of_date = %s""",
        (position.isin, position.safekeeping_account, position.safekeeping_place, position.as_of_date),
    )
    row = cursor.fetchone()
    if row is None or row[0] == position.source:
        return None
    return Outcome("HELD", "second_source", f"{position.identity} is reported by {row[0]} already")


def _make_current(cursor: Any, fact: Fact) -> bool:
    record = fact.record
    if isinstance(record, Position):
        cursor.execute(
            """INSERT INTO current_positions AS current VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
               ON CONFLICT (isin, safekeeping_account, safekeeping_place, as_of_date) DO UPDATE
               SET settled_quantity = excluded.settled_quantity, sequence = excluded.sequence, record_id = excluded.record_id
               WHERE current.sequence < excluded.sequence RETURNING 1""",
            (
                record.safekeeping_account,
                record.isin,
                record.safekeeping_place,
                record.as_of_date,
                record.settled_quantity,
                record.source,
                record.sequence,
                fact.record_id,
            ),
        )
    else:
        cursor.execute(
            """INSERT INTO current_records AS current (record_type, identity, sequence, body, record_id) VALUES (%s, %s, %s, %s, %s)
               ON CONFLICT (record_type, identity) DO UPDATE
               SET sequence = excluded.sequence, body = excluded.body, record_id = excluded.record_id
               WHERE current.sequence < excluded.sequence RETURNING 1""",
            (record.record_type, record.identity, record.sequence, json.dumps(fact.body), fact.record_id),
        )
    return cursor.fetchone() is not None
