"""How much of the operations that the system uses is judged: bounds of requests and declared client errors, by service."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from harness.coverage.bounds import Bound, bounds_of, model
from harness.coverage.used import each_used
from harness.scenarios.evidence import Fact

LEFT_OUT = Path(__file__).with_name("left_out.yaml")
Asserted = tuple[str, Sequence[Fact]]
"""The service of a scenario, and what it asserts."""
SERVER_ERRORS = 500
OTHER_CODES = {"NonExistentQueue": "QueueDoesNotExist", "QueueAlreadyExists": "QueueNameExists"}
"""Codes that SQS answers with, where they are not the names of the model."""


@dataclass(frozen=True)
class LeftOut:
    """Why bounds or errors (by pattern, only `*` is no plain text) of operations are not judged; `counted` if a request might show them."""

    service: str
    operations: Sequence[str]
    patterns: Sequence[str]
    reason: str
    counted: bool

    def covers(self, service: str, operation: str, name: str) -> bool:
        """Return True if it is about this bound or error."""
        return self.service in ("*", service) and _fits(self.operations, operation) and _fits(self.patterns, name)


@dataclass(frozen=True)
class Coverage:
    """Of one operation: the names of its bounds and errors that requests can show, and which of them some scenario judges.

    `loose`: those that are judged only where any of several codes will do, as nothing public says which one AWS answers with.
    """

    service: str
    operation: str
    bounds: frozenset[str]
    judged_bounds: frozenset[str]
    errors: frozenset[str]
    judged_errors: frozenset[str]
    loose: frozenset[str] = frozenset()

    @property
    def asks(self) -> bool:
        """Return True if there is anything to judge."""
        return bool(self.bounds or self.errors)

    @property
    def missing(self) -> Sequence[str]:
        """Return what no scenario judges."""
        return sorted(self.bounds - self.judged_bounds) + sorted(self.errors - self.judged_errors)


def coverage(scenarios: Iterable[Asserted]) -> list[Coverage]:
    """Return the coverage of each operation that the system uses, by the facts that these scenarios assert."""
    asserted: dict[tuple[str, str], list[Sequence[Fact]]] = {}
    for service, facts in scenarios:
        for operation in {fact.operation for fact in facts}:
            own = [fact for fact in facts if fact.operation == operation]
            asserted.setdefault((service, operation), []).append(own)
    return [_coverage(*used, asserted.get(used, [])) for used in each_used()]


def _coverage(service: str, operation: str, asserted: Sequence[Sequence[Fact]]) -> Coverage:
    bounds, every = bounds_of(service, operation), [fact for facts in asserted for fact in facts]
    judged = {str(bound) for bound in bounds if any(fact.covers(bound) for fact in every)}
    strict_bounds = {str(bound) for bound in bounds if any(len(_codes(facts, bound)) == 1 for facts in asserted)}
    errors = {_declared_as(fact.error) for fact in every if fact.error}
    strict = {_declared_as(code) for facts in asserted for code in _demanded(facts, bounds)}
    return Coverage(
        service, operation,
        frozenset(_shown(service, operation, map(str, bounds), judged)), frozenset(judged),
        frozenset(_shown(service, operation, declared_errors(service, operation), errors)), frozenset(errors),
        frozenset(judged - strict_bounds | errors - strict),
    )  # fmt: skip


def _codes(facts: Sequence[Fact], bound: Bound) -> set[str]:
    """Return the error codes of which a scenario accepts one for a request beyond a bound."""
    return {fact.error for fact in facts if fact.covers(bound)}


def _declared_as(code: str) -> str:
    """Return a code as the model has it: without namespace."""
    name = code.rpartition(".")[2]
    return OTHER_CODES.get(name, name)


def _shown(service: str, operation: str, names: Iterable[str], judged: set[str]) -> Iterator[str]:
    """Yield those names that are judged or that requests can show."""
    for name in names:
        entry = left_out(service, operation, name)
        if name in judged or entry is None or entry.counted:
            yield name


def _demanded(facts: Sequence[Fact], bounds: Sequence[Bound]) -> Iterator[str]:
    """Yield the error codes in whose place a scenario accepts no other."""
    for fact in facts:
        alone = any(_codes(facts, bound) == {fact.error} for bound in bounds if fact.covers(bound))
        if fact.error and (alone or not (fact.bounds or fact.either)):
            yield fact.error


def declared_errors(service: str, operation: str) -> Sequence[str]:
    """Return the codes of the client errors that botocore's model declares for an operation."""
    codes = []
    for shape in model(service, operation).error_shapes:
        error: Mapping[str, Any] = shape.metadata.get("error", {})
        if not shape.metadata.get("fault") and int(error.get("httpStatusCode", 400)) < SERVER_ERRORS:
            codes.append(str(error.get("code", shape.name)))
    return codes


def left_out(service: str, operation: str, name: str) -> LeftOut | None:
    """Return why a bound or an error is not judged, None where nothing says so."""
    return next((entry for entry in _left_out() if entry.covers(service, operation, name)), None)


@cache
def _left_out() -> Sequence[LeftOut]:
    content = yaml.safe_load(LEFT_OUT.read_text())
    return [
        LeftOut(said["service"], said.get("operations", ["*"]), said.get("bounds", []) + said.get("errors", []), said["reason"], counted)
        for part, counted in (("never shown", False), ("unproven", True))
        for said in content[part]
    ]  # fmt: skip


def _fits(patterns: Sequence[str], text: str) -> bool:
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) for pattern in patterns)


def complete_share(covered: Sequence[Coverage]) -> Fraction:
    """Return how many of the operations with anything to judge are judged completely."""
    asking = [used for used in covered if used.asks]
    return Fraction(sum(not used.missing for used in asking), len(asking) or 1)


def table(covered: Sequence[Coverage]) -> Iterator[str]:
    """Yield lines of Markdown: by service its operations, bounds and errors judged (of all, then loosely), complete ones; then gaps."""
    yield "| service | operations used | bounds judged | errors judged | as one of several | operations complete |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    by_service: dict[str, list[Coverage]] = {}
    for used in covered:
        by_service.setdefault(used.service, []).append(used)
    for service, operations in [*sorted(by_service.items()), ("**all**", list(covered))]:
        yield _row(service, operations)
    yield ""
    yield f"complete, of operations with anything to judge: {float(complete_share(covered)):.1%}"
    complete = [used for used in covered if used.asks and not used.missing]
    demanding = sum(not used.loose & (used.bounds | used.errors) for used in complete)
    yield f"by one code throughout, of the {len(complete)} complete operations: {demanding}"
    for used in covered:
        if used.missing:
            yield f"lacks: {used.service} {used.operation}: {', '.join(used.missing)}"


def _row(service: str, covered: Sequence[Coverage]) -> str:
    bounds = sum(len(used.bounds & used.judged_bounds) for used in covered), sum(len(used.bounds) for used in covered)
    errors = sum(len(used.errors & used.judged_errors) for used in covered), sum(len(used.errors) for used in covered)
    loose = sum(len(used.loose & (used.bounds | used.errors)) for used in covered)
    asking = [used for used in covered if used.asks]
    complete = f"{sum(not used.missing for used in asking)} of {len(asking)}"
    judged = f"{bounds[0]} of {bounds[1]} | {errors[0]} of {errors[1]}"
    return f"| {service} | {len(covered)} | {judged} | {loose} | {complete} |"
