"""The first day's feed and its figures, worked out by hand in examples/feeds/first-day.expected.md."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

FEED = Path(__file__).resolve().parents[1] / "examples" / "feeds" / "first-day.jsonl"
EXPECTED = json.loads((FEED.parent / "first-day.expected.json").read_text())
_IDENTITY = ("corporate_action_event_id", "safekeeping_account", "isin", "acquisition_date")


def comparable(rows: Iterable[Mapping[str, Any]], like: list[dict[str, Any]]) -> list[list[tuple[str, Any]]]:
    """Rows cut to the fields that the expected row of the same place in the order has, numbers by value."""
    identity = [name for name in _IDENTITY if name in like[0]]
    ordered = [sorted(part, key=lambda row: [str(row[name]) for name in identity]) for part in (rows, like)]
    return [[(name, by_value(row[name])) for name in model] for row, model in zip(*ordered, strict=True)]


def by_value(value: object) -> object:
    """A number by its value, whatever its text."""
    try:
        return Decimal(str(value)) if isinstance(value, str | int | Decimal) else str(value)
    except InvalidOperation:
        return value
