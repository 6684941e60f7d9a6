"""The requests that a scenario makes through boto3, and their answers: the evidence of a failure, and which services it touched."""

import threading
from collections import deque
from functools import partial
from time import perf_counter
from typing import Any

from harness.gate.results import Exchange
from harness.scenarios.masking import masked_body, masked_headers

KEPT = 6
_PENDING = threading.local()


class Exchanges:
    """The last few exchanges since `clear`, and `service:Operation` of all of them. Threads may add at the same time."""

    def __init__(self) -> None:
        self.last: deque[Exchange] = deque(maxlen=KEPT)
        self.touched: set[str] = set()

    def clear(self) -> None:
        """Forgets, as a scenario begins."""
        self.last.clear()
        self.touched.clear()

    def touch(self, service: str, operation: str) -> None:
        """Notes what was used, without an exchange."""
        self.touched.add(f"{service}:{operation}")

    def add(self, exchange: Exchange) -> None:
        """Notes an exchange and what it touched."""
        self.touch(exchange.service, exchange.operation)
        self.last.append(exchange)


LAST_EXCHANGES = Exchanges()
"""Those of the scenario that this process runs now."""


def record(events: Any, service: str, exchanges: Exchanges = LAST_EXCHANGES) -> None:
    """Make the clients of a session, all of `service` (boto3's name), add to `exchanges`; `events`: the session's."""
    events.register("before-send", _sent)
    events.register("response-received", partial(_received, exchanges, service))


def _sent(request: Any, **_: object) -> None:
    _PENDING.request, _PENDING.began = request, perf_counter()


def _received(
    exchanges: Exchanges, service: str, response_dict: Any, exception: Any, event_name: str, **_: object
) -> None:
    request = getattr(_PENDING, "request", None)
    if request is None:
        return
    answer = response_dict or {}
    body = masked_body(answer.get("body")) if exception is None else f"{type(exception).__name__}: {exception}"
    exchanges.add(
        Exchange(
            service=service,
            operation=event_name.rsplit(".", 1)[1],
            method=request.method,
            url=masked_body(request.url),
            request_headers=masked_headers(request.headers),
            request_body=masked_body(request.body),
            status=answer.get("status_code"),
            response_headers=masked_headers(answer.get("headers") or {}),
            response_body=body,
            seconds=f"{perf_counter() - _PENDING.began:.4f}",
        )
    )
