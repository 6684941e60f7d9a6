"""Entitlement requests: facts in messages of at most 25 and 200 kB, sent in batches of at most ten and 1 MiB."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from functions.ingest_normalizer.lines import Fact

MOST_FACTS = 25
MOST_BYTES = 200_000
MOST_ENTRIES = 10
MOST_BATCH_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """One message. Its id is the digest of its record ids, so that the same cut has the same id."""

    request_id: str
    facts: tuple[Fact, ...]
    body: str


def cut(facts: Iterable[Fact]) -> Iterator[Request]:
    """Cuts facts into requests, in order. A fact larger than a message's share travels alone."""
    kept: list[Fact] = []
    size = 0
    for fact in facts:
        weight = len(_json(_entry(fact)).encode())
        if kept and (len(kept) == MOST_FACTS or size + weight > MOST_BYTES):
            yield _request(kept)
            kept, size = [], 0
        kept.append(fact)
        size += weight
    if kept:
        yield _request(kept)


def send(sqs: Any, queue_url: str, requests: Sequence[Request]) -> None:
    """Sends every request. Raises SendError naming those that SQS refused: the batch comes again, the engine's inbox dedupes."""
    for batch in _batches(requests):
        entries = [{"Id": str(index), "MessageBody": request.body} for index, request in enumerate(batch)]
        failed = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", [])
        if failed:
            codes = ", ".join(f"{batch[int(each['Id'])].request_id}: {each['Code']}" for each in failed)
            raise SendError(f"SQS refused {len(failed)} of {len(batch)} entitlement requests: {codes}")


class SendError(RuntimeError):
    """SQS took a batch in part only."""


def _batches(requests: Sequence[Request]) -> Iterator[list[Request]]:
    batch: list[Request] = []
    size = 0
    for request in requests:
        weight = len(request.body.encode())
        if batch and (len(batch) == MOST_ENTRIES or size + weight > MOST_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(request)
        size += weight
    if batch:
        yield batch


def _request(facts: Sequence[Fact]) -> Request:
    record_ids = "\n".join(fact.record_id for fact in facts)
    request_id = hashlib.sha256(record_ids.encode()).hexdigest()[:32]
    body = {"kind": "facts", "request_id": request_id, "facts": [_entry(fact) for fact in facts]}
    return Request(request_id, tuple(facts), _json(body))


def _entry(fact: Fact) -> dict[str, Any]:
    return {"record_id": fact.record_id, "received_at": fact.line.received_at, "record": fact.normalised}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
