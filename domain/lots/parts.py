"""An amount in parts that add up to it exactly."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.numbers.exact import EXACT
from domain.numbers.money import round_amount


def in_parts(total: Fraction, weights: Sequence[Fraction], currency: str) -> list[Decimal]:
    """An exact amount, not negative, rounded once and shared out by weight: each part rounded, none above what is left, the last takes
    the rest. Weights that are all zero leave everything to the last."""
    left, whole = round_amount(total, currency), sum(weights, Fraction(0))
    parts = []
    for weight in weights[:-1]:
        parts.append(min(left, round_amount(total * weight / whole if whole else 0, currency)))
        left = EXACT.subtract(left, parts[-1])
    return [*parts, left] if weights else []
