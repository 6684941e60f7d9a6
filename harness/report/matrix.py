"""The compatibility matrix: the results of several targets side by side.

A target's coverage here is of all scenarios that any of the documents holds, so that columns can be compared: what a target did not
run counts as not covered. Beside it stand the counts, `not-run` apart from `unsupported`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from harness.failure import HarnessError
from harness.report.evidence import masked
from harness.report.states import DIVERGING, JUDGED, Figures, State, state_of
from harness.results.document import Run, ScenarioResult, Stamp
from harness.results.verdict import decimal

VERSION = 1


@dataclass(frozen=True)
class Cell:
    """What one target said of one scenario. `detail` is the recorder's line, or for a known divergence the reason on file."""

    state: State
    detail: str


NOT_RUN = Cell(State.NOT_RUN, "")


@dataclass(frozen=True)
class Line:
    """One scenario: its cells in the order of the targets."""

    id: str
    lane: str
    aws: str
    cells: tuple[Cell, ...]

    @property
    def answers_differ(self) -> bool:
        """Whether one target answers rightly and another does not; a known divergence is one."""
        return len({cell.state in DIVERGING for cell in self.cells if cell.state in JUDGED}) > 1

    @property
    def differs(self) -> bool:
        """Whether targets differ in anything, also in what they support or ran; on file or not makes no difference."""
        return len({State.FAIL if cell.state is State.KNOWN else cell.state for cell in self.cells}) > 1


@dataclass(frozen=True)
class Group:
    """The scenarios of a feature, or with their features those of a service; `figures` in the order of the targets."""

    name: str
    lines: tuple[Line, ...]
    figures: tuple[Figures, ...]
    features: tuple["Group", ...] = ()


@dataclass(frozen=True)
class Column:
    """One target. `judgement` None: its document has no verdict. `broke_off`: why its run ended early, else empty."""

    stamp: Stamp
    judgement: str | None
    broke_off: str
    figures: Figures


@dataclass(frozen=True)
class Matrix:
    """Columns in the order of the documents; services by name."""

    columns: tuple[Column, ...]
    services: tuple[Group, ...]


def compare(runs: Sequence[Run]) -> Matrix:
    """Side by side. Where documents place a scenario differently, the first that holds it decides.

    Raises HarnessError without a document.
    """
    if not runs:
        raise HarnessError("a matrix needs the result document of at least one target", exit_status=3)
    places: dict[str, ScenarioResult] = {}
    for run in runs:
        for name, scenario in run.scenarios.items():
            places.setdefault(name, scenario)
    by_service: dict[str, dict[str, list[Line]]] = {}
    for name, place in sorted(places.items()):
        line = Line(name, place.lane, place.aws, tuple(_cell(run, name) for run in runs))
        by_service.setdefault(place.service, {}).setdefault(place.feature, []).append(line)
    services = tuple(_service(name, features) for name, features in sorted(by_service.items()))
    everything = _group("", [line for service in services for line in service.lines], len(runs)).figures
    columns = tuple(_column(run, figures) for run, figures in zip(runs, everything, strict=True))
    return Matrix(columns, services)


def as_json(matrix: Matrix) -> dict[str, Any]:
    """Plain values for a file: `matrix.schema.json`."""
    return {
        "schema": VERSION,
        "targets": [
            {
                "stamp": asdict(column.stamp),
                "judgement": column.judgement,
                "broke_off": column.broke_off,
                **_figures(column.figures),
            }
            for column in matrix.columns
        ],
        "services": [
            {
                "service": service.name,
                "cells": [_figures(figure) for figure in service.figures],
                "features": [_feature(feature) for feature in service.features],
            }
            for service in matrix.services
        ],
    }


def _cell(run: Run, name: str) -> Cell:
    scenario = run.scenarios.get(name)
    if scenario is None:
        return NOT_RUN
    state = state_of(scenario, run.known)
    return Cell(state, masked(run.known[name] if state is State.KNOWN else scenario.detail))


def _column(run: Run, figures: Figures) -> Column:
    return Column(run.stamp, run.verdict.judgement.value if run.verdict else None, run.broke_off, figures)


def _service(name: str, features: Mapping[str, Sequence[Line]]) -> Group:
    targets = len(next(iter(features.values()))[0].cells)
    lines = [line for feature in sorted(features) for line in features[feature]]
    parts = tuple(_group(feature, features[feature], targets) for feature in sorted(features))
    return Group(name, tuple(lines), _group(name, lines, targets).figures, parts)


def _group(name: str, lines: Sequence[Line], targets: int) -> Group:
    figures = (Figures.of(line.cells[target].state for line in lines) for target in range(targets))
    return Group(name, tuple(lines), tuple(figures))


def _feature(feature: Group) -> dict[str, Any]:
    return {
        "feature": feature.name,
        "cells": [_figures(figure) for figure in feature.figures],
        "scenarios": [_line(line) for line in feature.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "lane": line.lane,
        "aws": line.aws,
        "answers_differ": line.answers_differ,
        "differs": line.differs,
        "cells": [{"state": cell.state.word, "detail": cell.detail} for cell in line.cells],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    counts: Iterable[tuple[State, int]] = figures.counts.items()
    return {
        "counts": {state.word: count for state, count in counts},
        "divergence": decimal(figures.divergence),
        "coverage": decimal(figures.coverage),
    }
