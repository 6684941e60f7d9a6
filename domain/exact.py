"""Exact numbers: parsing, printing and rounding. Nothing here or below ever sees a float.

Quantities are Fractions inside (a ratio of 1 for 3 has no finite decimal) and decimal strings outside.
"""

import re
from decimal import Decimal
from fractions import Fraction

Number = Decimal | Fraction | int

QUANTITY_PLACES = 12
"""Places shown of a quantity that has no finite decimal (domain rules, "Securities")."""

_PLAIN = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?\Z")


def parse_decimal(text: str) -> Decimal:
    """Reads a plain decimal string such as "1000" or "0.25".

    Raises ValueError on exponents, NaN, infinities, or more than 30 digits before or after the point.
    """
    if not _PLAIN.match(text):
        raise ValueError(f"{text[:40]!r} is not a plain decimal such as 0.25")
    return Decimal(text)


def round_half_up(value: Number, places: int) -> Decimal:
    """Rounds to a number of decimal places, halves away from zero (HALF_UP), from the exact value."""
    scaled = Fraction(value) * 10**places
    whole = (abs(scaled.numerator) * 2 + scaled.denominator) // (2 * scaled.denominator)
    return Decimal((0 if scaled >= 0 else 1, tuple(int(digit) for digit in str(whole)), -places))


def has_finite_decimal(value: Fraction) -> bool:
    """True where the fraction can be written with a finite number of decimals."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def plain(value: Number) -> str:
    """Prints without exponent and without trailing zeros; 12 places where no finite decimal exists."""
    if isinstance(value, Fraction):
        value = _finite(value) if has_finite_decimal(value) else round_half_up(value, QUANTITY_PLACES)
    text = format(Decimal(value), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _finite(value: Fraction) -> Decimal:
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    return round_half_up(value, places)


def ratio_json(value: Fraction) -> dict[str, str] | None:
    """`quantity_ratio` of a quantity without finite decimals, else None."""
    if has_finite_decimal(value):
        return None
    return {"numerator": str(value.numerator), "denominator": str(value.denominator)}
