"""Deadlines are as long as the target's entry says."""

from collections.abc import Iterator

import pytest

from harness.deadline import DeadlineError, stretch, wait_for


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    yield
    stretch(1)


def test_a_stretched_deadline_is_as_many_times_as_long() -> None:
    with pytest.raises(DeadlineError, match=r"never: not so after 0\.05 s"):
        wait_for("never", lambda: 0, bool, 0.05)
    stretch(4)
    with pytest.raises(DeadlineError, match=r"never: not so after 0\.2 s"):
        wait_for("never", lambda: 0, bool, 0.05)


def test_what_comes_within_the_stretched_deadline_is_waited_for() -> None:
    seen = iter(range(1000))
    with pytest.raises(DeadlineError):
        wait_for("the eighth", lambda: next(seen), lambda one: one >= 8, 0.05, longest_pause=0.02)
    stretch(100)
    again = iter(range(1000))
    assert wait_for("the eighth", lambda: next(again), lambda one: one >= 8, 0.05, longest_pause=0.02) == 8
