"""Asks the target whether it lives while a session runs: a dead or silent emulator is no wrong answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import urllib3

from harness.deadline import stretched

ROUND_SECONDS = 2.0
PATIENCE_SECONDS = 8.0
ROUNDS = 3
"""As many questions in a row without an answer mean that it is gone: within about half a minute."""


@contextmanager
def watching(
    ask: Callable[[], bool], round_seconds: float = ROUND_SECONDS, rounds: int = ROUNDS
) -> Iterator[threading.Event]:
    """Give an event that is set once the target is silent. `ask` returns True if the target answered."""
    silent, ended = threading.Event(), threading.Event()

    def watch() -> None:
        unanswered = 0
        while not ended.wait(round_seconds) and not silent.is_set():
            unanswered = 0 if ask() else unanswered + 1
            if unanswered >= rounds:
                silent.set()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield silent
    finally:
        ended.set()
        thread.join()


def answers(endpoint: str | None, patience_seconds: float | None = None) -> bool:
    """Return True if `endpoint` gives any HTTP answer in time; AWS's own endpoints (None) are taken to live."""
    if endpoint is None:
        return True
    try:
        urllib3.request("GET", endpoint, timeout=patience_seconds or stretched(PATIENCE_SECONDS), retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True
