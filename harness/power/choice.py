"""Which scenarios a defect is put to, and in which order: those that mean what it changes come first."""

import ast
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

from harness.embedded.run_folder import CHECKOUT
from harness.faults.defects import ANY, HTTP_API, Defect
from harness.results.document import Outcome, Run, ScenarioResult

SECURITY = "security"
TERRAFORM = "terraform:plan"
"""Touched by scenarios that let Terraform read everything back."""
NEAREST, FARTHEST = 0, 5
NEAREST_TIMES = 10
"""The nearest may take so many times the seconds of the others: a stream mapping is judged in a minute, not in two seconds."""
_NAME, _WORD = re.compile(r"[A-Za-z][A-Za-z_-]{3,}"), re.compile(r"\w+")


def scenarios_for(defect: Defect, clean: Run, seconds: Decimal) -> tuple[list[ScenarioResult], int]:
    """Return the scenarios that passed without defects and touch what the defect changes, and how many of the nearest were left out.

    Nearest first (_nearness), of these the ones that mean it (_meaning), then the quickest. Of the nearest no more than took ten times
    `seconds` together, of all others no more than `seconds`, but at least one of each kind.
    """
    near = [
        (rank, -_meaning(defect, scenario), Decimal(scenario.seconds), scenario.id, scenario)
        for scenario in clean.scenarios.values()
        if scenario.outcome is Outcome.PASS and (rank := _nearness(defect, scenario)) is not None
    ]
    chosen, left_out = [], 0
    room, kinds = {True: seconds * NEAREST_TIMES, False: seconds}, set[int]()
    for rank, _, took, _, scenario in sorted(near, key=lambda entry: entry[:4]):
        if took <= room[rank == NEAREST] or rank not in kinds:
            chosen.append(scenario)
            kinds.add(rank)
            room[rank == NEAREST] -= took
        else:
            left_out += rank == NEAREST
    return chosen, left_out


def _nearness(defect: Defect, scenario: ScenarioResult) -> int | None:
    """0: judges the defect's service and touches an operation of it; 1: touches one; 2: judges its service and touches it; 3: touches it;
    4: judges it only; 5: lets Terraform read everything; None: neither."""
    services = {rule.service for rule in defect.rules}
    if ANY in services:
        return 0 if scenario.lane == SECURITY else 4
    touched = {name.partition(":")[0] for name in scenario.touches}
    judges = scenario.service in services | {defect.service, *(["apigateway"] if HTTP_API in services else [])}
    if _operations(defect) & set(scenario.touches):
        return 0 if judges else 1
    if services & touched:
        return 2 if judges else 3
    if TERRAFORM in scenario.touches:
        return FARTHEST
    return 4 if judges else None


def _operations(defect: Defect) -> set[str]:
    """Return `service:Operation` of its rules."""
    return {f"{rule.service}:{name}" for rule in defect.rules for name in rule.operations}


def _meaning(defect: Defect, scenario: ScenarioResult) -> int:
    """Return 2 if the scenario's test names a field of the defect, or is about who is let in as the defect is; and 1 more if its link is
    the page of the defect's operation."""
    source, lets_in = _source_of(scenario.test), any(rule.kind == "allow" for rule in defect.rules)
    means = any(name in source for name in _fields(defect)) or (lets_in and scenario.lane == SECURITY)
    page = scenario.aws.rpartition("API_")[2].removesuffix(".html")
    return 2 * means + (page in {name.partition(":")[2] for name in _operations(defect)})


def _fields(defect: Defect) -> Iterator[str]:
    """Yield the names by which a test may mention the defect: keys, headers and names in its patterns, as `_plain` returns them."""
    for rule in defect.rules:
        change, when = rule.change, rule.when
        values = change.get("values", {})
        texts = [*change.get("keys", ()), *values, *when.get("headers", ())]
        texts += [change.get(name, "") for name in ("list", "pattern", "where")]
        texts += [when.get(name, "") for name in ("request", "answer")]
        for text in texts:
            yield from map(_plain, _NAME.findall(re.sub(r"\\[A-Za-z]", " ", text)))


def _plain(name: str) -> str:
    """Return a name as it is compared: `x-amz-function-error` and `FunctionError` are one."""
    return re.sub(r"[-_]", "", name.lower().removeprefix("x-amz-"))


@cache
def _source_of(test: str) -> str:
    """Return the lines of a test, of what it names in its module, and the id of its parameters; of a test that is not here, nothing."""
    file, _, name = test.partition("::")
    function, _, parameters = name.rpartition("::")[2].partition("[")
    defined = _definitions(CHECKOUT / file)
    own = defined.get(function, "")
    return _plain(" ".join([own, parameters, *(defined[used] for used in set(_WORD.findall(own)) & defined.keys())]))


@cache
def _definitions(file: Path) -> dict[str, str]:
    """Return the lines of what a module defines, by name; decorators are part of them."""
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8")
    lines, definitions = text.splitlines(), dict[str, str]()
    for node in ast.parse(text).body:
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
        for name in (getattr(target, "id", getattr(target, "name", "")) for target in targets):
            definitions[name] = "\n".join(lines[first - 1 : node.end_lineno])
    return definitions


def files_of(scenarios: Iterable[ScenarioResult]) -> list[str]:
    """Return the test files of the scenarios, so that only these are collected."""
    return sorted({scenario.test.partition("::")[0] for scenario in scenarios})
