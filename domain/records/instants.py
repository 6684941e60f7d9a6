"""Instants: RFC 3339, read alike by every Python."""

import re
from datetime import UTC, datetime

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})\Z"
)


def parse_instant(text: str) -> datetime:
    """Return the instant of `2026-03-16T09:30:00Z` or with an offset such as +02:00, in UTC.

    Seconds may be absent and have at most six decimals. Raises ValueError for any other form, and for an instant that in UTC is before year
    1 or after 9999.
    """
    if not _INSTANT.match(text):
        raise ValueError(f"{text[:40]!r} is not an RFC 3339 instant with an offset")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} is outside the years 1 to 9999") from error
