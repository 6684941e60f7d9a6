"""A batch of lines: what is written, in which order.

Positions and states before requests (the engine's later state must not be overtaken), quarantine last.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from domain.records import Position
from functions.ingest_normalizer import queue_state
from functions.ingest_normalizer.lines import Fact, Line, read
from functions.ingest_normalizer.positions import position
from functions.ingest_normalizer.requests import cut, send
from functions.ingest_normalizer.settings import Settings
from functions.ingest_normalizer.writing import Write, write
from sending import Quarantine, send_quarantines


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
    table, put = settings.queue_state_table, partial(write, clients.dynamodb, clients.pool)

    held = (fact for fact in facts if isinstance(fact.record, Position))
    refused = put(Write([position(settings.positions_table, fact)], fact) for fact in held)
    requests = list(cut(_without(refused, facts)))
    refused += put(
        Write(queue_state.record_received(table, request.request_id, fact), fact)
        for request in requests
        for fact in request.facts
    )
    requests = [replace(request, facts=tuple(_without(refused, request.facts))) for request in requests]
    requests = [request for request in requests if request.facts]
    put(Write([queue_state.request_received(table, request)]) for request in requests)
    refused += send(clients.sqs, settings.entitlement_requests_queue_url, requests)

    quarantines += refused
    send_quarantines(clients.sqs, clients.s3, settings.dead_letter_queue_url, settings.reports_bucket, quarantines)
    kept_days = int(settings.queue_state_days)
    put(Write([queue_state.record_quarantined(table, kept_days, quarantine)]) for quarantine in quarantines)
    return {"facts": len(facts) - len(refused), "quarantined": len(quarantines)}


def _without(refused: Iterable[Quarantine], facts: Iterable[Fact]) -> list[Fact]:
    record_ids = {quarantine.record_id for quarantine in refused}
    return [fact for fact in facts if fact.record_id not in record_ids]
