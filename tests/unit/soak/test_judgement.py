"""What samples of a soak are judged to be."""

import pytest

from harness.soak.judgement import Trend, growths
from harness.soak.quantities import EMULATOR, OURS, OUTBOX, UNDER_WAY

TASK = f"{OURS}engine task 1 (MB)"


def samples(name: str, values: list[float]) -> list[tuple[float, dict[str, float]]]:
    return [(30.0 * number, {name: value}) for number, value in enumerate(values)]


def test_a_trend_tells_first_median_last_and_rise_in_an_hour() -> None:
    assert Trend.of([0, 1800, 3600], [100, 110, 120]) == Trend(100, 110, 120, pytest.approx(20))


def test_memory_that_filled_in_the_first_quarter_is_flat() -> None:
    assert list(growths(samples(TASK, [50, 90, 100, 100, 100, 100, 104, 104]), 100)) == []


def test_memory_that_goes_on_growing_is_named_with_both_quarters() -> None:
    [said] = growths(samples(TASK, [100, 100, 100, 110, 120, 130, 140, 150]), 100)
    assert said.startswith(f"{TASK}: 105 in the second quarter, 145 in the last")


def test_the_emulators_memory_is_not_judged() -> None:
    assert list(growths(samples(f"{EMULATOR}MiniStack (MB)", [100, 200, 300, 400, 500, 600, 700, 800]), 100)) == []


@pytest.mark.parametrize("name", [UNDER_WAY, OUTBOX])
def test_lag_grows_where_ten_seconds_of_records_more_wait(name: str) -> None:
    assert list(growths(samples(name, [0, 0, 50, 50, 50, 50, 1_050, 1_050]), 100)) == []
    assert len(list(growths(samples(name, [0, 0, 50, 50, 50, 50, 1_051, 1_051]), 100))) == 1


def test_too_few_samples_say_nothing() -> None:
    assert list(growths(samples(TASK, [100, 200, 300]), 100)) == []
