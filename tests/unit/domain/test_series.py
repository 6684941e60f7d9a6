"""Sums and pairs drop nothing."""

from decimal import Decimal
from fractions import Fraction

import pytest

from domain.numbers.series import exact_sum, paired, sum_of


def test_two_series_of_which_one_is_longer_are_no_pairs():
    with pytest.raises(ValueError, match="shorter than argument 1"):
        list(paired((1, 2), (1,)))


def test_the_sum_of_nothing_is_a_zero_of_its_kind():
    sums = sum_of([]), exact_sum([])
    assert [(type(each), each) for each in sums] == [(Fraction, 0), (Decimal, 0)]


def test_a_sum_of_decimals_keeps_every_digit():
    assert str(exact_sum([Decimal("1E+30"), Decimal("1E-30")])) == f"1{'0' * 30}.{'0' * 29}1"
