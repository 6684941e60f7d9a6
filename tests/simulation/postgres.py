"""Connections to a real PostgreSQL whose statements and commits are points of the schedule, and which can be lost."""

from collections.abc import Callable
from typing import Any

import psycopg2
from psycopg2.extensions import connection as RawConnection
from psycopg2.extensions import cursor as RawCursor

from tests.simulation.scheduler import Scheduler

_WRITES = ("INSERT ", "UPDATE ", "DELETE ")
_FAILURE = "DO $$ BEGIN RAISE 'tuple concurrently updated' USING ERRCODE = 'internal_error'; END $$"
_IS_BLOCKED = "SELECT cardinality(pg_blocking_pids(%s)) > 0"


class Raw(RawConnection):
    """A connection that one owner after the other uses."""

    owner: "Connection | None" = None


class Cursor(RawCursor):
    """A cursor whose statements are told to its connection's owner."""

    def execute(self, query: Any, vars: Any = None) -> None:
        """Execute as psycopg2 does."""
        self.connection.owner.execute(query, lambda: super(Cursor, self).execute(query, vars), super().execute)


class Pool:
    """Connections to one database, used by schedule after schedule: each takes milliseconds to make. `look` is the scheduler's own."""

    def __init__(self, dsn: str) -> None:
        self._dsn, self._free = dsn, []
        self.look = psycopg2.connect(dsn)
        self.look.autocommit = True
        with self.look.cursor() as cursor:  # what PostgreSQL does by itself it does at any time
            cursor.execute("ALTER SYSTEM SET autovacuum TO off")
            cursor.execute("SELECT pg_reload_conf()")

    def take(self) -> Raw:
        """Return a connection that nobody uses."""
        return self._free.pop() if self._free else self._made()

    def give_back(self, raw: Raw) -> None:
        """Take a connection back, without its transaction and locks."""
        raw.owner = None
        try:
            raw.rollback()
            with raw, raw.cursor(cursor_factory=RawCursor) as cursor:
                cursor.execute("SELECT pg_advisory_unlock_all()")
            self._free.append(raw)
        except psycopg2.Error:  # it was terminated
            raw.close()

    def is_blocked(self, backend: int) -> bool:
        """Return True if the backend of this pid waits for a lock that another holds."""
        with self.look.cursor() as cursor:
            cursor.execute(_IS_BLOCKED, (backend,))
            return bool(cursor.fetchone()[0])

    def terminate(self, backend: int) -> None:
        """End a backend, as the end of its client's machine does after a while; its locks are free then."""
        with self.look.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))

    def _made(self) -> Raw:
        raw = psycopg2.connect(self._dsn, connection_factory=Raw)
        with raw, raw.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off; SET deadlock_timeout TO '200ms'")
        return raw

    def close(self) -> None:
        """Close all of them."""
        for connection in (self.look, *self._free):
            connection.close()


class Connection:
    """A connection as the engine uses it. `is_lost` says whether it is lost at a point, and `fails` whether a statement fails, which the
    schedule draws."""

    def __init__(
        self, pool: Pool, scheduler: Scheduler, is_lost: Callable[[], bool], fails: Callable[[], bool] = lambda: False
    ) -> None:
        self._pool, self._scheduler, self._is_lost, self._fails = pool, scheduler, is_lost, fails
        self._raw, self.closed, self._writes = pool.take(), 0, False
        self._raw.owner = self

    def cursor(self, name: str | None = None) -> Cursor:
        """Return a new cursor. Raises InterfaceError once the connection is lost."""
        self._check()
        return self._raw.cursor(name, cursor_factory=Cursor)

    def execute(self, query: Any, call: Callable[[], None], plain: Callable[[str], None]) -> None:
        """Run a statement: others may come before it, and go on while it waits for a lock. `plain` runs another one in its place."""
        self._check()
        text = query if isinstance(query, str) else query.decode()
        self._writes = self._writes or any(word in text for word in _WRITES)
        if "_lock" in text:
            self._scheduler.current.takes_lock = True
            self._scheduler.pause("lock")
        elif self._scheduler.random.random() < 0.05:
            self._scheduler.pause("statement")
        self._lose("statement")
        if self._fails():
            plain(_FAILURE)
        self._scheduler.in_database(self._raw.info.backend_pid, call)

    def commit(self) -> None:
        """Commit; the answer may be lost where the commit is not."""
        self._check()
        writes, self._writes = self._writes, False
        if writes:
            self._scheduler.pause("before commit")
            self._lose("commit")
        self._raw.commit()
        self._scheduler.transaction_ended = True
        if writes:
            self._scheduler.commits += 1
            self._scheduler.changes += 1
            self._scheduler.pause("after commit")
            self._lose("answer to a commit")

    def rollback(self) -> None:
        """Roll back."""
        if not self.closed:
            self._writes = False
            self._raw.rollback()
            self._scheduler.transaction_ended = True

    def close(self) -> None:
        """Close: without its transaction and locks."""
        if not self.closed:
            self.closed = 1
            self._pool.give_back(self._raw)
            self._scheduler.transaction_ended = True

    def __enter__(self) -> "Connection":
        """Begin a transaction."""
        return self

    def __exit__(self, kind: Any, *_: Any) -> None:
        """End it, as psycopg2 does."""
        if kind is None:
            self.commit()
        else:
            self.rollback()

    def _check(self) -> None:
        if self.closed:
            raise psycopg2.InterfaceError("connection already closed")

    def _lose(self, what: str) -> None:
        if self._is_lost():
            self._scheduler.history.append(f"{self._scheduler.current.name}: {what} LOST")
            self.close()
            self._scheduler.current.lost_connection = True
            raise psycopg2.OperationalError("server closed the connection unexpectedly")


def empty(pool: Pool) -> None:
    """Empty the database for the next schedule, without a trace of the former one: where rows lie decides in which order some are read."""
    with pool.look.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'")
        tables = [table for (table,) in cursor.fetchall()]
        cursor.execute(";".join(f"DELETE FROM {table}" for table in tables))
        cursor.execute(f"VACUUM {', '.join(tables)}")
        cursor.execute("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")
