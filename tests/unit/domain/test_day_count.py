"""Day-count fractions against the definitions written a second time (`life.day_count`), over every pair of days at which months end."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.corporate_actions.day_count import NAMES, IrregularPeriod, Schedule, count_days, coupons_a_year
from domain.records.option import DAY_COUNTS
from tests.unit.domain.life.day_count import year_part
from tests.unit.domain.life.facts import Held

STARTS = [date(2027, 12, day) for day in (1, 29, 30, 31)] + [date(2028, 2, day) for day in (1, 28, 29)]
ENDS = [date(2028, 3, day) for day in (1, 28, 30, 31)] + [date(2028, 4, 30), date(2029, 2, 28), date(2029, 12, 31)]


@pytest.mark.parametrize("code", ["A001", "A002", "A004", "A005", "A007", "A008", "A009"])
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("end", ENDS)
def test_a_part_of_a_year_is_as_its_code_defines_it(code, start, end):
    option = {"day_count": code, "interest_period": {"from": start.isoformat(), "to": end.isoformat()}}
    assert count_days(code, start, end, Schedule(1)).fraction == year_part(option)


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
    counted = count_days(code, date.fromisoformat(start), date.fromisoformat(end), Schedule(1)).fraction
    assert counted == Fraction(days, 360)


DATES = st.dates(date(2023, 12, 1), date(2025, 3, 31))
LAST_DAYS = st.sampled_from(
    [date(2023, 12, 31), date(2024, 2, 28), date(2024, 2, 29), date(2024, 8, 30), date(2024, 8, 31)]
)
REGULAR = [
    ("2024-02-29", "2024-08-31"),
    ("2024-02-28", "2024-08-28"),
    ("2025-02-28", "2025-08-30"),
    ("2027-01-15", "2027-07-15"),
]


@given(
    st.lists(DATES | LAST_DAYS, min_size=2, max_size=2, unique=True),
    st.sampled_from([None, *REGULAR]),
    st.sampled_from([1, 2, 4]),
    st.sampled_from(["A003", "A006"]),
)
def test_days_are_counted_by_the_regular_period_that_they_lie_in(days, regular, coupons, code):
    start, end = sorted(days)
    option = {"day_count": code, "interest_period": {"from": str(start), "to": str(end)}, "coupons_per_year": coupons}
    option |= {"regular_period": dict(zip(("from", "to"), regular, strict=True))} if regular else {}
    schedule = Schedule(coupons, tuple(map(date.fromisoformat, regular)) if regular else None)
    try:
        expected = year_part(option)
    except Held:
        with pytest.raises(IrregularPeriod):
            count_days(code, start, end, schedule)
    else:
        assert count_days(code, start, end, schedule).fraction == expected


@pytest.mark.parametrize("regular", [("0001-01-31", "0001-07-31"), ("9999-01-31", "9999-07-31")])
def test_a_schedule_that_leaves_the_calendar_is_none(regular):
    first, last = map(date.fromisoformat, regular)
    with pytest.raises(IrregularPeriod, match="leaves the calendar"):
        count_days("A006", date(first.year, 1, 5), date(first.year, 12, 30), Schedule(2, (first, last)))


@pytest.mark.parametrize(
    ("regular", "coupons"),
    [
        (("2026-08-15", "2027-02-15"), 2),
        (("2026-08-31", "2027-02-28"), 2),
        (("2026-01-15", "2027-01-15"), 1),
        (("2026-01-15", "2026-02-15"), 12),
        (("2026-01-15", "2026-06-15"), 0),
        (("2026-01-15", "2028-01-15"), 0),
        (("2026-01-15", "2026-01-20"), 0),
    ],
)
def test_a_regular_period_says_how_many_coupons_a_year_has(regular, coupons):
    assert coupons_a_year(tuple(map(date.fromisoformat, regular))) == coupons
    assert coupons_a_year(None) == 0


def test_every_day_count_of_a_record_is_counted_and_has_a_name():
    year = date(2026, 1, 15), date(2027, 1, 15)
    assert [count_days(code, *year, Schedule(1)).fraction for code in DAY_COUNTS]
    assert set(NAMES) == set(DAY_COUNTS)


@pytest.mark.parametrize(
    ("code", "start", "end", "said"),
    [
        ("A001", "2026-01-31", "2026-03-31", "60/360"),
        ("A004", "2026-01-15", "2026-04-15", "90/360"),
        ("A008", "2027-07-01", "2028-07-01", "(184/365 + 182/366)"),
        ("A006", "2026-01-15", "2027-01-15", "(181/362 + 184/368)"),
        ("A005", "2026-01-15", "2026-01-15", "0"),
    ],
)
def test_a_count_says_its_days_over_those_of_their_year_unreduced(code, start, end, said):
    assert str(count_days(code, date.fromisoformat(start), date.fromisoformat(end), Schedule(2))) == said


def test_a_schedule_reaches_to_the_last_year_of_the_calendar():
    first, last = date(9998, 7, 31), date(9999, 1, 31)
    counted = count_days("A006", date(9999, 1, 31), date(9999, 7, 31), Schedule(2, (first, last)))
    assert counted.fraction == Fraction(1, 2)
