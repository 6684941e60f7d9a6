"""Advisory locks of one transaction, always in this order: the announcements' lock, then accounts, sorted.

A transaction that changes an announcement reads accounts, positions and trades of many; one that changes those reads announcements. Were
both to read before the other is committed, each would miss the other (write skew). So announcements exclude every other fact, and
facts of different accounts go side by side.
"""

import zlib
from collections.abc import Iterable
from typing import Any

_ANNOUNCEMENTS, _ACCOUNT = 7_201_002, 7_201_003


def lock_announcements(cursor: Any, *, exclusive: bool) -> None:
    """Locks all announcements until the transaction ends: alone to change one, shared to read them."""
    cursor.execute(f"SELECT pg_advisory_xact_lock{'' if exclusive else '_shared'}(%s)", (_ANNOUNCEMENTS,))


def lock_accounts(cursor: Any, accounts: Iterable[str]) -> None:
    """Locks accounts until the transaction ends, in one order for all (two accounts may share a lock)."""
    for key in sorted({zlib.crc32(account.encode()) - 2**31 for account in accounts}):
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_ACCOUNT, key))
