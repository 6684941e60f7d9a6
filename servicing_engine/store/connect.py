"""Connecting to the engine's database, and waiting for it while it is away."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

import psycopg2
from psycopg2 import errorcodes

from domain.calculation_version import CALCULATION_VERSION
from sending import pause_seconds
from servicing_engine.settings import Settings

Result = TypeVar("Result")
_LOGGER = logging.getLogger(__name__)
LONGEST_SECONDS = 300.0
"""After so long a task ends: its service starts another, which is given the database's secret as it is then."""
TRIES_AT_STOP = 3
LONGEST_PAUSE_SECONDS = 5.0
_DEAD_PEER: dict[str, Any] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server whose machine is gone answers nothing, not even that the connection is closed: it is noticed within 30 s."""
_APPLICATION = f"servicing_engine {CALCULATION_VERSION}"
IDLE_MILLISECONDS = 300_000
"""A task that hangs in a transaction (its machine is frozen, its connection is not) loses its locks after so long: others wait for them."""
_CLASSES = (
    errorcodes.CLASS_CONNECTION_EXCEPTION,
    errorcodes.CLASS_INVALID_TRANSACTION_STATE,  # such as read only, on what was the primary until a failover
    errorcodes.CLASS_TRANSACTION_ROLLBACK,  # such as a deadlock
    errorcodes.CLASS_INSUFFICIENT_RESOURCES,
    errorcodes.CLASS_OBJECT_NOT_IN_PREREQUISITE_STATE,
    errorcodes.CLASS_OPERATOR_INTERVENTION,
    errorcodes.CLASS_SYSTEM_ERROR,
)
_SCHEMA = (errorcodes.UNDEFINED_TABLE, errorcodes.UNDEFINED_COLUMN, errorcodes.INSUFFICIENT_PRIVILEGE)
"""SQLSTATEs (PostgreSQL's Appendix A) that speak of the server and its schema, and never of a statement's values."""


class DatabaseAwayError(RuntimeError):
    """The database is away, and nobody waits for it any longer. Its cause is what psycopg2 said last."""


def connect(settings: Settings, **options: Any) -> Any:
    """Return a new connection; `options` are libpq's. Raises psycopg2.OperationalError."""
    return psycopg2.connect(
        host=settings.database_host,
        port=settings.database_port,
        dbname=settings.database_name,
        user=settings.database_username,
        password=settings.database_password,
        connect_timeout=10,
        application_name=_APPLICATION,
        options=f"-c idle_in_transaction_session_timeout={IDLE_MILLISECONDS}",
        **_DEAD_PEER,
        **options,
    )


def of_other_versions(cursor: Any) -> list[str]:
    """Return the application names, such as `servicing_engine 1`, of connected engines that calculate by another version."""
    cursor.execute(
        """SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()
           AND application_name LIKE 'servicing_engine%%' AND application_name <> %s ORDER BY 1""",
        (_APPLICATION,),
    )
    return [name for (name,) in cursor.fetchall()]


@dataclass(slots=True)
class Database:
    """The database as one thread uses it: over one connection, which is made anew where it was lost."""

    settings: Settings
    stopping: threading.Event
    _connection: Any = None

    def connected(self) -> Any:
        """Return the connection, as soon as there is one. Raises DatabaseAwayError as `run` does."""
        return self.run(lambda connection: connection)

    def run(self, work: Callable[[Any], Result]) -> Result:
        """Return `work(connection)`. Where the database fails it, do it again on a new connection, as soon as there is one.

        `work` is one or several transactions, and may be done twice: a commit may have succeeded though its answer was lost.
        Raises DatabaseAwayError when the database has failed for 300 s, or three times if told to stop; and what `work` raises for
        other reasons.
        """
        failures, since = 0, 0.0
        while True:
            try:
                if self._connection is None:
                    self._connection = connect(self.settings, target_session_attrs="read-write")
                return work(self._connection)
            except Exception as error:
                if not self._is_of_the_database(error):
                    raise
                failures, since = failures + 1, since or monotonic()
                self.close()
                last = self.stopping.is_set() and failures >= TRIES_AT_STOP
                if last or monotonic() - since > LONGEST_SECONDS:
                    raise DatabaseAwayError(f"the database has failed for {monotonic() - since:.0f} s") from error
                _LOGGER.warning("the database is waited for: %s: %s", type(error).__name__, str(error).strip())
            self.stopping.wait(pause_seconds(failures, LONGEST_PAUSE_SECONDS))

    def close(self) -> None:
        """Close the connection; the next use makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _is_of_the_database(self, error: Exception) -> bool:
        """Return True if the connection is lost, or the server cannot do its work now, whatever work is asked of it."""
        if self._connection is not None and self._connection.closed:
            return True
        if not isinstance(error, psycopg2.Error):
            return False
        if error.pgcode is None:  # libpq's: the server said nothing
            return (
                isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
                or type(error) is psycopg2.DatabaseError
            )
        return error.pgcode[:2] in _CLASSES or error.pgcode in _SCHEMA
