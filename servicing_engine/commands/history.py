"""`history EVENT [ACCOUNT] [--as-at INSTANT]` and `claims EVENT [ACCOUNT]`: what the engine's tables know, as JSON."""

from datetime import datetime

from servicing_engine.commands.common import print_json, read_database
from servicing_engine.store import history


def print_history(event_id: str, account: str, as_at: datetime | None) -> int:
    """Print every revision and reversal, as it stood at an instant or stands now; return the exit status."""
    return print_json(read_database(lambda cursor: history.entitlements(cursor, event_id, account, as_at)))


def print_claims(event_id: str, account: str) -> int:
    """Print market claims, transformations and buyer protections as they stand; return the exit status."""
    return print_json(read_database(lambda cursor: history.trade_effects(cursor, event_id, account)))
