"""Brings the schema up to date: numbered SQL files, each applied once, under an advisory lock that other tasks wait for."""

import hashlib
from importlib import resources
from typing import Any

_LOCK = 7_201_001
_WAIT = "2s"
"""For how long a migration waits for a table: whoever comes after it waits behind it. Longer than `deadlock_timeout` (1 s)."""


class ChangedMigrationError(RuntimeError):
    """A file is no longer what was applied under its name: its database is not the one that this code expects."""


def migrate(connection: Any) -> list[str]:
    """Apply what is missing in one transaction and commit; return the names applied.

    Engines of before work on meanwhile. Raises psycopg2.errors.LockNotAvailable where a transaction of theirs keeps a table for two
    seconds, other psycopg2.Error, and ChangedMigrationError when an applied file was edited since.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        cursor.execute(
            """CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now());
               ALTER TABLE migrations ADD COLUMN IF NOT EXISTS digest text"""
        )
        cursor.execute("SELECT name, digest FROM migrations")
        done, applied = dict(cursor.fetchall()), []
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", (_WAIT,))
        for name, text in _files():
            digest = hashlib.sha256(text.encode()).hexdigest()
            if (done.get(name) or digest) != digest:
                raise ChangedMigrationError(
                    f"{name} was edited after it was applied: put the change in a new migration"
                )
            if name not in done:
                cursor.execute(text)
                cursor.execute("INSERT INTO migrations (name, digest) VALUES (%s, %s)", (name, digest))
                applied.append(name)
    return applied


def _files() -> list[tuple[str, str]]:
    folder = resources.files("servicing_engine.store.migrations")
    return sorted((file.name, file.read_text()) for file in folder.iterdir() if file.name.endswith(".sql"))
