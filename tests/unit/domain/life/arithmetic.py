"""Rounding and sharing out, in Fractions."""

from fractions import Fraction

PLACES = {"JPY": 0, "BHD": 3}
"""Minor units of the currencies of a life, where they are not 2."""


def minor(exact, currency="USD"):
    """Half away from zero, to the minor unit."""
    unit = 10 ** PLACES.get(currency, 2)
    size = (2 * abs(exact) * unit + 1) // 2
    return Fraction(size if exact >= 0 else -size, unit)


def ratio(terms):
    """{numerator, denominator} as one number."""
    return Fraction(terms["numerator"]) / Fraction(terms["denominator"])


def disposed(exact, code):
    """(credited, fraction, sold for cash, bought for cash) of an exact quantity by its DISF code; RDDN where none is given."""
    whole = Fraction(exact // 1)
    fraction = exact - whole
    up = whole + (1 if fraction else 0)
    if code == "CINL":
        return whole, fraction, fraction, Fraction(0)
    if code == "BUYU":
        return up, fraction, Fraction(0), up - exact
    if code == "RDUP" or (code == "STAN" and fraction >= Fraction(1, 2)):
        return up, fraction, Fraction(0), Fraction(0)
    return (exact if code == "DIST" else whole), fraction, Fraction(0), Fraction(0)


def multiples(units, of, code):
    """Whole multiples in a quantity: down, but up or to the nearest where the notice says so."""
    if not of:
        return units
    return disposed(units / of, code if code in ("RDUP", "STAN") else "RDDN")[0] * of


def shared_out(total, weights, currency="USD"):
    """An amount in rounded parts that follow the weights; the last one takes the rest, none takes more than is left. Below zero likewise."""
    if total < 0:
        return [-part for part in shared_out(-total, weights, currency)]
    left, parts = minor(total, currency), []
    for number, weight in enumerate(weights):
        last = number == len(weights) - 1
        part = left if last else min(left, minor(total * weight / sum(weights), currency) if sum(weights) else left * 0)
        parts.append(part)
        left -= part
    return parts
