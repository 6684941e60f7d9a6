"""A hop of a record's way, and hops printed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

NOT_FOUND = "not found"


@dataclass(frozen=True)
class Hop:
    """Where the record was: `at` an instant (RFC 3339, UTC) or "", `key` what names it there, `said` what is said of it.

    `next` is the command to type where the record is missing or stopped there, else "".
    """

    name: str
    key: str
    at: str = ""
    said: str = NOT_FOUND
    next: str = ""


def instant(value: datetime | None) -> str:
    """Return an aware instant as it is printed, or "" where there is none."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else ""


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns as wide as their widest value: ids are never cut, as they are to be copied."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


def print_hops(hops: Sequence[Hop], as_json: bool) -> None:
    """Print a line for each hop and the next commands, or one JSON list."""
    if as_json:
        print(json.dumps([asdict(hop) for hop in hops], indent=1))
        return
    print_columns([(hop.name, hop.at or "-", hop.key, hop.said) for hop in hops])
    for hop in hops:
        if hop.next:
            print(f"{hop.name}: {hop.said}; next: {hop.next}")
