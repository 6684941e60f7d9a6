"""A record's hops in PostgreSQL: the inbox, what waits of its request, and the entitlements that its names lead to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harness.trail.hop import Hop, instant


@dataclass(frozen=True)
class Committed:
    """What the inbox has of a record: its hop, when its transaction began, and the fact's fields ({} where it is no fact)."""

    hop: Hop
    at: datetime
    fact: Mapping[str, Any]


@dataclass(frozen=True)
class Revision:
    """A revision of an entitlement (`event/account/option`), and when it was announced (None: not yet)."""

    entitlement: str
    number: int
    status: str
    calculated_at: datetime
    calculation_key: str
    announced_at: datetime | None


def records_of(cursor: Any, identity: str) -> list[str]:
    """Return the ids of the records with an identity, the oldest first."""
    cursor.execute("SELECT record_id FROM inbox WHERE identity = %s ORDER BY recorded_at, record_id", (identity,))
    return [record_id for (record_id,) in cursor.fetchall()]


def committed(cursor: Any, record_id: str) -> Committed | None:
    """Return what the inbox has of the record, None where it has nothing."""
    cursor.execute(
        """SELECT i.recorded_at, s.state, s.reason, s.detail, i.record_type, i.identity, f.body
           FROM inbox AS i JOIN record_states AS s USING (record_id)
           LEFT JOIN facts AS f ON (f.record_type, f.identity, f.record_id) = (i.record_type, i.identity, i.record_id)
           WHERE i.record_id = %s""",
        (record_id,),
    )
    row = cursor.fetchone()
    if row is None:
        return None
    at, state, reason, detail, record_type, identity, body = row
    why = f" ({reason}: {detail})" if reason else ""
    look = 'psql -c "SELECT kind, identity, reason, detail FROM held"' if state == "HELD" else ""
    return Committed(Hop("inbox", f"{record_type} {identity}", instant(at), f"{state}{why}", look), at, body or {})


def waiting(cursor: Any, request_id: str) -> Iterator[Hop]:
    """Give the outbox rows of a request that are not published."""
    cursor.execute(
        """SELECT kind, count(*), min(created_at), min(parked) FROM outbox
           WHERE request_id = %s AND published_at IS NULL AND partition >= 0 GROUP BY 1 ORDER BY 1""",
        (request_id,),
    )
    for kind, count, since, parked in cursor.fetchall():
        said = f"{count} not published" + (f", parked: {parked}" if parked else "")
        yield Hop("outbox", f"{request_id} {kind}", instant(since), said, "make verify")


def revisions(cursor: Any, found: Committed, most: int) -> tuple[list[Revision], int]:
    """Return the newest revisions that were calculated since the record came, of the event and accounts that it names, and their number.

    The engine takes the time of a calculation before its transaction begins, and on a clock of its own: some seconds are allowed for.
    """
    names = {name: found.fact.get(name) for name in ("corporate_action_event_id", "safekeeping_account", "isin")}
    if names["corporate_action_event_id"]:
        names["isin"] = None  # an event's own security; what it pays may be another
    given = {name: value for name, value in names.items() if value}
    if not given:
        return [], 0
    cursor.execute(
        f"""SELECT corporate_action_event_id || '/' || safekeeping_account || '/' || option_number, revision, status, calculated_at,
                   calculation_key, announced_at, count(*) OVER ()
            FROM entitlements LEFT JOIN announcements USING (corporate_action_event_id, safekeeping_account, option_number, revision)
            WHERE NOT is_reversal AND {" AND ".join(f"{name} = %({name})s" for name in given)}
              AND calculated_at >= %(at)s - interval '10 seconds' ORDER BY calculated_at DESC, 1, 2 LIMIT %(most)s""",
        {**given, "at": found.at, "most": most},
    )
    rows = cursor.fetchall()
    return [Revision(*row[:-1]) for row in rows], rows[0][-1] if rows else 0
