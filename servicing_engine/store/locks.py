"""Advisory locks, always in this order: the announcements' lock, then buckets of records that may move, then of accounts, each sorted.

A transaction that changes an announcement reads accounts, positions and trades of many; one that changes those reads announcements. Were
both to read before the other is committed, each would miss the other (write skew). So announcements exclude every other fact, and
facts of accounts in different buckets go side by side. So do exchange rates, which lots of many accounts need, and transfers, which say
whose lots are folded together: who folds an account locks all that transfers link to it. A trade or an election may name another account
than its version before: who changes one locks it first, and only then reads which account it leaves. The number of locks is bounded by
that of buckets, however many accounts there are.
"""

from collections.abc import Iterable
from typing import Any

from servicing_engine.store.buckets import bucket

_ANNOUNCEMENTS, _ACCOUNT, _RELAY, _DUE, _RECORD = 7_201_002, 7_201_003, 7_201_004, 7_201_005, 7_201_006


def lock_announcements(cursor: Any, *, exclusive: bool) -> None:
    """Lock all announcements until the transaction ends: alone to change one, shared to read them."""
    cursor.execute(f"SELECT pg_advisory_xact_lock{'' if exclusive else '_shared'}(%s)", (_ANNOUNCEMENTS,))


def lock_records(cursor: Any, identities: Iterable[str]) -> None:
    """Lock the buckets of trades' and elections' ids until the transaction ends."""
    _lock_buckets(cursor, _RECORD, {bucket(identity) for identity in identities})


def lock_accounts(cursor: Any, accounts: Iterable[str]) -> None:
    """Lock the buckets of accounts until the transaction ends."""
    _lock_buckets(cursor, _ACCOUNT, {bucket(account) for account in accounts})


def lock_range(cursor: Any, low: int, high: int, beside: Iterable[str]) -> None:
    """Lock a shard's buckets of accounts, and those of accounts `beside`, until the transaction ends."""
    _lock_buckets(cursor, _ACCOUNT, {*range(low, high), *(bucket(account) for account in beside)})


def _lock_buckets(cursor: Any, kind: int, buckets: Iterable[int]) -> None:
    ordered = sorted(buckets)
    if ordered:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s) WITH ORDINALITY AS ordered (bucket, place) ORDER BY place",
            (kind, ordered),
        )


def try_partition(cursor: Any, partition: int) -> bool:
    """Lock the partition until the transaction ends; return False if another relay has it."""
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (_RELAY, partition))
    return bool(cursor.fetchone()[0])


def lead_due_events(cursor: Any) -> bool:
    """Return True if this session is the one that looks for due events and prunes the outbox; it stays so until it ends."""
    cursor.execute(
        """SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid = %(lock)s)
               OR pg_try_advisory_lock(%(lock)s)""",
        {"lock": _DUE},
    )
    return bool(cursor.fetchone()[0])
