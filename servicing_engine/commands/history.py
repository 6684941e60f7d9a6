"""`history EVENT [ACCOUNT] [--as-at INSTANT]` and `claims EVENT [ACCOUNT]`: what the engine's tables know, as JSON."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from servicing_engine.settings import Settings
from servicing_engine.store import history
from servicing_engine.store.connect import connect

UNUSABLE = 3


def print_history(event_id: str, account: str, as_at: datetime | None) -> int:
    """Every revision and reversal, as it stood at an instant or stands now. Exit status."""
    return _print(lambda cursor: history.entitlements(cursor, event_id, account, as_at))


def print_claims(event_id: str, account: str) -> int:
    """Market claims, transformations and buyer protections as they stand. Exit status."""
    return _print(lambda cursor: history.trade_effects(cursor, event_id, account))


def _print(read: Callable[[Any], Any]) -> int:
    try:
        settings = Settings.from_environment()
    except (KeyError, ValueError) as error:
        print(f"servicing_engine: {error.args[0]}", file=sys.stderr)
        return UNUSABLE
    with connect(settings) as connection, connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        found = read(cursor)
    json.dump(found, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0
