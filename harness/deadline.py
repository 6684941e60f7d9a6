"""Waiting for something to become so, with a deadline, and the last observed value in the error."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_not_result, stop_after_delay, wait_exponential

Value = TypeVar("Value")


_stretched_by = 1.0


def stretch(factor: float) -> None:
    """From now on deadlines in this process are `factor` times as long: targets differ in how long things take there."""
    global _stretched_by  # noqa: PLW0603 - a judging session has one target
    _stretched_by = factor


class DeadlineError(AssertionError):
    """The value did not become as wanted in time; the text shows what was last observed."""


def wait_for(
    what: str,
    observe: Callable[[], Value],
    accept: Callable[[Value], bool],
    seconds: float = 30,
    longest_pause: float = 0.5,
) -> Value:
    """Observes until `accept` holds and returns that value.

    `seconds` is the deadline, before `stretch`; pauses grow from 20 ms to `longest_pause` seconds. Raises DeadlineError. An exception of
    `observe` is raised as it is.
    """

    longest = seconds * _stretched_by

    def give_up(state: RetryCallState) -> Value:
        last = state.outcome.result() if state.outcome else None
        raise DeadlineError(f"{what}: not so after {longest:g} s; last observed: {_short(last)}")

    retrying = Retrying(
        stop=stop_after_delay(longest),
        wait=wait_exponential(multiplier=0.02, max=longest_pause),
        retry=retry_if_not_result(accept),
        retry_error_callback=give_up,
    )
    return retrying(observe)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 2000 else f"{text[:2000]}… ({len(text)} characters)"
