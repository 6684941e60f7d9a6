"""What every report begins with: the verdict in words, the two figures, what changed, services by lanes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from harness.report.states import Figures, State, state_of, states_of
from harness.results.document import Outcome, Run, ScenarioResult
from harness.results.verdict import Change, Judgement, Verdict
from harness.scenarios.evidence import Grade
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
    """A service of the matrix: figures by lane (None: no scenario there) and over all lanes, and its scenarios by grade."""

    service: str
    cells: Mapping[Lane, Figures | None]
    all: Figures
    grades: Mapping[Grade, int]

    @property
    def proved(self) -> Fraction:
        """Return the share of scenarios that AWS was seen to answer so: recorded or quoted."""
        return Fraction(self.grades[Grade.RECORDED] + self.grades[Grade.QUOTED], sum(self.grades.values()))


@dataclass(frozen=True)
class Changed:
    """A change with the direction it went in and, where it ran, what it said."""

    change: Change
    direction: str
    detail: str


@dataclass(frozen=True)
class Reason:
    """One line of the verdict, and the scenario that it is about ("" if none)."""

    text: str
    scenario: str


@dataclass(frozen=True)
class Summary:
    """The beginning of a report."""

    judgement: str
    sign: str
    title: str
    meaning: str
    reasons: tuple[Reason, ...]
    figures: Figures
    changes: tuple[Changed, ...]
    notes: tuple[str, ...]
    grades: Mapping[Grade, int]
    rows: tuple[Row, ...]


def summary(run: Run) -> Summary:
    """Return the beginning of the report on a run."""
    verdict = run.verdict
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
        grades=_grades(run.scenarios.values()),
        rows=tuple(_rows(run)),
    )


def _reasons(run: Run, verdict: Verdict | None) -> tuple[Reason, ...]:
    """Return the verdict's, without commands, and why the session broke off where the verdict does not say so itself."""
    reasons = tuple(reason.partition("\n  again: ")[0] for reason in verdict.reasons) if verdict else ()
    if run.broke_off and not any(run.broke_off in reason for reason in reasons):
        reasons = (f"the run broke off: {run.broke_off}", *reasons)
    return tuple(Reason(text, _scenario_of(text, run)) for text in reasons)


def _scenario_of(reason: str, run: Run) -> str:
    """Return the id in `fails: ID: detail`."""
    named = reason.split(": ", 2)[1:2]
    return named[0] if named and named[0] in run.scenarios else ""


def _changes(run: Run, changes: Sequence[Change]) -> Iterable[Changed]:
    all_changed = [
        Changed(change, _direction(change), run.scenarios[change.id].detail if change.id in run.scenarios else "")
        for change in changes
    ]
    return sorted(all_changed, key=lambda changed: ((WORSE, OTHER, BETTER).index(changed.direction), changed.change.id))


def _direction(change: Change) -> str:
    if change.now == Outcome.PASS:
        return BETTER
    return WORSE if change.was == Outcome.PASS or change.now == Outcome.FAIL else OTHER


def _rows(run: Run) -> Iterable[Row]:
    by_place: dict[str, dict[str, list[State]]] = {}
    for scenario in run.scenarios.values():
        by_place.setdefault(scenario.service, {}).setdefault(scenario.lane, []).append(state_of(scenario, run.known))
    for service, lanes in sorted(by_place.items()):
        cells = {lane: Figures.of(lanes[lane]) if lane in lanes else None for lane in LANES}
        states = Figures.of(state for states in lanes.values() for state in states)
        yield Row(
            service,
            cells,
            states,
            _grades(scenario for scenario in run.scenarios.values() if scenario.service == service),
        )


def _grades(scenarios: Iterable[ScenarioResult]) -> Mapping[Grade, int]:
    counted = Counter(scenario.grade for scenario in scenarios)
    return {grade: counted[grade.value] for grade in Grade}
