"""A message's instant of preparation as the number that orders it among messages of the same thing.

Neither standard carries a version. What both have is when the sender prepared the message (98C PREP, the business header's CreDt), which
orders an event's messages by one sender however they arrive (ADR 8).
"""

from datetime import UTC, datetime

from domain.records import RecordError
from domain.records.instants import parse_instant

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def order_of(instant: str | None, at: str) -> int:
    """Seconds since 2000-01-01T00:00:00Z of an RFC 3339 instant, at least 2: a first announcement is version 1. The number fits a 32-bit
    integer until 2068. Raises RecordError naming the field `at` where there is no such instant."""
    try:
        seconds = (parse_instant(instant or "") - _EPOCH).total_seconds()
    except ValueError as error:
        raise RecordError("invalid_instant", at, f"{instant!s:.40} is no instant with an offset") from error
    return max(2, int(seconds))
