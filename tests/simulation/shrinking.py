"""A failing schedule made smaller: fewer faults, tasks and records, as long as it fails in the same way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.simulation.plan import Plan

_PLAIN = {
    "crashes": 0,
    "stops": 0,
    "failures": 0,
    "tasks": 1,
    "workers": 1,
    "relays": 1,
    "batch": 100,
    "shard_holders": 1_000,
}
_SEEDS = 3
"""Each candidate is tried with so many seeds: what is left out changes every choice that follows."""


def smallest(plan: Plan, fails: Callable[[Plan], bool], most_tries: int = 300) -> Plan:
    """Return a smaller plan for which `fails` still holds, after at most so many tries."""
    tries = 0
    candidates = _candidates(plan)
    while (candidate := next(candidates, None)) and tries < most_tries:
        for seed in range(candidate.seed, candidate.seed + _SEEDS):
            tries += 1
            if fails(again := replace(candidate, seed=seed)):
                plan, candidates = again, _candidates(again)
                break
    return plan


def _candidates(plan: Plan) -> Iterator[Plan]:
    """Yield plans that lack something of this one, those that lack most first."""
    facts = [(shard, fact) for shard, of_shard in enumerate(plan.shards) for fact in of_shard]
    size = len(facts) // 2
    while size > 1:
        for start in range(0, len(facts), size):
            yield _with(plan, facts[:start] + facts[start + size :])
        size //= 2
    for name, plain in _PLAIN.items():
        if getattr(plan, name) != plain:
            yield replace(plan, **{name: plain})
    for kind in plan.rates:
        yield replace(plan, rates={other: rate for other, rate in plan.rates.items() if other != kind})
    for start in range(len(facts)):
        yield _with(plan, facts[:start] + facts[start + 1 :])


def _with(plan: Plan, facts: list[tuple[int, Any]]) -> Plan:
    shards = tuple(tuple(fact for shard, fact in facts if shard == own) for own in range(len(plan.shards)))
    return replace(plan, shards=shards)
