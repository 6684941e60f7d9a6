"""Waiting for something to become so, with a deadline, and the last observed value in the error."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_not_result, stop_after_delay, wait_exponential

from harness.failure import HarnessError

Value = TypeVar("Value")

FACTOR = "WAIT_FACTOR"
SOON = 5.0
"""Seconds within which a change shows where its service promises it "eventually", mostly in seconds: on AWS times its wait_factor."""
LARGEST_FACTOR = 100.0
USAGE = 3


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 2000 else f"{text[:2000]}… ({len(text)} characters)"


class DeadlineError(HarnessError, AssertionError):
    """The value did not become as wanted in time: a failed assertion in a test, one line for people in a command.

    `awaited` says for what one waited, and how it ended; `last` is the value observed last, which the text shows, or `shown` for it.
    """

    def __init__(self, awaited: str = "", last: object = None, shown: str = "") -> None:
        super().__init__(f"{awaited}; last observed: {shown or _short(last)}")
        self.awaited, self.last = awaited, last


class AwaitedAnswerError(DeadlineError):
    """An answer did not become `expected` in time, which is what one waited for."""

    def __init__(self, awaited: str, last: object, expected: object) -> None:
        super().__init__(awaited, last)
        self.expected = expected


class TerminalStateError(DeadlineError):
    """The value will not become as wanted, however long one waits; the text shows the state and its reason."""


def _of_this_machine() -> float:
    return 1.0


_target_factor: Callable[[], float] = _of_this_machine


def stretch(factor: Callable[[], float]) -> None:
    """Make the waits of this process `factor()` times as long. WAIT_FACTOR in the environment takes precedence.

    `factor` is called once, by the first wait. Raises HarnessError if WAIT_FACTOR is not valid.
    """
    global _target_factor  # noqa: PLW0603 - a process has one target
    _given_factor()
    _target_factor = cache(factor)


def stretched(seconds: float) -> float:
    """Return `seconds` as long as they are on this target: times WAIT_FACTOR, else times the factor that `stretch` was given."""
    given = _given_factor()
    return seconds * (_target_factor() if given is None else given)


def is_factor(number: object) -> bool:
    """Return True for a number by which waits may be stretched: from 1 to 100."""
    return isinstance(number, int | float) and not isinstance(number, bool) and 1 <= number <= LARGEST_FACTOR


def never(_value: object) -> str:
    """Return "": no value ends a wait before its deadline."""
    return ""


def wait_for(
    what: str,
    observe: Callable[[], Value],
    accept: Callable[[Value], bool],
    seconds: float = 30,
    longest_pause: float = 0.5,
    ended: Callable[[Value], str] = never,
    shown: Callable[[Value], str] = _short,
) -> Value:
    """Observe until `accept` holds, and return that value.

    `seconds` is the deadline, before `stretch`; pauses grow from 20 ms to `longest_pause` seconds. `ended` returns why a value can no
    longer become as wanted, or "" while it can; `shown` says in the error what was last observed. Raises TerminalStateError with that
    reason at once, DeadlineError when the value is late, and exceptions of `observe` as they are.
    """

    longest = stretched(seconds)

    def give_up(state: RetryCallState) -> Value:
        assert state.outcome  # the deadline is looked at after an attempt
        last = state.outcome.result()
        raise DeadlineError(f"{what}: not so after {longest:g} s", last, shown(last))

    def accepted(value: Value) -> bool:
        verdict = accept(value)
        if verdict is not NotImplemented and verdict:  # as `"x".__eq__(None)` is, which counts as true
            return True
        if reason := ended(value):
            raise TerminalStateError(f"{what}: will not be so: {reason}", value)
        return False

    retrying = Retrying(
        stop=stop_after_delay(longest),
        wait=wait_exponential(multiplier=0.02, max=longest_pause),
        retry=retry_if_not_result(accepted),
        retry_error_callback=give_up,
    )
    return retrying(observe)


def await_answer(
    expected: Value, ask: Callable[..., Value], *arguments: Any, seconds: float = SOON, **named: Any
) -> None:
    """Wait until `ask(*arguments, **named)` returns `expected`. Raises AwaitedAnswerError where it does not."""
    what = f"expected {_short(expected)}"
    try:
        wait_for(what, lambda: ask(*arguments, **named), lambda answer: answer == expected, seconds)
    except DeadlineError as late:
        raise AwaitedAnswerError(late.awaited, late.last, expected) from late


def _given_factor() -> float | None:
    text = os.environ.get(FACTOR)
    if not text:
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not is_factor(factor):
        raise HarnessError(
            f"{FACTOR} is {text!r}, expected a number from 1 to {LARGEST_FACTOR:g} such as 3: correct or unset it",
            exit_status=USAGE,
        )
    return factor
