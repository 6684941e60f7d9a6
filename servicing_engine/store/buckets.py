"""Buckets of accounts: the unit in which accounts are locked, events sharded and outbox rows published side by side."""

import hashlib
import itertools

BUCKETS = 4096
PARTITIONS = 8
LAST = -1
"""The partition of what is said once everything else of a request is published."""


def bucket(key: str) -> int:
    """Return the bucket of a key, 0 to 4095, as SQL's account_bucket gives it (migration 0002)."""
    return int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:3], 16)


def ranges(count: int) -> list[tuple[int, int]]:
    """Return all buckets cut into `count` ranges (low, high), high not included; at most one per bucket."""
    count = max(1, min(count, BUCKETS))
    edges = [BUCKETS * index // count for index in range(count + 1)]
    return list(itertools.pairwise(edges))
