"""A batch of lines: what is written, in which order.

Positions and states before requests (the engine's later state must not be overtaken), quarantine last.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger

from domain.records import Position
from functions.ingest_normalizer import queue_state
from functions.ingest_normalizer.lines import Fact, Line, read
from functions.ingest_normalizer.positions import write_position
from functions.ingest_normalizer.requests import Request, cut, send
from functions.ingest_normalizer.settings import Settings
from sending import Quarantine, is_refusal, send_quarantines

_LOGGER = Logger()


@dataclass(frozen=True, slots=True)
class Clients:
    """Low-level clients (safe across threads) and the pool that writes in parallel."""

    dynamodb: Any
    sqs: Any
    s3: Any
    pool: Executor


def ingest(lines: Sequence[Line], settings: Settings, clients: Clients) -> dict[str, int]:
    """Write what a batch of lines says and return counts of facts and of quarantined records.

    A record that a service refuses is quarantined alone. Raises botocore's errors and SendError where a service fails: then everything is
    to come again.
    """
    results = [read(line) for line in lines]
    quarantines = [result for result in results if isinstance(result, Quarantine)]
    facts = [fact for result in results if isinstance(result, list) for fact in result]
    table, write = settings.queue_state_table, partial(_write, clients.pool)

    refused = write(partial(write_position, clients.dynamodb, settings.positions_table), _by_position(facts))
    requests = list(cut(_without(refused, facts)))
    request_ids = {fact.record_id: request.request_id for request in requests for fact in request.facts}
    received = partial(queue_state.record_received, clients.dynamodb, table, request_ids)
    refused += write(received, [[fact] for request in requests for fact in request.facts])
    requests = [replace(request, facts=tuple(_without(refused, request.facts))) for request in requests]
    requests = [request for request in requests if request.facts]
    _run(clients.pool, partial(queue_state.request_received, clients.dynamodb, table), requests)
    refused += send(clients.sqs, settings.entitlement_requests_queue_url, requests)

    quarantines += refused
    send_quarantines(clients.sqs, clients.s3, settings.dead_letter_queue_url, settings.reports_bucket, quarantines)
    _run(
        clients.pool,
        partial(queue_state.record_quarantined, clients.dynamodb, table, int(settings.queue_state_days)),
        quarantines,
    )
    return {"facts": len(facts) - len(refused), "quarantined": len(quarantines)}


def _by_position(facts: Iterable[Fact]) -> list[list[Fact]]:
    """Return position facts by key, each list in the stream's order: of two sources the first one stands."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        if isinstance(fact.record, Position):
            groups.setdefault(fact.record.identity, []).append(fact)
    return list(groups.values())


def _without(refused: Iterable[Quarantine], facts: Iterable[Fact]) -> list[Fact]:
    record_ids = {quarantine.record_id for quarantine in refused}
    return [fact for fact in facts if fact.record_id not in record_ids]


def _write(pool: Executor, write: Callable[[Fact], Any], groups: Iterable[Sequence[Fact]]) -> list[Quarantine]:
    """Write facts, groups in parallel and each group in order; return the quarantines of those refused. Raises a service's failure."""

    def write_group(group: Sequence[Fact]) -> list[Quarantine]:
        return [quarantine for fact in group if (quarantine := _written(write, fact))]

    return [quarantine for refused in pool.map(write_group, groups) for quarantine in refused]


def _written(write: Callable[[Fact], Any], fact: Fact) -> Quarantine | None:
    try:
        write(fact)
    except Exception as error:  # of any kind: the refusals are sorted out, the rest is raised
        if not is_refusal(error):
            raise
        _LOGGER.exception("record %s is refused", fact.record_id)
        return fact.quarantined(error)
    return None


def _run(pool: Executor, action: Callable[[Any], Any], items: Iterable[Request | Quarantine]) -> None:
    """Run an action over items in the pool and raise its first failure."""
    for _ in pool.map(action, items):
        pass
