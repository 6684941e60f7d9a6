"""What becomes of a call to a service: it is done, or refused for the moment, or done without an answer, or done twice."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from tests.simulation.scheduler import Scheduler

Answer = TypeVar("Answer")
KINDS = ("throttled", "unreachable", "unanswered", "repeated", "partial", "stale", "late", "slow")
"""`repeated`: the answer was lost and the SDK sent the call again. `partial`: a batch of which some entries fail. `stale`: an
eventually consistent read that lacks the last write. `unreachable`: never arrived. `late`: arrives when its caller has given it up. `slow`: arrives
when all others have gone on for so long."""
_LATE = ("dynamodb TransactWriteItems",)
_LATEST = 200
"""Calls of anybody that come before a late one at the most."""
_SLOW_SECONDS = (0.1, 1, 20)
_ENDPOINT = "http://simulated"
_CODES = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "sqs": "RequestThrottled",
    "s3": "SlowDown",
    "events": "ThrottlingException",
    "appconfig": "ThrottlingException",
}


class Calls:
    """Draws the fate of each call by `rates` (share of calls by kind), until `calm` is set."""

    def __init__(self, scheduler: Scheduler, rates: Mapping[str, float]) -> None:
        self.scheduler, self.rates, self.calm = scheduler, rates, False
        self._late: list[tuple[int, Callable[[], Any]]] = []
        self._made = 0

    def make(self, service: str, operation: str, effect: Callable[[], Answer]) -> Answer:
        """Have the effect of a call and return its answer. Raises botocore's errors, as the SDK does once it has given up."""
        scheduler, name = self.scheduler, f"{service} {operation}"
        scheduler.pause(f"before {name}")
        self._made += 1
        self.arrive(self._made)
        if self.suffers("slow", name):
            scheduler.sleep(scheduler.random.choice(_SLOW_SECONDS))
        if name in _LATE and self.suffers("late", name):
            self._late.append((self._made + scheduler.random.randint(1, _LATEST), effect))
            raise ReadTimeoutError(endpoint_url=_ENDPOINT)
        if self.suffers("throttled", name):
            raise ClientError({"Error": {"Code": _CODES[service], "Message": "simulated"}}, operation)
        if self.suffers("unreachable", name):
            raise ConnectTimeoutError(endpoint_url=_ENDPOINT)
        if self.suffers("repeated", name):
            effect()
        answer = effect()
        scheduler.pause(f"after {name}")
        if self.suffers("unanswered", name):
            raise ReadTimeoutError(endpoint_url=_ENDPOINT)
        return answer

    def arrive(self, made: int = sys.maxsize) -> None:
        """Let late calls arrive that are due when so many calls were made; what they are answered nobody hears."""
        due, self._late = (
            [late for late in self._late if late[0] <= made],
            [late for late in self._late if late[0] > made],
        )
        for _, effect in due:
            with suppress(ClientError):
                effect()

    def suffers(self, kind: str, name: str) -> bool:
        """Return True if the call at hand suffers from this kind of fault."""
        rate = self.rates.get(kind, 0.0)
        if self.calm or not rate or self.scheduler.current.is_spared or self.scheduler.random.random() >= rate:
            return False
        self.scheduler.history.append(f"{self.scheduler.current.name}: {name} {kind.upper()}")
        return True

    def wrote(self) -> None:
        """Note that a service has changed."""
        self.scheduler.changes += 1


def error(code: str, operation: str, **more: Any) -> ClientError:
    """Return what the SDK raises for an error code."""
    return ClientError({"Error": {"Code": code, "Message": "simulated"}, **more}, operation)


def cancelled(*codes: str) -> ClientError:
    """Return what the SDK raises for a transaction that was cancelled, with a code for each of its writes."""
    reasons = [{"Code": code} for code in codes]
    return error("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
