"""Exact numbers: parsing, printing and rounding. Nothing here or below ever sees a float.

Quantities are Fractions inside (a ratio of 1 for 3 has no finite decimal) and decimal strings outside.
"""

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction

Number = Decimal | Fraction | int

QUANTITY_PLACES = 12
"""Places shown of a quantity that has no finite decimal (domain rules, "Securities")."""

EXACT = Context(prec=10_000, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact, InvalidOperation])
"""Decimal sums and products here are exact, or raise decimal.Inexact: never silently rounded."""

_ROUNDING = Context(prec=10_000, Emin=MIN_EMIN, Emax=MAX_EMAX, rounding=ROUND_HALF_UP, traps=[InvalidOperation])
_QUANTA = tuple(Decimal((0, (1,), -places)) for places in range(QUANTITY_PLACES + 1))
_PLAIN = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?\Z")


def parse_decimal(text: str) -> Decimal:
    """Read a plain decimal string such as "1000" or "0.25"; zero has no sign.

    Raises ValueError on exponents, NaN, infinities, or more than 30 digits before or after the point.
    """
    if not _PLAIN.match(text):
        raise ValueError(f"{text[:40]!r} is not a plain decimal such as 0.25")
    return _unsigned_zero(Decimal(text))


def round_half_up(value: Number, places: int) -> Decimal:
    """Round to 0 to 12 decimal places, halves away from zero (HALF_UP), from the exact value; zero has no sign."""
    if isinstance(value, Decimal):
        return _unsigned_zero(value.quantize(_QUANTA[places], context=_ROUNDING))
    return round_ratio(value.numerator, value.denominator, places)


def round_ratio(numerator: int, denominator: int, places: int) -> Decimal:
    """Round a quotient of integers likewise; `denominator` is above zero, and need not be in lowest terms."""
    whole, rest = divmod(abs(numerator) * 10**places, denominator)
    whole += 2 * rest >= denominator
    return Decimal(whole if numerator >= 0 else -whole).scaleb(-places, EXACT)


def plain(value: Number) -> str:
    """Return the digits without exponent and trailing zeros; 12 places where no finite decimal exists."""
    if not isinstance(value, Decimal):
        if value.denominator == 1:
            return str(value.numerator)
        places = _decimal_places(value.denominator)
        value = round_half_up(value, QUANTITY_PLACES) if places is None else _decimal(value, places)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def quotient(value: Fraction) -> str:
    """Return a finite decimal as such, any other number as a quotient of two integers: "0.25", "1/3"."""
    return str(value) if _decimal_places(value.denominator) is None else plain(value)


def exactly(value: Fraction) -> str:
    """Return what an explanation adds to a quantity without finite decimals: " = 292/7 exactly"; empty for any other one."""
    return f" = {value} exactly" if _decimal_places(value.denominator) is None else ""


def ratio_json(value: Fraction) -> dict[str, str] | None:
    """`quantity_ratio` of a quantity without finite decimals, else None."""
    if _decimal_places(value.denominator) is not None:
        return None
    return {"numerator": str(value.numerator), "denominator": str(value.denominator)}


def _unsigned_zero(value: Decimal) -> Decimal:
    return value if value else value.copy_abs()


def _decimal(value: Fraction | int, places: int) -> Decimal:
    return Decimal(value.numerator * 10**places // value.denominator).scaleb(-places, EXACT)


def _decimal_places(denominator: int) -> int | None:
    """Places that a fraction in lowest terms needs: a finite number only where 2 and 5 are the denominator's only primes."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None
