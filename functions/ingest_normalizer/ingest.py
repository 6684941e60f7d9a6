"""A batch of lines: what is written, in which order.

States before requests (the engine's later state must not be overtaken), positions before requests, quarantine last.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from domain.records import Position
from functions.ingest_normalizer import queue_state
from functions.ingest_normalizer.lines import Fact, Line, Refused, read
from functions.ingest_normalizer.positions import write_position
from functions.ingest_normalizer.quarantine import quarantine
from functions.ingest_normalizer.requests import cut, send
from functions.ingest_normalizer.settings import Settings


@dataclass(frozen=True, slots=True)
class Clients:
    """Low-level clients (safe across threads) and the pool that writes in parallel."""

    dynamodb: Any
    sqs: Any
    s3: Any
    pool: Executor


def ingest(lines: Sequence[Line], settings: Settings, clients: Clients) -> dict[str, int]:
    """Returns counts of facts and refused lines. Raises botocore's errors and SendError: then everything is to come again."""
    results = [read(line) for line in lines]
    facts = [fact for each in results if isinstance(each, list) for fact in each]
    refused = [each for each in results if isinstance(each, Refused)]
    requests = list(cut(facts))
    table = settings.queue_state_table

    def received(pair: tuple[Fact, str]) -> None:
        queue_state.record_received(clients.dynamodb, table, pair[0], pair[1])

    def positions(statements: Sequence[Fact]) -> None:
        for fact in statements:
            write_position(clients.dynamodb, settings.positions_table, fact)

    _each(clients.pool, received, ((fact, request.request_id) for request in requests for fact in request.facts))
    _each(clients.pool, lambda request: queue_state.request_received(clients.dynamodb, table, request), requests)
    _each(clients.pool, positions, _by_identity(fact for fact in facts if isinstance(fact.record, Position)))
    send(clients.sqs, settings.entitlement_requests_queue_url, requests)
    for each in refused:
        quarantine(clients.sqs, clients.s3, settings, each)
        queue_state.record_quarantined(clients.dynamodb, table, each)
    return {"facts": len(facts), "refused": len(refused)}


def _by_identity(facts: Iterable[Fact]) -> Iterable[list[Fact]]:
    """Statements of one key stay in the stream's order: of two sources the first one stands."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.record.identity, []).append(fact)
    return groups.values()


def _each(pool: Executor, action: Callable[[Any], None], items: Iterable[Any]) -> None:
    """Runs an action over items in the pool and raises its first failure."""
    for _ in pool.map(action, items):
        pass
