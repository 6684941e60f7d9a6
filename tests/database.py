"""What the deployed engine's tables say."""

from typing import Any

import psycopg2.extras

from harness.system import System


def rows(system: System, statement: str, *values: str | list[str]) -> list[dict[str, Any]]:
    """The rows of a SELECT with its parameters, by column name."""
    connection = system.database()
    try:
        with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(statement, values)
            return [dict(row) for row in cursor.fetchall()]
    finally:
        connection.close()
