"""What the value of a field looks like: in JSON Schema's words, and in words for people. Fields reads values of these shapes.

A shape is never narrower than its reader, which also takes white space around texts and codes in small letters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.numbers.money import MINOR_UNITS
from domain.records.countries import COUNTRIES

Schema = Mapping[str, Any]
_PLAIN = r"(0|[1-9][0-9]*)(\.[0-9]+)?$"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOST = 2**63 - 1
_CLOCK = r"([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A kind of value. `name` is that of its definition in the schemas, `text` says what it is, `words` are the only values that it has."""

    name: str
    text: str
    schema: Schema
    words: tuple[str, ...] = ()
    is_number: bool = False
    """A number needs a unit."""


def pattern(expression: str) -> Schema:
    """Return the schema of a string that matches."""
    return {"type": "string", "pattern": expression}


def padded(expression: str) -> Schema:
    """Return the schema of a string that matches between white space."""
    return pattern(rf"^\s*({expression})\s*$")


def _of_words(words: tuple[str, ...]) -> Schema:
    """Return the schema of these words; in capitals or small letters where they are in capitals."""
    cases = ("".join(f"[{c}{c.lower()}]" if c.isupper() else re.escape(c) for c in word) for word in words)
    return {"anyOf": [{"enum": list(words)}, padded("|".join(cases))]}


def _of_period() -> Schema:
    names = (("from", "to"), ("start_date", "end_date"), ("from_date", "to_date"), ("start", "end"))
    return {
        "anyOf": [
            *(
                {
                    "type": "object",
                    "properties": dict.fromkeys(pair, DAY.schema),
                    "required": list(pair),
                    "additionalProperties": {"type": "null"},
                }
                for pair in names
            ),
            {"type": "array", "items": DAY.schema, "minItems": 2, "maxItems": 2},
            pattern(f"^{_DAY}/{_DAY}$"),
        ]
    }


def one_of(*words: str) -> Shape:
    """Return the shape of a word from a closed list."""
    return Shape("", "a code", _of_words(words), words)


def whole_number(minimum: int = 0, maximum: int = _MOST) -> Shape:
    """Return the shape of a JSON integer between two."""
    to = f" to {maximum}" if maximum < _MOST else ""
    text = "a JSON integer" + (f" from {minimum}{to}" if minimum or to else "")
    return Shape("", text, {"type": "integer", "minimum": minimum, "maximum": maximum})


TEXT = Shape("text", "a string that is not blank", pattern(r"\S"))
REFERENCE = Shape("reference", "1 to 64 characters of ASCII", padded("[ -~]{1,64}"))
IDENTIFIER = Shape(
    "identifier",
    "1 to 64 letters, digits, spaces or `. _ : + -`, the first a letter or digit",
    padded("[A-Za-z0-9][A-Za-z0-9 ._:+-]{0,63}"),
)
ISIN = Shape("isin", "ISIN (ISO 6166) with a right check digit", padded("[A-Za-z]{2}[A-Za-z0-9]{9}[0-9]"))
COUNTRY = Shape("country", "country of ISO 3166-1, alpha-2", _of_words(tuple(sorted(COUNTRIES))))
COUNTRY_OR_ANY = Shape("country_or_any", "country of ISO 3166-1, alpha-2, or `*`", _of_words((*sorted(COUNTRIES), "*")))
CURRENCY = Shape("currency", "currency of ISO 4217", _of_words(tuple(sorted(MINOR_UNITS))))
NUMBER = Shape(
    "decimal", 'exact decimal in a string, such as `"0.25"`, zero or more', pattern("^" + _PLAIN), is_number=True
)
SIGNED = Shape(
    "signed_decimal",
    'exact decimal in a string, such as `"-0.25"`',
    pattern(r"^(?!-0*\.?0*$)-?" + _PLAIN),
    is_number=True,
)
PERCENT = Shape(
    "percentage",
    'exact decimal in a string from `"0"` to `"100"`',
    pattern(r"^(100(\.0{1,30})?|(0|[1-9][0-9]?)(\.[0-9]{1,30})?)$"),
    is_number=True,
)
POSITIVE = Shape("positive", "exact decimal in a string, above zero", NUMBER.schema, is_number=True)
DAY = Shape("date", "date `YYYY-MM-DD`", {**pattern(f"^{_DAY}$"), "format": "date"})
INSTANT = Shape(
    "instant", "instant of RFC 3339 with its offset, such as `2026-03-16T09:30:00Z`", pattern(f"^{_DAY}[Tt ]{_CLOCK}$")
)
PERIOD = Shape(
    "period", 'two dates, the second later: `{"from": …, "to": …}`, a list of both, or `from/to`', _of_period()
)
FLAG = Shape("flag", "`true` or `false`", {"type": "boolean"})
_CODE = padded("[A-Za-z0-9]{4}")
PRICES = Shape(
    "prices",
    'object of ISIN and price: `{"US0378331005": "12.5"}`',
    {
        "type": "object",
        "propertyNames": {"pattern": "^[A-Z]{2}[A-Z0-9]{9}[0-9]$"},
        "additionalProperties": NUMBER.schema,
    },
    is_number=True,
)
CODES = Shape(
    "codes",
    "a code of four letters or digits, or a list of them",
    {"anyOf": [{"type": "array", "items": _CODE}, _CODE]},
)
ABSENT: Schema = {"anyOf": [{"type": "null"}, pattern(r"^\s*$")]}
"""What counts as no value."""
