"""`rebuild-projection`: writes the read projection again from PostgreSQL."""

from typing import Any

from servicing_engine.commands.publishing import Rows, publish


def rebuild_projection(dry_run: bool) -> int:
    """Publish everything that the projection and queue-state's balances hold, and return the exit status.

    The relay reads the present row of each key under its partition's lock, so that nothing is projected twice or backwards. Raises
    UnusableError without a task's environment.
    """
    return publish("rebuild-projection", everything, dry_run)


def everything(cursor: Any) -> Rows:
    """Return, by kind, every entitlement key ever, account with lots, event, and what reconciliation reads, if it does not wait already."""
    rows: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for kind, statement in _KEYS.items():
        cursor.execute(f"SELECT key FROM ({statement}) AS keys (key) WHERE {_NOT_WAITING} ORDER BY 1", (kind,))
        rows[kind] = [(key, {}) for (key,) in cursor.fetchall()]
    return rows


_NOT_WAITING = """NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = %s AND outbox.key = keys.key
                              AND published_at IS NULL AND parked IS NULL)"""
_KEYS = {
    "project": """SELECT DISTINCT corporate_action_event_id || '/' || safekeeping_account || '/' || option_number
                  FROM entitlements""",
    "tax_lots": "SELECT DISTINCT safekeeping_account FROM tax_lots",
    "corporate_action": "SELECT identity FROM current_records WHERE record_type = 'corporate_action'",
    "reconciled": """SELECT record_type || '/' || identity FROM current_records
                     WHERE record_type IN ('confirmation', 'security', 'statement')
                     UNION SELECT 'position/' || identity FROM facts WHERE record_type = 'position'
                     GROUP BY identity HAVING count(DISTINCT source) > 1""",
}
