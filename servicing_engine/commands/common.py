"""Reading files and the database and printing JSON, for every command."""

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from servicing_engine.settings import Settings, UnusableError

Result = TypeVar("Result")
STANDARD_INPUT = "-"


def read_database(read: Callable[[Any], Result]) -> Result:
    """Return `read(cursor)` on the task's database, in UTC. Raises UnusableError without a task's environment."""
    from servicing_engine.store.connect import connect  # a document needs no database

    with closing(connect(Settings.from_environment())) as connection, connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        return read(cursor)


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, or of standard input for `-`. Raises UnusableError."""
    try:
        return sys.stdin.buffer.read() if str(path) == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise UnusableError(f"{path}: {error.strerror or error}") from error


def print_lines(lines: Iterable[str]) -> int:
    """Print lines on standard output and return exit status 0."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0


def print_json(value: Any) -> int:
    """Print a value on standard output and return exit status 0."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0
