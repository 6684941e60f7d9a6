"""Reading what was known when: revisions and reversals of an event's entitlements, and what it does to trades today."""

from datetime import datetime
from typing import Any

from servicing_engine.store.trade_effects import TABLES

Row = dict[str, Any]
_OWN = (
    "revision",
    "is_reversal",
    "status",
    "payment_status",
    "calculated_at",
    "closed_at",
    "confirmed_at",
    "calculation_key",
)


def entitlements(cursor: Any, event_id: str, account: str, as_at: datetime | None) -> list[Row]:
    """Return every row of the event (and account, unless empty) by account, option and revision, as of an aware instant or now."""
    cursor.execute(
        f"""SELECT result, {", ".join(_OWN)} FROM entitlements_as_at(coalesce(%(as_at)s, 'infinity'::timestamptz))
            WHERE corporate_action_event_id = %(event)s AND %(account)s IN ('', safekeeping_account)
            ORDER BY safekeeping_account, option_number, revision, is_reversal""",
        {"as_at": as_at, "event": event_id, "account": account},
    )
    return [{**result, **dict(zip(_OWN, map(_json, own), strict=True))} for result, *own in cursor.fetchall()]


def trade_effects(cursor: Any, event_id: str, account: str) -> dict[str, list[Row]]:
    """Return market claims, transformations and buyer protections of the event (and account, unless empty), by trade."""
    effects = {}
    for table in TABLES:
        order = "trade_id, part" if table == "buyer_protections" else "trade_id"
        cursor.execute(
            f"""SELECT result FROM {table} WHERE corporate_action_event_id = %(event)s AND %(account)s IN ('', safekeeping_account)
                ORDER BY {order}""",
            {"event": event_id, "account": account},
        )
        effects[table] = [result for (result,) in cursor.fetchall()]
    return effects


def announcement(cursor: Any, event_id: str, version: int) -> Row | None:
    """Return the record of one version of an event, None if it is unknown."""
    cursor.execute(
        "SELECT body FROM standing_facts WHERE record_type = 'corporate_action' AND identity = %s AND sequence = %s",
        (event_id, version),
    )
    row = cursor.fetchone()
    return row[0] if row else None


def held(cursor: Any, event_id: str, account: str) -> list[str]:
    """Return why an event's entitlements are held: `reason: detail`, of the whole event or of the account."""
    cursor.execute(
        """SELECT reason || ': ' || detail FROM held WHERE identity = %s AND safekeeping_account IN ('', %s)
           AND kind IN ('event', 'entitlement') ORDER BY kind""",
        (event_id, account),
    )
    return [reason for (reason,) in cursor.fetchall()]


def _json(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
