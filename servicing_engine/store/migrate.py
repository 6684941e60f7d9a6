"""Brings the schema up to date: numbered SQL files, each applied once, under an advisory lock that other tasks wait for."""

from importlib import resources
from typing import Any

_LOCK = 7_201_001


def migrate(connection: Any) -> list[str]:
    """Applies what is missing in one transaction and commits; returns the names applied. Raises psycopg2.Error."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
        )
        cursor.execute("SELECT name FROM migrations")
        done = {name for (name,) in cursor.fetchall()}
        files = sorted(resources.files("servicing_engine.store.migrations").iterdir(), key=lambda file: file.name)
        missing = [file for file in files if file.name.endswith(".sql") and file.name not in done]
        for file in missing:
            cursor.execute(file.read_text())
            cursor.execute("INSERT INTO migrations (name) VALUES (%s)", (file.name,))
    return [file.name for file in missing]
