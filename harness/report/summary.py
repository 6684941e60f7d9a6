"""What every report begins with: the verdict in words, the two figures, what changed, services by lanes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.gate.results import Outcome, Run
from harness.gate.verdict import Change, Judgement, Verdict
from harness.report.document import Document
from harness.report.states import Figures, State, state_of, states_of
from harness.scenarios.scenario import Lane

LANES = tuple(Lane)
BETTER, WORSE, OTHER = "better", "worse", "other"
_TITLES = {
    Judgement.PASS: ("✓", "Pass", "Nothing that this emulator answered is worse than what was accepted."),
    Judgement.REGRESSION: ("✗", "Regression", "This emulator should not be released as it is."),
    Judgement.COULD_NOT_JUDGE: ("?", "Could not judge", "The run does not say whether this emulator is right."),
    Judgement.NO_BASELINE: (
        "?",
        "No baseline",
        "Something fails that is not known, and nothing was accepted to compare it with.",
    ),
    None: ("·", "Not judged", "This document holds results and no verdict."),
}


@dataclass(frozen=True)
class Row:
    """A service of the matrix: figures by lane (None: no scenario there) and over all lanes."""

    service: str
    cells: Mapping[Lane, Figures | None]
    all: Figures


@dataclass(frozen=True)
class Changed:
    """A change with the direction it went in and, where it ran, what it said."""

    change: Change
    direction: str
    detail: str


@dataclass(frozen=True)
class Summary:
    """The beginning of a report."""

    judgement: str
    sign: str
    title: str
    meaning: str
    reasons: tuple[str, ...]
    figures: Figures
    changes: tuple[Changed, ...]
    notes: tuple[str, ...]
    rows: tuple[Row, ...]


def summary(document: Document) -> Summary:
    """Of one document."""
    run, verdict = document.run, document.verdict
    sign, title, meaning = _TITLES[verdict.judgement if verdict else None]
    figures = Figures.of(states_of(run).values())
    return Summary(
        judgement=verdict.judgement.value if verdict else "not-judged",
        sign=sign,
        title=title,
        meaning=meaning,
        reasons=_reasons(run, verdict),
        figures=figures,
        changes=tuple(_changes(run, verdict.changes if verdict else ())),
        notes=verdict.notes if verdict else (),
        rows=tuple(_rows(run)),
    )


def _reasons(run: Run, verdict: Verdict | None) -> tuple[str, ...]:
    """The verdict's, and why the session broke off where the verdict does not say so itself."""
    reasons = verdict.reasons if verdict else ()
    said = not run.broke_off or any(run.broke_off in reason for reason in reasons)
    return reasons if said else (f"the run broke off: {run.broke_off}", *reasons)


def _changes(run: Run, changes: Sequence[Change]) -> Iterable[Changed]:
    found = [
        Changed(one, _direction(one), run.scenarios[one.id].detail if one.id in run.scenarios else "")
        for one in changes
    ]
    return sorted(found, key=lambda each: ((WORSE, OTHER, BETTER).index(each.direction), each.change.id))


def _direction(change: Change) -> str:
    if change.now == Outcome.PASS:
        return BETTER
    return WORSE if change.was == Outcome.PASS or change.now == Outcome.FAIL else OTHER


def _rows(run: Run) -> Iterable[Row]:
    by_place: dict[str, dict[str, list[State]]] = {}
    for one in run.scenarios.values():
        by_place.setdefault(one.service, {}).setdefault(one.lane, []).append(state_of(one, run.known))
    for service, lanes in sorted(by_place.items()):
        cells = {lane: Figures.of(lanes[lane]) if lane in lanes else None for lane in LANES}
        yield Row(service, cells, Figures.of(state for states in lanes.values() for state in states))
