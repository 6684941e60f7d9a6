"""An engine task: wires everything once, runs workers, relays and due events, drains on SIGTERM."""

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from domain.rules import Rules
from sending import SendError, pause_seconds
from servicing_engine.clients import Clients
from servicing_engine.folding.processing import calculate_due
from servicing_engine.heartbeat import heartbeat_path, keep_fresh
from servicing_engine.metrics import ErrorCount, Metrics
from servicing_engine.publishing.queue_state import RequestStates
from servicing_engine.publishing.relay import Relay
from servicing_engine.rules_source import RulesSource
from servicing_engine.settings import Settings
from servicing_engine.store import due, locks, outbox
from servicing_engine.store.connect import Database, DatabaseAwayError
from servicing_engine.store.migrate import migrate
from servicing_engine.worker import Worker

_LOGGER = logging.getLogger(__name__)
DUE_SECONDS = 10.0
PRUNED_AT_ONCE, PRUNINGS = 1_000, 10
"""Rows of the outbox that a transaction prunes, and how many of these follow each other: 1,000 rows a second at most."""
RELAYS = 3
FAILURES_IN_A_ROW, LONGEST_PAUSE_SECONDS, STEADY_SECONDS = 10, 30.0, 60.0
"""How often AWS may fail a part in a row, with pauses of a minute together on average. A part that ran for a minute begins anew."""
Part = Callable[[threading.Event], None]


def run_task() -> int:
    """Run until SIGTERM or SIGINT, or until a part fails, then return the exit status: the service starts another task.

    Raises UnusableError without a task's environment.
    """
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_JsonFormatter())
    logging.getLogger().addHandler(errors := ErrorCount())
    logging.getLogger("botocore").setLevel(logging.WARNING)
    settings = Settings.from_environment()
    stopping = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stopping.set())
    database = Database(settings, stopping)
    try:
        database.run(migrate)
    except DatabaseAwayError:
        _LOGGER.exception("the task ends")
        return 0 if stopping.is_set() else 1
    database.close()
    clients = Clients.make()
    states = RequestStates(clients.dynamodb, settings.queue_state_table)
    metrics = Metrics(Database(settings, stopping), settings.metrics_namespace, errors)
    parts = [*_parts(settings, clients, states, stopping), metrics.run]
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        futures = [pool.submit(_guard, part, stopping) for part in parts]
        _LOGGER.info("engine task runs with %s workers", settings.engine_workers)
        failed = [future.exception() for future in futures if future.exception()]
    states.flush()  # what workers noted on the requests that they had in hand
    return 1 if failed else 0


def _parts(settings: Settings, clients: Clients, states: RequestStates, stopping: threading.Event) -> list[Part]:
    rules = RulesSource(clients.appconfigdata, clients.appconfig, settings).rules

    def database() -> Database:
        """Return one for a part alone."""
        return Database(settings, stopping)

    workers = [
        Worker(database(), clients.sqs, settings, states, rules, _now).run for _ in range(int(settings.engine_workers))
    ]
    announcer = clients.announcer(settings)
    relays = [Relay(database(), announcer, clients.dynamodb, clients.sqs, settings).run for _ in range(RELAYS)]
    of_due_events = database()
    return [
        *workers,
        *relays,
        states.run,
        lambda stopping: _lead(of_due_events, rules, int(settings.outbox_days), stopping),
        lambda stopping: keep_fresh(heartbeat_path(), stopping),
    ]


def _guard(part: Part, stopping: threading.Event) -> None:
    """Run a part; if it fails, end the task: transactions are rolled back, locks freed, messages come back.

    While AWS fails it, run it again after a pause, up to `FAILURES_IN_A_ROW` times: the other parts go on meanwhile.
    """
    try:
        _persevere(part, stopping)
    except DatabaseAwayError as error:
        if not stopping.is_set():  # else it stops, and the request that it had in hand is given back
            _LOGGER.exception("the task ends")
            raise
        _LOGGER.warning("stopped without the database: %s", error)
    except Exception:  # logged here, as a future would keep it until the task has ended, and raised again
        _LOGGER.exception("the task ends")
        raise
    finally:
        stopping.set()


def _persevere(part: Part, stopping: threading.Event) -> None:
    failures = 0
    while True:
        began = time.monotonic()
        try:
            return part(stopping)
        except (BotoCoreError, ClientError, SendError) as error:
            failures = 1 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            if stopping.is_set() or failures > FAILURES_IN_A_ROW:
                raise
            _LOGGER.warning("failure %s in a row, tried again: %s: %s", failures, type(error).__name__, error)
        stopping.wait(pause_seconds(failures, LONGEST_PAUSE_SECONDS))


def _lead(database: Database, rules: Callable[[], Rules], outbox_days: int, stopping: threading.Event) -> None:
    """Do what one task at a time does, until told to stop: fold events whose day has come, and held events whose rules have come, and
    prune the outbox."""
    while not stopping.wait(DUE_SECONDS):
        database.run(lambda connection: _lead_once(connection, rules, outbox_days))


def _lead_once(connection: Any, rules: Callable[[], Rules], outbox_days: int) -> None:
    with connection, connection.cursor() as cursor:
        leads = locks.lead_due_events(cursor)
    if leads:
        _calculate_due(connection, rules)
        _prune(connection, outbox_days)


def _calculate_due(connection: Any, rules: Callable[[], Rules]) -> None:
    present, now = rules(), _now()
    with connection, connection.cursor() as cursor:
        event_ids = due.due_events(cursor, now.date(), present.version)
    calculate_due(connection, event_ids, present, now)


def _prune(connection: Any, outbox_days: int) -> None:
    for _ in range(PRUNINGS):
        with connection, connection.cursor() as cursor:
            if outbox.prune(cursor, outbox_days, PRUNED_AT_ONCE) < PRUNED_AT_ONCE:
                return


def _now() -> datetime:
    return datetime.now(UTC)


class _JsonFormatter(logging.Formatter):
    """One JSON object a line, with the traceback where there is one, and with what `extra` gives as `members`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": datetime.fromtimestamp(record.created, UTC).isoformat(), "level": record.levelname}
        line |= {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line | getattr(record, "members", {}))
