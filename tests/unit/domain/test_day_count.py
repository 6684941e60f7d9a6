"""Day-count fractions against the definitions written a second time (`life.day_count`), over every pair of days at which months end."""

from datetime import date
from fractions import Fraction

import pytest

from domain.corporate_actions.day_count import day_count_fraction
from tests.unit.domain.life.day_count import year_part

STARTS = [date(2027, 12, day) for day in (1, 29, 30, 31)] + [date(2028, 2, day) for day in (1, 28, 29)]
ENDS = [date(2028, 3, day) for day in (1, 28, 30, 31)] + [date(2028, 4, 30), date(2029, 2, 28), date(2029, 12, 31)]


@pytest.mark.parametrize("code", ["A001", "A004", "A005", "A007"])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("end", ENDS)
def test_a_part_of_a_year_is_as_its_code_defines_it(code, start, end):
    option = {"day_count": code, "interest_period": {"from": start.isoformat(), "to": end.isoformat()}}
    assert day_count_fraction(code, start, end, 1) == year_part(option)


@pytest.mark.parametrize(
    ("code", "start", "end", "days"),
    [
        ("A001", "2027-12-31", "2028-03-31", 90),
        ("A001", "2028-02-29", "2028-03-31", 32),
        ("A007", "2027-12-31", "2028-03-31", 90),
        ("A007", "2027-12-31", "2028-03-01", 61),
        ("A007", "2028-02-29", "2028-03-31", 31),
    ],
)
def test_a_31st_counts_as_a_30th_where_its_code_says_so(code, start, end, days):
    counted = day_count_fraction(code, date.fromisoformat(start), date.fromisoformat(end), 1)
    assert counted == Fraction(days, 360)
