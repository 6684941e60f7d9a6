"""A line now and then, and the time in it."""

import pytest

from harness import progress
from harness.progress import Ticker, duration


def test_no_line_is_told_within_fifteen_seconds_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    now, told = [100], list[int]()
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    ticker = Ticker(lambda line: told.append(int(line)))
    for seconds in range(0, 50, 4):
        now[0] = 100 + seconds
        ticker.tick(lambda: str(now[0] - 100))
    assert told == [16, 32, 48]


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (90, "1 min 30 s")])
def test_a_duration_is_told_in_minutes_and_seconds(monkeypatch: pytest.MonkeyPatch, seconds: float, said: str) -> None:
    monkeypatch.setattr(progress, "monotonic", lambda: 100.0 + seconds)
    assert duration(100.0) == said
