"""The requests that a scenario makes through boto3, and their answers: the evidence of a failure, and which services it touched."""

import re
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from harness.deadline import stretched
from harness.results.document import Exchange
from harness.scenarios.masking import masked_body, masked_headers

FIRST, BEFORE, AFTER = 2, 2, 1
"""How many requests are shown of a scenario that did not pass: of its first, of those before the one that decided, of its last."""
KEPT = 40
LATE_SECONDS = 5.0
"""Before `stretched`. An answer that takes longer, or does not come in time, is late."""
LATE, RESET, RETRIED = "late", "reset", "retried"
TAKES_ITS_TIME = frozenset({("sqs", "ReceiveMessage"), ("lambda", "Invoke")})
"""Calls that wait for something else: a message, a function."""
_PENDING = threading.local()


class Exchanges:
    """The exchanges since `clear`, and `service:Operation` of all of them. Threads may add at the same time.

    `last`: the newest, clean-up included. `ending`: set while fixtures are torn down. Of a request that is repeated without change (a poll,
    a retry) the first and the newest are kept. `trouble` counts by "service kind" what went wrong on the way: LATE answers, RESET
    connections, RETRIED calls.
    """

    def __init__(self) -> None:
        self.last: deque[Exchange] = deque(maxlen=KEPT)
        self.touched: set[str] = set()
        self.ending = False
        self._steps: list[Exchange] = []
        self._clean_up: deque[Exchange] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self.trouble: Counter[str] = Counter()

    def clear(self) -> None:
        """Forget, as a scenario begins."""
        self.ending = False
        self.last.clear()
        self.touched.clear()
        self._steps.clear()
        self._clean_up.clear()
        self.trouble.clear()

    def touch(self, service: str, operation: str) -> None:
        """Note what was used, without an exchange."""
        self.touched.add(f"{service}:{operation}")

    def add(self, exchange: Exchange, clean_up: bool = False) -> None:
        """Note an exchange and what it touched. `clean_up`: it belongs to no step of the scenario."""
        self.touch(exchange.service, exchange.operation)
        with self._lock:
            self.last.append(exchange)
            if clean_up or self.ending:
                self._clean_up.append(exchange)
            else:
                self._add_step(exchange)

    @property
    def steps(self) -> Sequence[Exchange]:
        """Return the exchanges without clean-up, oldest first; `left_out` counts what was dropped before each."""
        return self._steps

    def cleaned_up(self, operation: str) -> bool:
        """Return True if the newest request of `operation` removed what the scenario had made."""
        newest = next((exchange for exchange in reversed(self.last) if exchange.operation == operation), None)
        return any(exchange is newest for exchange in self._clean_up)

    def evidence(self, decided: Exchange | None) -> tuple[Exchange, ...]:
        """Return what is shown of a scenario: its first steps, those around the exchange that decided, which is marked, and its last."""
        steps = [*self._steps]
        if decided and not any(step is decided for step in steps):
            steps.append(decided)
        at = next((place for place, step in enumerate(steps) if step is decided), len(steps) - 1)
        shown = {*range(FIRST), *range(at - BEFORE, at + 1), *range(len(steps) - AFTER, len(steps))}
        kept, left_out = [], 0
        for place, step in enumerate(steps):
            left_out += step.left_out
            if place in shown:
                kept.append(replace(step, decided=step is decided, left_out=left_out))
                left_out = 0
            else:
                left_out += 1
        return tuple(kept)

    def _add_step(self, exchange: Exchange) -> None:
        steps = self._steps
        if _says_nothing_new(exchange, steps):
            steps[-1] = replace(exchange, left_out=steps[-1].left_out + 1)
            return
        steps.append(exchange)
        if len(steps) > KEPT:
            gone = steps.pop(FIRST)
            steps[FIRST] = replace(steps[FIRST], left_out=steps[FIRST].left_out + gone.left_out + 1)

    def add_trouble(self, call: tuple[str, str], seconds: float, attempt: str, error: Exception | None) -> None:
        """Count what went wrong with one attempt at a (service, operation). `attempt`: as the SDK says it to the service."""
        timed_out = isinstance(error, ReadTimeoutError | ConnectTimeoutError)
        slow = call not in TAKES_ITS_TIME and seconds > stretched(LATE_SECONDS)
        again = re.search(r"attempt=(?!1\b)", attempt) is not None
        kinds = {LATE: timed_out or slow, RESET: error is not None and not timed_out, RETRIED: again}
        self.trouble.update(f"{call[0]} {kind}" for kind, happened in kinds.items() if happened)

    def late(self) -> bool:
        """Return True if an answer was late."""
        return any(name.endswith(f" {LATE}") for name in self.trouble)


LAST_EXCHANGES = Exchanges()
"""Those of the scenario that this process runs now."""
FOLLOWERS: list[Callable[[Any, str], None]] = []
"""What else follows the clients that are made from now on: called with the events of their session, and their service."""


def record(events: Any, service: str, exchanges: Exchanges = LAST_EXCHANGES) -> None:
    """Make the clients of a session, all of `service` (boto3's name), add to `exchanges`; `events`: the session's."""
    events.register("before-send", _sent)
    events.register("before-parse", partial(_received, exchanges, service))  # an answer, also one that cannot be parsed
    events.register("response-received", partial(_unanswered, exchanges, service))
    for follow in FOLLOWERS:
        follow(events, service)


def _says_nothing_new(exchange: Exchange, steps: Sequence[Exchange]) -> bool:
    """Return True for a request that is repeated and answered as before, or repeated for the second time."""
    again = [step for step in steps[-2:] if _asks_the_same(step, exchange)]
    return len(again) == 2 or bool(
        steps
        and _asks_the_same(steps[-1], exchange)
        and (steps[-1].status, steps[-1].response_body) == (exchange.status, exchange.response_body)
    )


def _asks_the_same(old: Exchange, new: Exchange) -> bool:
    return all(
        getattr(old, name) == getattr(new, name) for name in ("service", "operation", "method", "url", "request_body")
    )


def cleans_up() -> bool:
    """Return True while an exception is handled or a `with` block is left: what is asked then removes what the scenario made."""
    if sys.exc_info()[1] is not None:
        return True
    frame = sys._getframe(1)
    while frame := frame.f_back:  # type: ignore[assignment]  # None ends it
        if frame.f_code.co_name == "__exit__":
            return True
    return False


def _sent(request: Any, **_: object) -> None:
    _PENDING.request, _PENDING.began, _PENDING.clean_up = request, perf_counter(), cleans_up()


def _unanswered(exchanges: Exchanges, service: str, exception: Any, event_name: str, **_: object) -> None:
    if exception is not None:
        _received(exchanges, service, {}, event_name, exception)


def _received(
    exchanges: Exchanges, service: str, response_dict: Any, event_name: str, exception: Any = None, **_: object
) -> None:
    request = getattr(_PENDING, "request", None)
    if request is None:
        return
    answer, seconds, operation = response_dict, perf_counter() - _PENDING.began, event_name.rsplit(".", 1)[1]
    exchanges.add_trouble((service, operation), seconds, masked_body(request.headers.get("amz-sdk-request")), exception)
    body = masked_body(answer.get("body")) if exception is None else f"{type(exception).__name__}: {exception}"
    exchange = Exchange(
        service=service,
        operation=operation,
        method=request.method,
        url=masked_body(request.url),
        request_headers=masked_headers(request.headers),
        request_body=masked_body(request.body),
        status=answer.get("status_code"),
        response_headers=masked_headers(answer.get("headers") or {}),
        response_body=body,
        seconds=f"{seconds:.4f}",
    )
    exchanges.add(exchange, _PENDING.clean_up)
