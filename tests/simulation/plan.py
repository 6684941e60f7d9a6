"""What a seed draws: records, how much runs, and which faults how often."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from domain.calculation import PARTS
from tests.agreement.documents import random_document
from tests.simulation.services.calls import KINDS

SHARDS = 2
POISON = (
    b"{no json",
    b"[]",
    b'{"record_type": "position", "safekeeping_account": "ACC-F", "settled_quantity": 1.5}',
    b'{"record_type": "account", "safekeeping_account": "ACC-F", "residence": "UK"}',
    b"\xff\xfe",
)
_OTHERWISE = (
    {"settled_quantity": "11"},
    {"settled_quantity": "12", "source": "another"},
    {"quantity": "11"},
    {"rate": "0.7"},
    {"function": "CANC"},
)
"""What a report says that contradicts another of the same fact."""


@dataclass(frozen=True)
class Plan:
    """One schedule. `facts`: records as dictionaries, in the stream's order of each shard; `bytes` for what cannot be read.

    `rates`: share of calls that suffer, by kind (services.calls), and of statements and commits that lose their connection (`lost`).
    `failures`: statements that PostgreSQL fails for the moment, fewer than a request is received times.
    """

    seed: int
    shards: tuple[tuple[Any, ...], ...]
    rules: dict[str, Any]
    rates: dict[str, float]
    crashes: int
    stops: int
    failures: int
    tasks: int
    workers: int
    relays: int
    batch: int
    shard_holders: int
    faulty_steps: int
    reconciles: bool

    @property
    def document(self) -> dict[str, Any]:
        """Return the readable facts as a document of `calculate`, in the stream's order."""
        document: dict[str, Any] = {"rules": self.rules}
        names = {kind: part for part, kind in PARTS.items()}
        for fact in (fact for shard in self.shards for fact in shard if isinstance(fact, dict)):
            document.setdefault(names[fact["record_type"]], []).append(fact)
        return document


def draw(seed: int) -> Plan:
    """Return the plan of a seed."""
    random = Random(f"simulation {seed}")
    document = random_document(seed, random.choice((3, 8, 20)))
    facts: list[Any] = [{"record_type": kind, **raw} for part, kind in PARTS.items() for raw in document.get(part, ())]
    later = [*_moved(facts, random), *_contradicted(facts, random)]
    random.shuffle(facts)
    for fact, another in later:  # beside it, so that several workers have them at once
        facts.insert(max(0, facts.index(fact) + random.randint(-1, 4)), another)
    for _ in range(random.choice((0, 0, 1, 3))):
        facts.insert(random.randrange(len(facts) + 1), random.choice((random.choice(facts), random.choice(POISON))))
    shards: list[list[Any]] = [[] for _ in range(SHARDS)]
    for fact in facts:
        shards[_shard_of(fact, random)].append(fact)
    some = random.sample((*KINDS, "lost"), random.choice((0, 1, 2, 4)))
    return Plan(
        seed=seed,
        shards=tuple(map(tuple, shards)),
        rules=document["rules"],
        rates={kind: random.choice((0.01, 0.03, 0.1)) / (5 if kind == "lost" else 1) for kind in some},
        crashes=random.choice((0, 1, 3)),
        stops=random.choice((0, 0, 1, 2)),
        failures=random.choice((0, 0, 1, 2)),
        tasks=random.choice((1, 2)),
        workers=random.choice((1, 2, 3)),
        relays=random.choice((1, 2)),
        batch=random.choice((1, 5, 25, 100)),
        shard_holders=random.choice((1, 1_000)),
        faulty_steps=random.choice((200, 1_000, 3_000)),
        reconciles=random.random() < 0.3,  # reports take most of the time
    )


def _moved(facts: list[dict[str, Any]], random: Random) -> Iterator[tuple[Any, Any]]:
    """Yield some trades and elections with corrections, each of which names another account than the version before."""
    accounts = sorted({fact["safekeeping_account"] for fact in facts if fact["record_type"] == "account"})
    movable = [fact for fact in facts if fact["record_type"] in ("trade", "election")]
    for fact in random.sample(movable, min(len(movable), random.choice((0, 0, 1, 4)))):
        for sequence in range(100, 100 + random.choice((1, 1, 2, 4))):
            yield fact, fact | {"safekeeping_account": random.choice(accounts), "sequence": sequence}


def _contradicted(facts: list[dict[str, Any]], random: Random) -> Iterator[tuple[Any, Any]]:
    """Yield some facts with reports that say otherwise under the same sequence, or that come from another source."""
    plain = [fact for fact in facts if not fact.keys() & {"lots", "quantity_breakdown"}]  # which add up to the quantity
    known = [(fact, said) for fact in plain for said in _OTHERWISE if said.keys() <= fact.keys()]
    for fact, said in random.sample(known, min(len(known), random.choice((0, 0, 1, 4)))):
        yield fact, fact | said


def _shard_of(fact: Any, random: Random) -> int:
    """Return a shard: positions go by account, as a feed sends them, so that ingest sees the statements of one in their order."""
    if isinstance(fact, dict) and fact["record_type"] == "position":
        return crc32(fact["safekeeping_account"].encode()) % SHARDS
    return random.randrange(SHARDS)


def data_of(fact: Any) -> bytes:
    """Return a fact as the bytes that a feed sends."""
    return fact if isinstance(fact, bytes) else json.dumps(fact).encode()
