"""`rebuild-projection`: writes the read projection again from PostgreSQL, beside running tasks or without any."""

import sys
import threading
from typing import Any

from servicing_engine.clients import Clients
from servicing_engine.publishing.relay import Relay
from servicing_engine.settings import Settings
from servicing_engine.store import outbox
from servicing_engine.store.connect import Database, connect


def rebuild_projection() -> int:
    """Enqueue everything that the projection and queue-state's balances hold, help to publish it, and return the exit status.

    Raises UnusableError without a task's environment. Through the outbox, so that it may run beside tasks: the relay reads the present
    row of each key, under its partition's lock.
    """
    settings = Settings.from_environment()
    clients = Clients.make()
    announcer = clients.announcer(settings)
    relay = Relay(Database(settings, threading.Event()), announcer, clients.dynamodb, clients.sqs, settings)
    connection = connect(settings)
    total, last = enqueue_all(connection)
    while left := _left(connection, last):
        print(f"\r{total - min(left, total)} of {total} published", end="", file=sys.stderr, flush=True)
        relay.publish()
    print(f"\r{total} of {total} published: entitlements, tax lots, events and what is reconciled", file=sys.stderr)
    announcer.pool.shutdown()
    return 0


def enqueue_all(connection: Any) -> tuple[int, int]:
    """Enqueue every entitlement key ever, account with lots, event, and what reconciliation reads; return (count, last outbox id).

    Commits.
    """
    with connection, connection.cursor() as cursor:
        total = 0
        for kind, statement in _KEYS.items():
            cursor.execute(statement)
            keys = [key for (key,) in cursor.fetchall()]
            outbox.enqueue(cursor, ((kind, key, {}) for key in keys))
            total += len(keys)
        cursor.execute("SELECT coalesce(max(outbox_id), 0) FROM outbox")
        return total, int(cursor.fetchone()[0])


_KEYS = {
    "project": """SELECT DISTINCT corporate_action_event_id || '/' || safekeeping_account || '/' || option_number
                  FROM entitlements ORDER BY 1""",
    "tax_lots": "SELECT DISTINCT safekeeping_account FROM tax_lots ORDER BY 1",
    "corporate_action": "SELECT identity FROM current_records WHERE record_type = 'corporate_action' ORDER BY 1",
    "reconciled": """SELECT record_type || '/' || identity FROM current_records
                     WHERE record_type IN ('confirmation', 'security', 'statement')
                     UNION SELECT 'position/' || identity FROM facts WHERE record_type = 'position'
                     GROUP BY identity HAVING count(DISTINCT source) > 1 ORDER BY 1""",
}


def _left(connection: Any, last: int) -> int:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM outbox WHERE published_at IS NULL AND parked IS NULL AND partition >= 0 AND outbox_id <= %s",
            (last,),
        )
        return int(cursor.fetchone()[0])
