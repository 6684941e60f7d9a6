"""The result of a power run, as data. Its schema: power.schema.json."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

VERSION = 1
THRESHOLD = Decimal("0.95")
OF_QUICK = Decimal("0.60")
"""The share that is wanted of the scenarios of `gate --quick` alone."""


class Fate(StrEnum):
    """What became of a planted defect. Not reached: no scenario made a call that it changes."""

    CAUGHT = "caught"
    MISSED = "missed"
    NOT_REACHED = "not reached"
    INVISIBLE = "invisible"


@dataclass(frozen=True)
class Catch:
    """The scenario whose outcome changed, from what to what, and how it said so."""

    scenario: str
    was: str
    now: str
    detail: str


@dataclass(frozen=True)
class Trial:
    """One defect's. `noticed`: how many of its firings were in scenarios that changed their outcome.

    `because`: why it is invisible, or what should be known about the trial.
    """

    id: str
    service: str
    suffers: str
    fate: Fate
    matched: int = 0
    fired: int = 0
    noticed: int = 0
    scenarios: int = 0
    seconds: str = "0"
    because: str = ""
    by: Catch | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "fate": self.fate.value}


@dataclass(frozen=True)
class PowerRun:
    """All trials. `stamp`: of the clean result; `spent`: scenarios that failed without a defect too, since the trial of which.

    `wanted`: the share of the visible defects that is enough.
    """

    stamp: Mapping[str, str]
    started_at: str
    finished_at: str
    trials: Sequence[Trial]
    spent: Mapping[str, str] = field(default_factory=dict)
    wanted: Decimal = THRESHOLD

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of defects by fate."""
        counted = Counter(trial.fate.value for trial in self.trials)
        return {fate.value: counted[fate.value] for fate in Fate}

    @property
    def share(self) -> Decimal | None:
        """Caught of those that are visible; None where there are none."""
        counts = self.counts
        visible = len(self.trials) - counts[Fate.INVISIBLE.value]
        return Decimal(counts[Fate.CAUGHT.value]) / visible if visible else None

    @property
    def enough(self) -> bool:
        """Return True if the wanted share of the visible ones was caught."""
        return self.share is not None and self.share >= self.wanted

    @property
    def summary(self) -> str:
        """Return one line: defects planted, how many met each fate, and the caught share of the visible ones in percent."""
        counts = ", ".join(f"{count} {fate}" for fate, count in self.counts.items())
        share = "nothing visible planted" if self.share is None else f"{self.share * 100:.1f} % of the visible caught"
        return f"{len(self.trials)} defects: {counts}; {share}, {self.wanted * 100:.0f} % wanted"

    def as_json(self) -> dict[str, Any]:
        """Return the document's content."""
        return {
            "schema": VERSION,
            "stamp": dict(self.stamp),
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "counts": self.counts,
            "share": None if self.share is None else f"{self.share:.4f}",
            "spent": dict(self.spent),
            "defects": [trial.as_json() for trial in self.trials],
        }
