"""Reading what the relay publishes, set-based: the present state of what outbox rows name."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg2.extras import execute_values

from servicing_engine.store import advices
from servicing_engine.store.outbox import Row

_READ = """
SELECT e.corporate_action_event_id || '/' || e.safekeeping_account || '/' || e.option_number, e.item
FROM unnest(%s::text[], %s::text[], %s::text[], %s::integer[]) AS named (event_id, account, option_number, revision)
JOIN entitlement_items AS e ON e.corporate_action_event_id = named.event_id AND e.safekeeping_account = named.account
    AND e.option_number = named.option_number
"""
Item = dict[str, Any]


def current_entitlements(cursor: Any, keys: Iterable[str]) -> dict[str, Item]:
    """Return the CALCULATED entitlement of each key (`event/account/option`), {} if there is none."""
    named = list(dict.fromkeys(keys))
    cursor.execute(f"{_READ} AND e.status = 'CALCULATED'", _columns([(key, 0) for key in named]))
    items: dict[str, Item] = {key: {} for key in named}
    return items | dict(cursor.fetchall())


def announcements(cursor: Any, rows: Sequence[Row]) -> list[Item]:
    """Return the detail of EntitlementCompleted of each row (no two of one key): the entitlement, and the id to dedupe by."""
    named = [(row.key, row.body["revision"]) for row in rows]
    cursor.execute(f"{_READ} AND e.revision = named.revision AND NOT e.is_reversal", _columns(named))
    items = dict(cursor.fetchall())
    return [
        items[row.key]
        | {"notification_id": f"{row.key}/{row.body['revision']}"}
        | ({"supersedes": row.body["supersedes"]} if row.body["supersedes"] else {})
        for row in rows
    ]


def _columns(named: Sequence[tuple[str, int]]) -> list[list[Any]]:
    """Return the events, accounts, options and revisions of these keys and revisions."""
    rows = [(*key.rsplit("/", 2), revision) for key, revision in named]
    return [[row[place] for row in rows] for place in range(4)]


def note_announced(cursor: Any, details: Iterable[Item]) -> None:
    """Keep that these revisions were announced, now; the instant of one that was announced before stays."""
    identity = ("corporate_action_event_id", "safekeeping_account", "option_number", "revision", "version")
    values = [tuple(detail[name] for name in identity) for detail in details]
    if values:
        statement = f"INSERT INTO announcements ({', '.join(identity)}) VALUES %s ON CONFLICT DO NOTHING"
        execute_values(cursor, statement, values, page_size=500)


def next_state_version(cursor: Any) -> int:
    """Return a version for states that are read after it, higher than all before: outbox ids do not follow commits.

    Microseconds since 1970, so that a database that was restored from a snapshot goes on above what DynamoDB has from before. One relay at
    a time publishes states (the lock of the last partition).
    """
    cursor.execute(
        """SELECT setval('state_versions', greatest(nextval('state_versions'),
                                                    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint))"""
    )
    return int(cursor.fetchone()[0])


def record_states(cursor: Any, record_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return what became of each record, by its id."""
    if not record_ids:  # most chunks of a relay
        return {}
    cursor.execute(
        "SELECT record_id, to_jsonb(said) - 'record_id' FROM record_states AS said WHERE record_id = ANY(%s)",
        (list(record_ids),),
    )
    states = dict(cursor.fetchall())
    for record_id, said in advices.of_records(cursor, record_ids).items():
        states[record_id]["advice"] = said
    return states


def event_state(cursor: Any, event_id: str) -> dict[str, Any]:
    """Return the body of GET /corporate-actions/{id}."""
    cursor.execute(
        "SELECT to_jsonb(said) FROM corporate_action_states AS said WHERE corporate_action_event_id = %s", (event_id,)
    )
    state: dict[str, Any] = cursor.fetchone()[0]
    told = advices.of_event(cursor, event_id)
    return {**state, "advices": told} if told else state
