"""The few values that fields of FIN and elements of XML say alike.

Numbers are plain decimals in strings, days YYYY-MM-DD, instants RFC 3339.
"""

import re
from typing import NamedTuple

from domain.numbers.exact import EXACT, parse_decimal, plain

_DAY = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?P<time>T[0-9:]+(?:\.[0-9]+)?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?\Z"
)
UNKNOWN = frozenset({"UKWN", "TBAN", "TBSP", "UNSP", "ONGO", "OPEN"})
"""Codes in place of a value that is not known yet, or that there is none: unknown, to be announced or specified, ongoing, open."""
INDICATIVE = "INDI"
"""Status of a rate that may still change."""


class Unknown(NamedTuple):
    """A code in place of a value that is not known yet, or that there is none (UNKNOWN)."""

    code: str


class Day(NamedTuple):
    """A date."""

    day: str


class Instant(NamedTuple):
    """A date and time: `moment` has the offset, Z where the message has none."""

    day: str
    moment: str


class Percentage(NamedTuple):
    """A rate in percent, with its type (92R, RateTpAndRate)."""

    number: str
    kind: str = ""


class Money(NamedTuple):
    """An amount, of a rate also with its type and status (92J)."""

    number: str
    currency: str
    kind: str = ""
    status: str = ""


class Ratio(NamedTuple):
    """Two quantities."""

    numerator: str
    denominator: str


class Price(NamedTuple):
    """A price with its type: ACTU, DISC and PREM are amounts with a currency; PRCT, YIEL … have none."""

    kind: str
    number: str
    currency: str


class Exchange(NamedTuple):
    """An exchange rate."""

    unit: str
    quoted: str
    rate: str


class Quantity(NamedTuple):
    """A quantity, below zero if short; `kind` is UNIT, FAMT, AMOR or another."""

    number: str
    kind: str


class Code(NamedTuple):
    """A code of the standard, or of its `issuer`."""

    code: str
    issuer: str = ""


class Flag(NamedTuple):
    """Yes or no."""

    is_set: bool


class Text(NamedTuple):
    """Free text, a reference, a number of an account or option; in XML any leaf, whose meaning its place says."""

    text: str


class Place(NamedTuple):
    """A place: a BIC, market, country, or name."""

    name: str


class Security(NamedTuple):
    """A security: its ISIN, "" where the message identifies it otherwise."""

    isin: str


class Period(NamedTuple):
    """Two days; None for an end that is open or not known."""

    start: str | None
    end: str | None


Value = (
    Unknown
    | Day
    | Instant
    | Percentage
    | Money
    | Ratio
    | Price
    | Exchange
    | Quantity
    | Code
    | Flag
    | Text
    | Place
    | Security
    | Period
)


def instead(code: str | None) -> Value:
    """Return what a code in place of a value says."""
    return Unknown(code or "") if code in UNKNOWN else Code(code or "")


def negated(number: str) -> str:
    """Return a figure with the other sign; zero has none."""
    return plain(EXACT.minus(parse_decimal(number)))


def dated(value: Value | None) -> Value | None:
    """Return a Text that is an XML date or date and time as such; the day is as it is written: an offset moves it to no other."""
    written = _DAY.match(value.text) if isinstance(value, Text) else None
    if written is None:
        return value
    if written["time"] is None:
        return Day(written["day"])
    time = written["time"][: len("T00:00:00.000000")]  # as many digits as our instants have
    return Instant(written["day"], f"{written['day']}{time}{written['offset'] or 'Z'}")
