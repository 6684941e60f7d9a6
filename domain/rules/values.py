"""Values of a rules document. What is wrong raises TypeError or ValueError, which the reader of the entry turns into a RulesError."""

import re
import reprlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.rules.errors import RulesError

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def text(value: Any) -> str:
    """Return a string that UTF-8 can hold."""
    if not isinstance(value, str):
        raise TypeError(f"a string is needed, not {reprlib.repr(value)}")
    value.encode()
    return value


def version_of(document: Mapping[str, Any], name: str) -> str:
    """Return the document's own version, empty if it has none. Raises RulesError."""
    try:
        return text(document.get("version", ""))
    except (TypeError, ValueError) as error:
        raise RulesError(f"{name}: version: {error}") from error


def integer(value: Any, most: int) -> int:
    """Return a JSON integer from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"an integer from 0 to {most} is needed, not {reprlib.repr(value)}")
    return value


def flag(value: Any) -> bool:
    """Return a JSON boolean; false where there is none."""
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"true or false is needed, not {reprlib.repr(value)}")
    return bool(value)


def day_of(value: Any) -> date:
    """Return a date YYYY-MM-DD."""
    if not _DAY.match(text(value)):
        raise ValueError(f"a date YYYY-MM-DD is needed, not {reprlib.repr(value)}")
    return date.fromisoformat(value)


def calendar_range(valid_from: str, valid_to: str) -> tuple[date, date]:
    """First and last day; neither the first nor the last that there is, so that one can step outside."""
    days = day_of(valid_from), day_of(valid_to)
    if days[0] == date.min or days[1] == date.max:
        raise ValueError("a calendar ends before 9999-12-31 and begins after 0001-01-01")
    return days
