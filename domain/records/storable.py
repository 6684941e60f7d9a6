"""A sender's own fields (`x_…`): what of them PostgreSQL, SQS and DynamoDB can all keep as it was sent."""

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_NO_CHARACTER = re.compile(r"[\x00\ud800-\udfff\ufffe\uffff]")
MOST_DEPTH = 31
"""Levels of lists and objects in such a field: with the record around it as many as a DynamoDB item has."""
MOST_DIGITS = 38
"""Digits of a number in such a field: as many as DynamoDB keeps."""
LONGEST_NAME = 255
"""Characters of such a field's name."""


def unstorable(value: Any, depth: int = 0) -> str:
    """Return why a JSON value cannot be kept as it is, or "" where it can.

    PostgreSQL has no NUL, UTF-8 no lone surrogate, and SQS refuses U+FFFE and U+FFFF.
    """
    if isinstance(value, str):
        faulty = _NO_CHARACTER.search(value)
        return _faulty_character(faulty.group()) if faulty else ""
    if isinstance(value, float | Decimal | int):
        return _faulty_number(value)
    if isinstance(value, Mapping):
        if not all(0 < len(name) <= LONGEST_NAME for name in value):
            return f"a name has 1 to {LONGEST_NAME} characters"
        value = [*value, *value.values()]
    if not isinstance(value, list):
        return ""
    if depth == MOST_DEPTH:
        return f"more than {MOST_DEPTH} levels deep"
    return next(filter(None, (unstorable(part, depth + 1) for part in value)), "")


def _faulty_number(value: float | Decimal | int) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no number"
    too_long = len(Decimal(repr(value) if isinstance(value, float) else value).as_tuple().digits) > MOST_DIGITS
    return f"a number of more than {MOST_DIGITS} digits: write it as a string" if too_long else ""


def _faulty_character(character: str) -> str:
    if character == "\x00":
        return "a NUL character cannot be stored"
    if character in "\ufffe\uffff":
        return f"U+{ord(character):X} is no character"
    return "half of a surrogate pair is no character"


def exact(value: Any) -> Any:
    """Return a JSON value with each fraction as a string of its digits. A float comes from a fact that was stored before this was so."""
    if isinstance(value, Mapping):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return str(value) if isinstance(value, Decimal | float) else value
