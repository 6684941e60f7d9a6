"""The error codes that a scenario's test accepts, read from its source: what the checker of evidence compares with recorded ones."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.scenarios.recorder import SCENARIO


def accepted_texts(item: pytest.Item) -> set[str]:
    """Return every text in the test's own source, in the values of the names that it uses, and in its parameters.

    The codes that the test accepts are among them: `refused("NoSuchKey")`, `refusal(...) == NOT_FOUND`, a parametrised table.
    """
    function = item.function  # type: ignore[attr-defined]  # a pytest.Function
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    known = inspect.unwrap(function).__globals__
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return texts | set(_texts([*(known[name] for name in named if name in known), *parameters]))


def _texts(value: Any, depth: int = 4) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and inspect.isfunction(value) and value.__module__.startswith("tests.") and value.__name__ != "<lambda>":
        yield from _constants(value)
    elif depth and is_dataclass(value) and not isinstance(value, type):
        yield from _texts(list(vars(value).values()), depth - 1)
    elif depth and isinstance(value, Mapping):
        yield from _texts([*value.keys(), *value.values()], depth - 1)
    elif depth and isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from _texts(one, depth - 1)


def _constants(function: Any) -> Iterator[str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    known = function.__globals__
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and isinstance(known.get(node.id), (str, tuple, frozenset)):
            yield from _texts(known[node.id], 2)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scenario-rows", metavar="FILE", help="write id, service and test file of each scenario there")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse a scenario whose evidence names an error that its test does not accept; write the rows of the others."""
    scenarios = [(item, item.stash[SCENARIO]) for item in items if SCENARIO in item.stash]
    problems = [
        f"{scenario.id}: its evidence has {fact.claim} ({fact.grade}: {fact.source}), which {item.name} does not accept"
        for item, scenario in scenarios
        for fact in scenario.facts
        if fact.error and fact.error not in {word for text in accepted_texts(item) for word in text.split()}
    ]
    if problems:
        raise pytest.UsageError("evidence and test disagree:\n" + "\n".join(sorted(problems)))
    if file := config.getoption("--scenario-rows"):
        Path(file).write_text("".join(f"{one.id}\t{one.service}\t{item.path}\n" for item, one in scenarios))
