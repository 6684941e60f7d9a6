"""Reading what the relay publishes: outbox rows in order, and the present state of what they name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One outbox row."""

    outbox_id: int
    kind: str
    key: str
    body: Mapping[str, Any]


def waiting(cursor: Any, most: int) -> list[Row]:
    """The oldest unpublished rows."""
    cursor.execute(
        "SELECT outbox_id, kind, key, body FROM outbox WHERE published_at IS NULL ORDER BY outbox_id LIMIT %s", (most,)
    )
    return [Row(*row) for row in cursor.fetchall()]


def mark(cursor: Any, rows: Sequence[Row]) -> None:
    """Marks rows as published."""
    cursor.execute(
        "UPDATE outbox SET published_at = now() WHERE outbox_id = ANY(%s)", ([row.outbox_id for row in rows],)
    )


def current_entitlements(cursor: Any, keys: Sequence[str]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """(account, event, option, item or {}) of each `event/account/option` key, once."""
    for key in dict.fromkeys(keys):
        event_id, account, option = key.rsplit("/", 2)
        cursor.execute(
            """SELECT result, revision, payment_status, calculated_at, calculation_key FROM entitlements
               WHERE corporate_action_event_id = %s AND safekeeping_account = %s AND option_number = %s
                 AND status = 'CALCULATED'""",
            (event_id, account, option),
        )
        row = cursor.fetchone()
        yield account, event_id, option, _entitlement(row) if row else {}


def announcement(cursor: Any, row: Row) -> dict[str, Any]:
    """The detail of EntitlementCompleted: the entitlement as it was calculated, and the id to dedupe by."""
    event_id, account, option = row.key.rsplit("/", 2)
    revision = row.body["revision"]
    cursor.execute(
        """SELECT result, revision, payment_status, calculated_at, calculation_key FROM entitlements
           WHERE corporate_action_event_id = %s AND safekeeping_account = %s AND option_number = %s AND revision = %s
             AND NOT is_reversal""",
        (event_id, account, option, revision),
    )
    detail = _entitlement(cursor.fetchone())
    supersedes = row.body["supersedes"]
    return detail | {"notification_id": f"{row.key}/{revision}"} | ({"supersedes": supersedes} if supersedes else {})


def _entitlement(row: Sequence[Any]) -> dict[str, Any]:
    result, revision, payment_status, calculated_at, key = row
    instant = calculated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    own = {"revision": revision, "status": "CALCULATED", "payment_status": payment_status, "calculated_at": instant}
    return {**result, **own, "calculation_key": key}


def open_quantities(cursor: Any, account: str) -> list[tuple[str, str]]:
    """(isin, open quantity) of every security that the account ever had lots of."""
    cursor.execute(
        """SELECT isin, trim_scale(sum(quantity))::text FROM tax_lots WHERE safekeeping_account = %s GROUP BY isin ORDER BY isin""",
        (account,),
    )
    return [(isin, quantity) for isin, quantity in cursor.fetchall()]


def event_state(cursor: Any, event_id: str) -> dict[str, Any]:
    """The body of GET /corporate-actions/{id}: HELD where anything of it is held, with the first reason."""
    cursor.execute(
        "SELECT sequence, body ->> 'function' FROM current_records WHERE record_type = 'corporate_action' AND identity = %s",
        (event_id,),
    )
    version, function = cursor.fetchone()
    cursor.execute(
        "SELECT count(*) FROM entitlements WHERE corporate_action_event_id = %s AND status = 'CALCULATED'", (event_id,)
    )
    (count,) = cursor.fetchone()
    cursor.execute(
        "SELECT reason FROM held WHERE identity = %s AND kind IN ('event', 'entitlement') ORDER BY reason LIMIT 1",
        (event_id,),
    )
    held = cursor.fetchone()
    cursor.execute(
        """SELECT coalesce(body ->> 'record_date', body ->> 'effective_date') >= (now() AT TIME ZONE 'UTC')::date::text
           FROM current_records WHERE record_type = 'corporate_action' AND identity = %s""",
        (event_id,),
    )
    (awaiting,) = cursor.fetchone()
    ended = {"CANC": "CANCELLED", "WITH": "WITHDRAWN"}.get(function)
    state = ended or ("HELD" if held else "AWAITING_RECORD_DATE" if awaiting else "CALCULATED")
    body = {"corporate_action_event_id": event_id, "version": version, "state": state, "entitlements": count}
    return body | {"reason": held[0] if held and not ended else None}
