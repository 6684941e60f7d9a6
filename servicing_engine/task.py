"""An engine task: wires everything once, runs workers, relay and due events, drains on SIGTERM."""

import json
import logging
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
import psycopg2
from botocore.config import Config

from servicing_engine.processing import calculate_due
from servicing_engine.relay import Relay
from servicing_engine.rules_source import RulesSource
from servicing_engine.settings import Settings
from servicing_engine.store.current import waiting_events
from servicing_engine.store.migrate import migrate
from servicing_engine.worker import Worker

_LOGGER = logging.getLogger(__name__)
RELAY_SECONDS = 0.05
DUE_SECONDS = 10.0
UNUSABLE = 3


def run_task() -> int:
    """Runs until SIGTERM or SIGINT, or until a part fails: then the task ends, and its service starts another. Exit status."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_JsonFormatter())
    try:
        settings = Settings.from_environment()
    except (KeyError, ValueError) as error:
        print(f"servicing_engine: {error.args[0]}", file=sys.stderr)
        return UNUSABLE
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    migrate(_connect(settings))
    parts = _parts(settings, stopping)
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        futures = [pool.submit(_guard, part, stopping) for part in parts]
        _LOGGER.info("engine task runs with %s workers", settings.engine_workers)
        failed = [future.exception() for future in futures if future.exception()]
    return 1 if failed else 0


def _parts(settings: Settings, stopping: threading.Event) -> list[Any]:
    config = Config(max_pool_connections=32, retries={"mode": "standard", "max_attempts": 5})
    clients = {
        name: boto3.client(name, config=config)
        for name in ("sqs", "dynamodb", "s3", "events", "appconfig", "appconfigdata")
    }
    rules = RulesSource(clients["appconfigdata"], clients["appconfig"], settings).rules
    workers = [
        Worker(_connect(settings), clients["sqs"], settings, rules, _now).run
        for _ in range(int(settings.engine_workers))
    ]
    relay = Relay(
        *(_connect(settings), clients["dynamodb"], clients["s3"], clients["events"], clients["sqs"]),
        settings,
        ThreadPoolExecutor(max_workers=8),
    )
    due = _connect(settings)
    return [*workers, lambda stop: _relay(relay, stop), lambda stop: _calculate_due(due, rules, stop)]


def _guard(part: Any, stopping: threading.Event) -> None:
    """A part that fails ends the task: its transactions are rolled back, its locks freed, its messages come back."""
    try:
        part(stopping)
    except Exception:  # logged here, as a future would keep it until the task has ended, and raised again
        _LOGGER.exception("the task ends")
        raise
    finally:
        stopping.set()


def _relay(relay: Relay, stopping: threading.Event) -> None:
    while not stopping.is_set():
        if not (relay.lead() and relay.publish()):
            stopping.wait(RELAY_SECONDS)


def _calculate_due(connection: Any, rules: Any, stopping: threading.Event) -> None:
    """Picks up events whose record date has passed, and held ones whose rules may have come."""
    while not stopping.wait(DUE_SECONDS):
        for event_id in waiting_events(connection, _now().date()):
            calculate_due(connection, [event_id], rules(), _now())


def _now() -> datetime:
    return datetime.now(UTC)


def _connect(settings: Settings) -> Any:
    return psycopg2.connect(
        host=settings.database_host,
        port=settings.database_port,
        dbname=settings.database_name,
        user=settings.database_username,
        password=settings.database_password,
        connect_timeout=10,
        application_name="servicing_engine",
    )


class _JsonFormatter(logging.Formatter):
    """One JSON object a line, with the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": datetime.fromtimestamp(record.created, UTC).isoformat(), "level": record.levelname}
        line |= {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)
