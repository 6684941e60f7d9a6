"""What only the engine knows, as metrics in its log: one line a minute of each task, and nothing for each record.

What AWS measures itself (queues, functions, tasks, storage) is not here. Alarms: terraform/modules/monitoring.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sending import embedded
from servicing_engine.store import holds, outbox
from servicing_engine.store.connect import Database

_LOGGER = logging.getLogger(__name__)
INTERVAL_SECONDS = 60.0


class ErrorCount(logging.Handler):
    """Counts the errors that a task logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one; `handle` holds the handler's lock."""
        self._count += 1

    def take(self) -> int:
        """Return how many errors were logged since the last call."""
        with self.lock or threading.Lock():
            count, self._count = self._count, 0
        return count


@dataclass(frozen=True, slots=True)
class Metrics:
    """The part of a task that logs its metrics. `database` is its own."""

    database: Database
    namespace: str
    errors: ErrorCount

    def run(self, stopping: threading.Event) -> None:
        """Log a line at once and then every minute, until told to stop. While the database is away there is none."""
        while True:
            measured = self.database.run(_measured) | {"EngineErrors": (self.errors.take(), "Count")}
            members = embedded(self.namespace, measured, datetime.now(UTC))
            _LOGGER.info("metrics", extra={"members": members})
            if stopping.wait(INTERVAL_SECONDS):
                return


def _measured(connection: Any) -> dict[str, tuple[int, str]]:
    with connection, connection.cursor() as cursor:
        seconds, parked = outbox.lag(cursor)
        held = holds.count(cursor)
    return {"OutboxLag": (seconds, "Seconds"), "OutboxParked": (parked, "Count"), "HeldFacts": (held, "Count")}
