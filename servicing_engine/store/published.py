"""Reading what the relay publishes, set-based: the present state of what outbox rows name."""

from collections.abc import Iterable, Sequence
from typing import Any

from servicing_engine.store.outbox import Row

_READ = """
SELECT e.corporate_action_event_id || '/' || e.safekeeping_account || '/' || e.option_number,
       e.result, e.revision, e.payment_status, e.calculated_at, e.calculation_key
FROM unnest(%s::text[], %s::text[], %s::text[], %s::integer[]) AS named (event_id, account, option_number, revision)
JOIN entitlements AS e ON e.corporate_action_event_id = named.event_id AND e.safekeeping_account = named.account
    AND e.option_number = named.option_number
"""
Item = dict[str, Any]


def current_entitlements(cursor: Any, keys: Iterable[str]) -> dict[str, Item]:
    """Key (`event/account/option`) -> its CALCULATED entitlement; {} where there is none."""
    named = list(dict.fromkeys(keys))
    cursor.execute(f"{_READ} AND e.status = 'CALCULATED'", _columns([(key, 0) for key in named]))
    return {key: {} for key in named} | {key: _entitlement(row) for key, *row in cursor.fetchall()}


def announcements(cursor: Any, rows: Sequence[Row]) -> list[Item]:
    """The detail of EntitlementCompleted of each row (no two of one key): the entitlement as it was calculated, and the id to dedupe by."""
    named = [(row.key, row.body["revision"]) for row in rows]
    cursor.execute(f"{_READ} AND e.revision = named.revision AND NOT e.is_reversal", _columns(named))
    found = {key: _entitlement(row) for key, *row in cursor.fetchall()}
    return [
        found[row.key]
        | {"notification_id": f"{row.key}/{row.body['revision']}"}
        | ({"supersedes": row.body["supersedes"]} if row.body["supersedes"] else {})
        for row in rows
    ]


def _columns(named: Sequence[tuple[str, int]]) -> tuple[list[str], list[str], list[str], list[int]]:
    parts = [key.rsplit("/", 2) for key, _ in named]
    return (
        [event_id for event_id, _, _ in parts],
        [account for _, account, _ in parts],
        [option for _, _, option in parts],
        [revision for _, revision in named],
    )


def _entitlement(row: Sequence[Any]) -> Item:
    result, revision, payment_status, calculated_at, key = row
    instant = calculated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    own = {"revision": revision, "status": "CALCULATED", "payment_status": payment_status, "calculated_at": instant}
    return {**result, **own, "calculation_key": key}


def next_state_version(cursor: Any) -> int:
    """A version for states that are read after it, higher than all before: outbox ids do not follow the order of commits."""
    cursor.execute("SELECT nextval('state_versions')")
    return int(cursor.fetchone()[0])


def record_states(cursor: Any, record_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """What became of records: as the inbox says, but HELD with the first reason for as long as something of one waits."""
    cursor.execute(
        """SELECT i.record_id, i.record_type, i.identity, i.outcome, i.reason, i.detail, held.reason, held.field, held.detail
           FROM inbox AS i LEFT JOIN LATERAL (
               SELECT reason, field, detail FROM held_records JOIN held USING (kind, identity, safekeeping_account)
               WHERE record_id = i.record_id ORDER BY reason, detail LIMIT 1) AS held ON i.outcome = 'APPLIED'
           WHERE i.record_id = ANY(%s)""",
        (list(record_ids),),
    )
    states = {}
    for record_id, record_type, identity, outcome, reason, detail, *held in cursor.fetchall():
        said = ("HELD", *held) if held[0] else (outcome, reason or "", "", detail or "")
        names = ("state", "reason", "field", "detail")
        states[record_id] = {"record_type": record_type, "record_identity": identity} | dict(
            zip(names, said, strict=True)
        )
    return states


def event_state(cursor: Any, event_id: str) -> dict[str, Any]:
    """The body of GET /corporate-actions/{id}: HELD where anything of it is held, with the first reason; RECEIVED while shards remain."""
    cursor.execute(
        """SELECT sequence, body ->> 'function',
                  NOT EXISTS (SELECT 1 FROM calculated_events AS done
                              WHERE done.corporate_action_event_id = event.identity AND done.version = event.sequence),
                  (SELECT count(*) FROM entitlements WHERE corporate_action_event_id = event.identity AND status = 'CALCULATED'),
                  (SELECT min(reason) FROM held WHERE identity = event.identity AND kind IN ('event', 'entitlement')),
                  EXISTS (SELECT 1 FROM shards WHERE corporate_action_event_id = event.identity)
           FROM current_records AS event WHERE record_type = 'corporate_action' AND identity = %s""",
        (event_id,),
    )
    version, function, awaiting, count, reason, sharded = cursor.fetchone()
    ended = {"CANC": "CANCELLED", "WITH": "WITHDRAWN"}.get(function)
    open_state = "HELD" if reason else "AWAITING_RECORD_DATE" if awaiting else "CALCULATED"
    body = {"corporate_action_event_id": event_id, "version": version, "entitlements": count}
    return body | {"state": "RECEIVED" if sharded else ended or open_state, "reason": None if ended else reason}
