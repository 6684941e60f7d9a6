"""Publishing again by command: through the outbox, so that it goes on beside tasks, after them, or without any."""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from time import monotonic
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sending import SendError
from servicing_engine.clients import Clients
from servicing_engine.publishing.relay import PAUSE_SECONDS, Relay
from servicing_engine.settings import Settings
from servicing_engine.store import outbox
from servicing_engine.store.connect import Database, DatabaseAwayError, connect

LINE_SECONDS = 2.0
Rows = Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
"""Words for what is published -> (key, body) of the outbox rows, by kind."""
WORDS = {
    "announce": "announcements",
    "corporate_action": "events",
    "project": "entitlements",
    "reconciled": "records that reconciliation reads",
    "tax_lots": "accounts' tax lots",
}


def publish(command: str, find: Callable[[Any], Rows], dry_run: bool) -> int:
    """Enqueue the rows that `find(cursor)` returns by kind, help to publish them, and return the exit status; a dry run only counts them.

    They are enqueued in one transaction. From then on any relay publishes them, also where this command is ended. Raises UnusableError
    without a task's environment.
    """
    settings = Settings.from_environment()
    with closing(connect(settings)) as connection:
        with connection, connection.cursor() as cursor:
            rows = find(cursor)
            counts = ", ".join(f"{len(of_kind)} {WORDS[kind]}" for kind, of_kind in rows.items())
            print(f"{command}{' would publish' if dry_run else ''}: {counts}", flush=True)
            if dry_run:
                return 0
            outbox.enqueue(cursor, ((kind, key, body) for kind, of_kind in rows.items() for key, body in of_kind))
            last = outbox.last_id(cursor)
            total = outbox.left(cursor, last)
        return _publish(command, connection, settings, last, total)


def _publish(command: str, connection: Any, settings: Settings, last: int, total: int) -> int:
    """Publish beside other relays until none of the `total` rows up to the outbox id `last` waits, with a line every two seconds."""
    clients = Clients.make()
    announcer, pause = clients.announcer(settings), threading.Event()
    relay = Relay(Database(settings, pause), announcer, clients.dynamodb, clients.sqs, settings)
    told = monotonic()
    try:
        while left := _left(connection, last):
            if monotonic() - told > LINE_SECONDS:
                told = monotonic()
                print(f"{total - left} of {total} published", flush=True)
            if not relay.publish():
                pause.wait(PAUSE_SECONDS)
    except (BotoCoreError, ClientError, SendError, DatabaseAwayError) as error:
        print(
            f"{command}: {error}; the engine's tasks publish what is left, and a second run waits for it",
            file=sys.stderr,
        )
        return 1
    finally:
        announcer.pool.shutdown()
    print(f"{total} of {total} published", flush=True)
    return 0


def _left(connection: Any, last: int) -> int:
    with connection, connection.cursor() as cursor:
        return outbox.left(cursor, last)
