"""Entitlement requests: facts in messages of at most 25 and 200 kB."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from domain.records import RecordError
from functions.ingest_normalizer.lines import Fact
from sending import Quarantine, send_messages

MOST_FACTS = 25
MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Request:
    """One message. Its id is the digest of the record ids that it was cut for, so that the same cut has the same id."""

    request_id: str
    facts: tuple[Fact, ...]

    @property
    def body(self) -> str:
        """Return the message."""
        entries = ",".join(fact.entry for fact in self.facts)
        return f'{{"kind":"facts","request_id":"{self.request_id}","facts":[{entries}]}}'


def cut(facts: Iterable[Fact]) -> Iterator[Request]:
    """Cut facts into requests, in order. A fact larger than a message's share travels alone."""
    kept: list[Fact] = []
    size = 0
    for fact in facts:
        weight = len(fact.entry.encode())
        if kept and (len(kept) == MOST_FACTS or size + weight > MOST_BYTES):
            yield _request(kept)
            kept, size = [], 0
        kept.append(fact)
        size += weight
    if kept:
        yield _request(kept)


def send(sqs: Any, queue_url: str, requests: Sequence[Request]) -> list[Quarantine]:
    """Send every request; return the quarantines of facts that SQS refuses, each of which was sent alone before.

    Raises botocore's errors and SendError: the batch comes again, and the engine's inbox knows what it has.
    """
    quarantines: list[Quarantine] = []
    alone: list[Request] = []
    for index, code in send_messages(sqs, queue_url, [request.body for request in requests]).items():
        facts = requests[index].facts
        if len(facts) == 1:
            quarantines.append(
                facts[0].quarantined(RecordError("unprocessable", "", f"SQS refuses the record: {code}"))
            )
        else:
            alone += [_request([fact]) for fact in facts]
    return quarantines + (send(sqs, queue_url, alone) if alone else [])


def _request(facts: Sequence[Fact]) -> Request:
    record_ids = "\n".join(fact.record_id for fact in facts)
    return Request(hashlib.sha256(record_ids.encode()).hexdigest()[:32], tuple(facts))
