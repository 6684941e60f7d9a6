"""Words as they are compared, checked and quoted."""

import re
from collections.abc import Mapping
from typing import Any

from domain.records.storable import MOST_DIGITS

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]\Z")


def upper(text: str) -> str:
    """Return ASCII text in capitals, any other unchanged: a dotless i is no I (domain rules, "Unknown words")."""
    return text.upper() if text.isascii() else text


def shown(value: Any) -> str:
    """Return a value as a refusal quotes it: at most 40 characters; a list or object by its kind, as printing it may never end."""
    if isinstance(value, Mapping | list):
        return "an object" if isinstance(value, Mapping) else "a list"
    if isinstance(value, int) and abs(value) >= 10**MOST_DIGITS:
        return f"an integer of more than {MOST_DIGITS} digits"
    return repr(str(value)[:40])


def is_isin(text: str) -> bool:
    """Return True if the text is an ISIN in capitals with a right check digit."""
    return bool(_ISIN.match(text)) and isin_check_digit(text[:11]) == text[11]


def isin_check_digit(stem: str) -> str:
    """Return the check digit of an ISIN's first eleven characters (ISO 6166, modulus 10 double-add-double)."""
    digits = "".join(str(int(character, 36)) for character in stem)
    total = 0
    for index, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)
