"""What a reader is told of a scenario: its outcome, and whether its divergence is on file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from harness.results.document import Outcome, Run, ScenarioResult


class State(Enum):
    """Worst first. Each has a word for programs and style sheets, a sign (colour is never alone) and a label for people."""

    FAIL = ("fail", "✗", "fail")
    INDETERMINATE = ("indeterminate", "?", "indeterminate")
    KNOWN = ("known", "≈", "known divergence")
    UNSUPPORTED = ("unsupported", "∅", "unsupported")
    PASS = ("pass", "✓", "pass")
    NOT_RUN = ("not-run", "·", "not run")

    def __init__(self, word: str, sign: str, label: str) -> None:
        self.word, self.sign, self.label = word, sign, label


OF_A_RUN = tuple(state for state in State if state is not State.NOT_RUN)
"""The states that a scenario of a result document can have."""

DIVERGING = (State.FAIL, State.KNOWN)
JUDGED = (*DIVERGING, State.PASS)


def state_of(scenario: ScenarioResult, known: Mapping[str, str]) -> State:
    """`known`: reason by scenario id. A known divergence is one only while it fails."""
    if scenario.outcome is Outcome.FAIL:
        return State.KNOWN if scenario.id in known else State.FAIL
    return State[scenario.outcome.name]


def states_of(run: Run) -> dict[str, State]:
    """The states by scenario id."""
    return {name: state_of(scenario, run.known) for name, scenario in run.scenarios.items()}


@dataclass(frozen=True)
class Figures:
    """Counts by state, and the two figures that are never made one (design.md, "Outcomes of a scenario on a target")."""

    counts: Mapping[State, int]

    @classmethod
    def of(cls, states: Iterable[State]) -> "Figures":
        """Counts them, worst first; a state that does not occur is left out."""
        counted = Counter(states)
        return cls({state: counted[state] for state in State if counted[state]})

    @property
    def judged(self) -> int:
        """Those that passed or failed."""
        return sum(self.counts.get(state, 0) for state in JUDGED)

    @property
    def diverging(self) -> int:
        """Those that failed, on file or not."""
        return sum(self.counts.get(state, 0) for state in DIVERGING)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def divergence(self) -> Fraction | None:
        """fail / (pass + fail); None where nothing was judged."""
        return Fraction(self.diverging, self.judged) if self.judged else None

    @property
    def coverage(self) -> Fraction | None:
        """(pass + fail) / total; None of nothing."""
        return Fraction(self.judged, self.total) if self.total else None


def percent(share: Fraction | None) -> str:
    """`2.3 %`. What is not quite nothing or everything is never shown as such."""
    if share is None:
        return "none judged"
    if share in (0, 1):
        return f"{share * 100} %"
    thousandths = round(share * 1000)
    if not 0 < thousandths < 1000:
        return "under 0.1 %" if thousandths <= 0 else "over 99.9 %"
    return f"{thousandths // 10}.{thousandths % 10} %"
