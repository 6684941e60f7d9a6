"""Spreading an amount over parts of a quantity, so that the shares add up to it exactly."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.exact import EXACT
from domain.money import round_amount


def spread(amount: Decimal, quantities: Sequence[Fraction], currency: str) -> list[Decimal]:
    """One share for each quantity, in proportion and rounded; the last takes the rounding. No share is above what is left.

    `amount` is at the currency's minor unit and not negative; the quantities are above zero.
    """
    total = sum(quantities, Fraction(0))
    left, shares = amount, []
    for index, quantity in enumerate(quantities):
        last = index == len(quantities) - 1
        share = left if last else min(left, round_amount(Fraction(amount) * quantity / total, currency))
        left = EXACT.subtract(left, share)
        shares.append(share)
    return shares
