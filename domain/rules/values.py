"""Values of a rules document. What is wrong raises TypeError or ValueError, which the reader of the entry turns into a RulesError."""

from datetime import date
from typing import Any


def text(value: Any) -> str:
    """A string that UTF-8 can hold."""
    if not isinstance(value, str):
        raise TypeError(f"a string is needed, not {value!r}")
    value.encode()
    return value


def integer(value: Any, most: int) -> int:
    """A JSON integer from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"an integer from 0 to {most} is needed, not {value!r}")
    return value


def calendar_range(valid_from: str, valid_to: str) -> tuple[date, date]:
    """First and last day; neither the first nor the last that there is, so that one can step outside."""
    days = date.fromisoformat(valid_from), date.fromisoformat(valid_to)
    if days[0] == date.min or days[1] == date.max:
        raise ValueError("a calendar ends before 9999-12-31 and begins after 0001-01-01")
    return days
