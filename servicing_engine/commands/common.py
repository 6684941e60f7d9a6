"""Reading the database and printing JSON, for every command."""

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any, TypeVar

from servicing_engine.settings import Settings

Result = TypeVar("Result")


def read_database(read: Callable[[Any], Result]) -> Result:
    """Return `read(cursor)` on the task's database, in UTC. Raises UnusableError without a task's environment."""
    from servicing_engine.store.connect import connect  # a document needs no database

    with closing(connect(Settings.from_environment())) as connection, connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        return read(cursor)


def print_lines(lines: Iterable[str]) -> int:
    """Print lines on standard output and return exit status 0."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def print_json(value: Any) -> int:
    """Print a value on standard output and return exit status 0."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0
