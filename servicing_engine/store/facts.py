"""Facts in, duplicates and conflicts out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.case.standing import Outcome, Report, Standing
from domain.records import Position, Record, content_digest, parse_record
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
        """Return the fact of an entry of an entitlement request. Raises domain.records.RecordError."""
        record, body = parse_record(entry["record"])
        return cls(entry["record_id"], record, body, entry.get("received_at", ""))

    def quarantined(self, error: Exception) -> Quarantine:
        """Return the quarantine of this fact, which raised `error`; its original is the normalised record."""
        return Quarantine.of(error, self.record_id, self.received_at, _original(self.body))


def already_processed(cursor: Any, record_ids: Sequence[str]) -> set[str]:
    """Return the ids among these that the inbox has: their records came again."""
    cursor.execute("SELECT record_id FROM inbox WHERE record_id = ANY(%s)", (list(record_ids),))
    return {record_id for (record_id,) in cursor.fetchall()}


def stream_order(record_id: str) -> tuple[str, int, str]:
    """Return a key that sorts records as they stand in the stream: by shard, then by sequence number."""
    shard, _, sequence_number = record_id.rpartition(":")
    line = sequence_number.partition("/")[0]  # a message's further records are <sequence number>/2 and so on
    return shard, int(line) if line.isdigit() else 0, sequence_number


def store(cursor: Any, fact: Fact, now: datetime) -> Outcome:
    """Append the fact as received `now` (aware UTC) and make current what is; the caller holds the account's or event's lock.

    All reports of its identity are judged again in the order of the stream, so that it does not matter in which order they arrive: another
    record may get another outcome than it had.
    """
    record, digest = fact.record, content_digest(fact.body)
    source = record.source if isinstance(record, Position) else ""
    key = (record.record_type, record.identity)
    before = _reports(cursor, key)
    cursor.execute(
        """INSERT INTO facts (record_type, identity, source, sequence, digest, body, record_id, recorded_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
        (*key, source, record.sequence, digest, json.dumps(fact.body), fact.record_id, now),
    )
    reports = [*before, Report(fact.record_id, *key, source, record.sequence, digest)]
    standing = Standing()
    in_order = sorted(reports, key=lambda report: stream_order(report.record_id))
    outcomes = {report.record_id: standing.add(report) for report in in_order}
    for report, state in before.items():
        if (outcome := outcomes[report.record_id]).state != state:
            original = _original(_body(cursor, report))
            _note(cursor, (report.record_id, *key, report.digest, ""), outcome, original, _INSTEAD)
            outbox.enqueue(cursor, [("record", report.record_id, {})])
    if isinstance(record, Position) and len({report.source for report in reports}) > 1:
        outbox.enqueue(cursor, [("reconciled", f"position/{record.identity}", {})])
    assert standing.current is not None
    outcome = replace(outcomes[fact.record_id], changed=_make_current(cursor, fact, standing.current))
    _note(cursor, (fact.record_id, *key, digest, fact.received_at), outcome, _original(fact.body))
    return outcome


def store_quarantined(cursor: Any, quarantines: Iterable[Quarantine], facts: Sequence[Fact] = ()) -> None:
    """Store records that can never be used as QUARANTINED, with their messages. Those of `facts` could be read and keep their identity."""
    records = {fact.record_id: fact.record for fact in facts}
    for quarantine in quarantines:
        record = records.get(quarantine.record_id)
        named = (record.record_type, record.identity) if record else ("", "")
        outcome = Outcome("QUARANTINED", quarantine.reason, quarantine.field, quarantine.detail)
        _note(cursor, (quarantine.record_id, *named, "", quarantine.received_at), outcome, quarantine.original)
        outbox.enqueue(cursor, [("record", quarantine.record_id, {})])


_INSTEAD = """ON CONFLICT (record_id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason,
              field = excluded.field, detail = excluded.detail"""


def _note(cursor: Any, record: tuple[str, ...], outcome: Outcome, original: bytes, instead: str = "") -> None:
    """Write what became of a record (id, type, identity, digest, received_at), with its dead letter if it is QUARANTINED.

    `instead` is _INSTEAD for a record that has an outcome, which then keeps its received_at; another one must be new.
    """
    cursor.execute(
        f"""INSERT INTO inbox (record_id, record_type, identity, digest, received_at, outcome, reason, field, detail)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) {instead} RETURNING received_at""",
        (*record, outcome.state, outcome.reason, outcome.field, outcome.detail),
    )
    (received_at,) = cursor.fetchone()
    if outcome.state == "QUARANTINED":
        quarantine = Quarantine(record[0], outcome.reason, outcome.field, outcome.detail, received_at, original)
        outbox.enqueue(cursor, [("quarantine", record[0], quarantine.to_json())])


def _reports(cursor: Any, key: tuple[str, str]) -> dict[Report, str]:
    """Return the state of each report of a record type and identity."""
    cursor.execute(
        """SELECT inbox.record_id, record_type, identity, source, sequence, digest, outcome
           FROM inbox JOIN facts USING (record_type, identity, digest) WHERE record_type = %s AND identity = %s""",
        key,
    )
    return {Report(*row): state for *row, state in cursor.fetchall()}


def _body(cursor: Any, report: Report) -> Any:
    """Return the normalised JSON of a stored report."""
    cursor.execute(
        "SELECT body FROM facts WHERE (record_type, identity, digest) = (%s, %s, %s)",
        (report.record_type, report.identity, report.digest),
    )
    return cursor.fetchone()[0]


def _original(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _make_current(cursor: Any, fact: Fact, report: Report) -> bool:
    """Write the report that counts; return True if it is another record than before. `fact` is of the same identity."""
    record = fact.record
    body = fact.body if report.record_id == fact.record_id else _body(cursor, report)
    if isinstance(record, Position):
        cursor.execute(
            """INSERT INTO current_positions (safekeeping_account, isin, safekeeping_place, as_of_date, settled_quantity, source,
                   sequence, record_id) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
               ON CONFLICT (isin, safekeeping_account, safekeeping_place, as_of_date) DO UPDATE
               SET settled_quantity = excluded.settled_quantity, source = excluded.source, sequence = excluded.sequence,
                   record_id = excluded.record_id WHERE current_positions.record_id <> excluded.record_id RETURNING 1""",
            (
                *(record.safekeeping_account, record.isin, record.safekeeping_place, record.as_of_date),
                *(body["settled_quantity"], report.source, report.sequence, report.record_id),
            ),
        )
    else:
        cursor.execute(
            """INSERT INTO current_records AS current (record_type, identity, sequence, body, record_id) VALUES (%s, %s, %s, %s, %s)
               ON CONFLICT (record_type, identity) DO UPDATE
               SET sequence = excluded.sequence, body = excluded.body, record_id = excluded.record_id
               WHERE current.record_id <> excluded.record_id RETURNING 1""",
            (record.record_type, record.identity, report.sequence, json.dumps(body), report.record_id),
        )
    return cursor.fetchone() is not None
