"""Names for resources that the configuration does not name, in the form of the real provider."""

import itertools
import secrets
from datetime import UTC, datetime

_counter = itertools.count(secrets.randbelow(1 << 24))


def unique_name(prefix: str = "terraform-") -> str:
    """The prefix and 26 characters: the time in UTC to a tenth of a millisecond, and a counter."""
    now = datetime.now(UTC)
    return f"{prefix}{now:%Y%m%d%H%M%S}{now.microsecond // 100:04d}{next(_counter) % (1 << 32):08x}"
