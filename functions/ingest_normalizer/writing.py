"""Conditional puts into tables: those of 50 facts a transaction, in parallel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from aws_lambda_powertools import Logger

from functions.ingest_normalizer.lines import Fact
from sending import Quarantine, is_refusal, transact_where_due

_LOGGER = Logger()
_A_CALL = 50
"""Writes in one transaction, which takes 100 puts; a write has two at most."""


@dataclass(frozen=True, slots=True)
class Put:
    """A conditional put, as PutItem takes it. `key` names the item among those of its table."""

    key: str
    request: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """One or two puts that go together, and the fact that is quarantined if DynamoDB refuses a put. Without a fact a refusal is raised."""

    puts: Sequence[Put]
    fact: Fact | None = None


def write(dynamodb: Any, pool: Executor, writes: Iterable[Write]) -> list[Quarantine]:
    """Do the puts whose conditions hold; return the quarantines of refused facts. Raises a service's failure.

    Writes of one key are done in their order, as a transaction takes no key twice, and the others in parallel.
    """
    refused: list[Quarantine] = []
    for turn in _turns(writes):
        calls = (turn[start : start + _A_CALL] for start in range(0, len(turn), _A_CALL))
        refused += chain.from_iterable(pool.map(partial(_transact, dynamodb), calls))
    return refused


def _turns(writes: Iterable[Write]) -> Iterable[Sequence[Write]]:
    """Return the writes in turns, the second of a key in the second turn."""
    turns: dict[int, list[Write]] = defaultdict(list)
    done: dict[str, int] = defaultdict(int)
    for each in writes:
        turn = max(done[put.key] for put in each.puts)
        turns[turn].append(each)
        done.update({put.key: turn + 1 for put in each.puts})
    return turns.values()


def _transact(dynamodb: Any, writes: Sequence[Write]) -> list[Quarantine]:
    """Write in one transaction, or each write in its own where DynamoDB refuses them together: one is wrong, or all have over 4 MB."""
    try:
        transact_where_due(dynamodb, [{"Put": put.request} for each in writes for put in each.puts])
    except Exception as error:  # of any kind: the refusals are sorted out, the rest is raised
        if not is_refusal(error):
            raise
        if len(writes) > 1:
            return [quarantine for each in writes for quarantine in _transact(dynamodb, [each])]
        if (fact := writes[0].fact) is None:
            raise
        _LOGGER.exception("record %s is refused", fact.record_id)
        return [fact.quarantined(error)]
    return []
