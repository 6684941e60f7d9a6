"""How far two sides may differ and still agree: nothing for quantities, one minor unit for cash, never anything for a rate or a date.

One minor unit: each side rounds an amount once (domain rules, "Money"), so honest figures of one payment differ by that at most.
"""

from decimal import Decimal
from fractions import Fraction

from domain.numbers.exact import QUANTITY_PLACES, round_half_up
from domain.numbers.money import MINOR_UNITS


def quantities_agree(ours: Fraction, theirs: Fraction) -> bool:
    """Equal; what has no finite decimal is equal at the 12 places that are shown of it."""
    return round_half_up(ours, QUANTITY_PLACES) == round_half_up(theirs, QUANTITY_PLACES)


def amounts_agree(ours: Fraction, theirs: Fraction, currency: str) -> bool:
    """At most one minor unit of the currency apart."""
    return abs(theirs - ours) <= Fraction(Decimal(1).scaleb(-MINOR_UNITS[currency]))
