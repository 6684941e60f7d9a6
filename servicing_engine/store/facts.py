"""Facts in, duplicates and conflicts out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.records import CorporateAction, Position, Record, content_digest, parse_record
from sending import Quarantine
from servicing_engine.store import outbox


@dataclass(frozen=True, slots=True)
class Fact:
    """A record from the stream with its place there (`<shard>:<sequence number>`), its normalised JSON, and when the stream got it."""

    record_id: str
    record: Record
    body: Mapping[str, Any]
    received_at: str = ""

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Fact":
        """A fact of an entitlement request. Raises domain.records.RecordError."""
        record, body = parse_record(entry["record"])
        return cls(entry["record_id"], record, body, entry.get("received_at", ""))

    def quarantined(self, error: Exception) -> Quarantine:
        """Return the quarantine of this fact, which raised `error`; its original is the normalised record."""
        return Quarantine.of(error, self.record_id, self.received_at, _original(self.body))


@dataclass(frozen=True, slots=True)
class Outcome:
    """APPLIED, DUPLICATE, STALE, HELD or QUARANTINED, with reason and field for two. `changed`: other facts are current than before, as
    after an APPLIED one; a DUPLICATE or STALE one may show that a position's other source is first in the stream."""

    state: str
    reason: str = ""
    field: str = ""
    detail: str = ""
    changed: bool = False


def already_processed(cursor: Any, record_ids: Sequence[str]) -> set[str]:
    """Those that the inbox has: they came again."""
    cursor.execute("SELECT record_id FROM inbox WHERE record_id = ANY(%s)", (list(record_ids),))
    return {record_id for (record_id,) in cursor.fetchall()}


def stream_order(record_id: str) -> tuple[str, int, str]:
    """Sorts records as they stand in the stream: by shard, then by sequence number."""
    shard, _, number = record_id.rpartition(":")
    line = number.partition("/")[0]  # a message's further records are <sequence number>/2 and so on
    return shard, int(line) if line.isdigit() else 0, number


def first_source(reports: Iterable[tuple[str, str]]) -> str:
    """Of (source, record id) the source that is first in the stream: the one that reports a position."""
    return min(reports, key=lambda each: stream_order(each[1]))[0]


def store(cursor: Any, fact: Fact, now: datetime) -> Outcome:
    """Appends the fact as received `now` (aware UTC) and makes current what is; the caller holds the account's or event's lock.

    Between facts that conflict the one earlier in the stream stands, whichever comes first: a later arrival may take an earlier one's
    place, whose record is then quarantined, or held where it is of a second source.
    """
    digest = content_digest(fact.body)
    outcome = _append(cursor, fact, digest, now)
    if isinstance(fact.record, Position) and outcome.state in ("APPLIED", "DUPLICATE"):
        folded = _fold_position(cursor, fact, fact.record)
        outcome = replace(folded if outcome.state == "APPLIED" else outcome, changed=folded.changed)
    elif outcome.state == "APPLIED":
        outcome = _make_current(cursor, fact)
    _note(cursor, (fact.record_id, fact.record.record_type, fact.record.identity, digest, fact.received_at), outcome)
    if outcome.state == "QUARANTINED":
        outbox.enqueue(cursor, [_conflict_message(fact.record_id, fact.received_at, outcome, fact.body)])
    return outcome


def store_quarantined(cursor: Any, found: Iterable[Quarantine], facts: Sequence[Fact] = ()) -> None:
    """Store records that can never be used as QUARANTINED, with their messages. Those of `facts` could be read and keep their identity."""
    records = {fact.record_id: fact.record for fact in facts}
    for quarantine in found:
        record = records.get(quarantine.record_id)
        named = (record.record_type, record.identity) if record else ("", "")
        outcome = Outcome("QUARANTINED", quarantine.reason, quarantine.field, quarantine.detail)
        _note(cursor, (quarantine.record_id, *named, "", quarantine.received_at), outcome)
        outbox.enqueue(
            cursor,
            [("record", quarantine.record_id, {}), ("quarantine", quarantine.record_id, quarantine.to_json())],
        )


def _note(cursor: Any, record: tuple[str, str, str, str, str], outcome: Outcome) -> None:
    """Put a record (id, type, identity, digest, received_at) into the inbox with its outcome."""
    cursor.execute(
        """INSERT INTO inbox (record_id, record_type, identity, digest, received_at, outcome, reason, field, detail)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (*record, outcome.state, outcome.reason, outcome.field, outcome.detail),
    )


_KEY = "record_type = %s AND identity = %s AND source = %s AND sequence = %s"


def _append(cursor: Any, fact: Fact, digest: str, now: datetime) -> Outcome:
    record = fact.record
    source = record.source if isinstance(record, Position) else ""
    key = (record.record_type, record.identity, source, record.sequence)
    cursor.execute(
        """INSERT INTO facts (record_type, identity, source, sequence, digest, body, record_id, first_record_id, recorded_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1""",
        (*key, digest, json.dumps(fact.body), fact.record_id, fact.record_id, now),
    )
    if cursor.fetchone():
        return Outcome("APPLIED")
    cursor.execute(f"SELECT digest, body, first_record_id FROM facts WHERE {_KEY}", key)
    standing, body, first = cursor.fetchone()
    earlier = stream_order(fact.record_id) < stream_order(first)
    if standing == digest:
        if earlier:
            cursor.execute(f"UPDATE facts SET first_record_id = %s WHERE {_KEY}", (fact.record_id, *key))
        return Outcome("DUPLICATE")
    field = "version" if isinstance(record, CorporateAction) else "sequence"
    detail = f"{field} {record.sequence} of {record.identity} said otherwise"
    conflict = Outcome("QUARANTINED", "conflicting_content", field, detail)
    if not earlier:
        return conflict
    cursor.execute(
        f"UPDATE facts SET digest = %s, body = %s, record_id = %s, first_record_id = %s WHERE {_KEY}",
        (digest, json.dumps(fact.body), fact.record_id, fact.record_id, *key),
    )
    settled = _settle(cursor, fact, standing, ("APPLIED", "STALE", "DUPLICATE", "HELD"), conflict)
    outbox.enqueue(cursor, (_conflict_message(record_id, came, conflict, body) for record_id, came in settled))
    _settle(cursor, fact, digest, ("QUARANTINED",), Outcome("DUPLICATE"))
    return Outcome("APPLIED")


def _settle(cursor: Any, fact: Fact, digest: str, states: Sequence[str], outcome: Outcome) -> list[tuple[str, str]]:
    """Give the records of the same identity with this content and one of the states another outcome; return (record id, received_at)."""
    cursor.execute(
        """UPDATE inbox SET outcome = %s, reason = %s, field = %s, detail = %s
           WHERE record_type = %s AND identity = %s AND digest = %s AND outcome = ANY(%s) RETURNING record_id, received_at""",
        (
            *(outcome.state, outcome.reason, outcome.field, outcome.detail),
            *(fact.record.record_type, fact.record.identity, digest, list(states)),
        ),
    )
    changed: list[tuple[str, str]] = sorted(cursor.fetchall())
    outbox.enqueue(cursor, [("record", record_id, {}) for record_id, _ in changed])
    return changed


def _conflict_message(
    record_id: str, received_at: str, outcome: Outcome, body: Mapping[str, Any]
) -> tuple[str, str, dict[str, str]]:
    """Return the outbox row of the quarantine of a conflicting fact; its original is the normalised record."""
    found = Quarantine(record_id, outcome.reason, outcome.field, outcome.detail, received_at, _original(body))
    return "quarantine", record_id, found.to_json()


def _original(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _make_current(cursor: Any, fact: Fact) -> Outcome:
    record = fact.record
    cursor.execute(
        """INSERT INTO current_records AS current (record_type, identity, sequence, body, record_id) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (record_type, identity) DO UPDATE
           SET sequence = excluded.sequence, body = excluded.body, record_id = excluded.record_id
           WHERE current.sequence <= excluded.sequence RETURNING 1""",
        (record.record_type, record.identity, record.sequence, json.dumps(fact.body), fact.record_id),
    )
    applied = cursor.fetchone() is not None
    return Outcome("APPLIED" if applied else "STALE", changed=applied)


def _fold_position(cursor: Any, fact: Fact, position: Position) -> Outcome:
    """The source that is first in the stream reports the position: its highest sequence is current, what others say is held."""
    cursor.execute(
        """SELECT source, sequence, first_record_id, record_id, digest, body ->> 'settled_quantity' FROM facts
           WHERE record_type = 'position' AND identity = %s""",
        (position.identity,),
    )
    rows = cursor.fetchall()
    reporter = first_source((row[0], row[2]) for row in rows)
    _, sequence, _, record_id, _, quantity = max((row for row in rows if row[0] == reporter), key=lambda row: row[1])
    changed = _write_position(cursor, position, (quantity, reporter, sequence, record_id))
    if any(row[0] != reporter for row in rows):
        outbox.enqueue(cursor, [("reconciled", f"position/{position.identity}", {})])
    held = Outcome("HELD", "second_source", "source", f"{position.identity} is reported by {reporter} already")
    if position.source != reporter:
        return replace(held, changed=changed)
    for source, _, _, _, digest, _ in rows:
        if source != reporter:
            _settle(cursor, fact, digest, ("APPLIED", "STALE"), held)
        else:
            _settle(cursor, fact, digest, ("HELD",), Outcome("APPLIED"))
    return Outcome("APPLIED" if record_id == fact.record_id else "STALE", changed=changed)


def _write_position(cursor: Any, position: Position, said: tuple[str, str, int, str]) -> bool:
    """True where another record is current than before."""
    cursor.execute(
        """INSERT INTO current_positions (safekeeping_account, isin, safekeeping_place, as_of_date, settled_quantity, source, sequence,
               record_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (isin, safekeeping_account, safekeeping_place, as_of_date) DO UPDATE
           SET settled_quantity = excluded.settled_quantity, source = excluded.source, sequence = excluded.sequence,
               record_id = excluded.record_id WHERE current_positions.record_id <> excluded.record_id RETURNING 1""",
        (position.safekeeping_account, position.isin, position.safekeeping_place, position.as_of_date, *said),
    )
    return cursor.fetchone() is not None
