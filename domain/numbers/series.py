"""Series of numbers: their exact sum, and two of one length side by side."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import TypeVar

from domain.numbers.exact import EXACT

_A = TypeVar("_A")
_B = TypeVar("_B")


def sum_of(parts: Iterable[Fraction]) -> Fraction:
    """Return the sum, 0 of nothing."""
    return sum(parts, Fraction())


def exact_sum(parts: Iterable[Decimal]) -> Decimal:
    """Return the sum, to the last digit; 0 of nothing."""
    return reduce(EXACT.add, parts, Decimal())


def paired(ones: Iterable[_A], others: Iterable[_B]) -> Iterator[tuple[_A, _B]]:
    """Return the pairs of two series of one length. Raises ValueError if one is longer: nothing is dropped in silence."""
    return zip(ones, others, strict=True)
