"""A pytest plugin that tells which scenarios were collected. Loaded by `-p` where somebody chooses among them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from harness.scenarios.recorder import SCENARIO

OF_THE_SYSTEM = frozenset({"system", "deployment"})
"""Fixtures for which the system is deployed."""
ATTACHED = OF_THE_SYSTEM | {"aws"}
"""Fixtures that every session has."""


@dataclass(frozen=True)
class Listed:
    """A scenario that was collected. `file`: the absolute path of its test; `needs_system`: it asks for the deployed system.

    `shared`: fixtures that it shares with other scenarios and that not every session has.
    """

    id: str
    service: str
    feature: str
    lane: str
    file: str
    needs_system: bool
    shared: tuple[str, ...] = ()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the list goes."""
    parser.getgroup("scenarios").addoption("--list-scenarios", metavar="FILE", help="write what was collected as JSON")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Write the scenarios in the order in which they were collected."""
    listed = [asdict(_listed(item)) for item in session.items if SCENARIO in item.stash]
    Path(session.config.getoption("--list-scenarios")).write_text(json.dumps(listed))


def _listed(item: pytest.Item) -> Listed:
    scenario, fixtures = item.stash[SCENARIO], getattr(item, "fixturenames", ())
    definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]  # a test function's, and pytest tells it nowhere else
    shared = {name for name, defined in definitions.items() if defined[-1].scope != "function"}
    return Listed(
        scenario.id, scenario.service, scenario.feature, scenario.lane.value, str(item.path),
        not OF_THE_SYSTEM.isdisjoint(fixtures), tuple(sorted(shared - ATTACHED)),
    )  # fmt: skip


def features_of(scenarios: Iterable[Listed]) -> set[tuple[str, str]]:
    """Return the features, each with its service, that scenarios judge."""
    return {(scenario.service, scenario.feature) for scenario in scenarios}
