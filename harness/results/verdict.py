"""The verdict on a run, as data: harness/gate/verdict.py makes it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any


class Judgement(StrEnum):
    """The words of the last line of output (contracts.md, "Commands")."""

    PASS = "pass"
    REGRESSION = "regression"
    COULD_NOT_JUDGE = "could-not-judge"
    NO_BASELINE = "no-baseline"

    @property
    def exit_status(self) -> int:
        """Return 0 for a pass, 1 for a regression, 2 where there is neither."""
        return {Judgement.PASS: 0, Judgement.REGRESSION: 1}.get(self, 2)


@dataclass(frozen=True)
class Change:
    """A scenario whose outcome is not the baseline's; None: it did not run."""

    id: str
    was: str | None
    now: str | None


@dataclass(frozen=True)
class Verdict:
    """The judgement, its reasons, what changed, and the two figures that are never made one.

    A reason is one line; that of a scenario has a second, the command that runs it again.
    `notes`: what somebody should know, without any weight in the judgement. `grades`: the failures that are no known divergence,
    counted by the evidence for what AWS answers. `to_accept`: the command that accepts, where nothing was accepted yet.
    """

    judgement: Judgement
    reasons: tuple[str, ...]
    counts: Mapping[str, int]
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    grades: Mapping[str, int] = field(default_factory=dict)
    to_accept: str = ""

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Verdict":
        """Return the verdict of a result document that its schema has passed; `to_accept` is its first reason there."""
        changes = tuple(Change(change["id"], change["was"], change["now"]) for change in content["changes"])
        notes, grades = content.get("notes", ()), content.get("grades", {})  # older documents have none
        reasons = tuple(content["reasons"])
        return cls(Judgement(content["judgement"]), reasons, content["counts"], changes, tuple(notes), grades)

    def as_json(self) -> dict[str, Any]:
        """Return the `verdict` of the result document."""
        return {
            "judgement": self.judgement.value,
            "reasons": [*([self.to_accept] if self.to_accept else ()), *self.reasons],
            "counts": dict(self.counts),
            "divergence": self.divergence,
            "coverage": self.coverage,
            "changes": [asdict(change) for change in self.changes],
            "notes": list(self.notes),
            "grades": dict(self.grades),
        }

    @property
    def divergence(self) -> str | None:
        """Return fail / (pass + fail) to six places; None where nothing was judged."""
        return decimal(divergence(self.counts))

    @property
    def coverage(self) -> str | None:
        """Return (pass + fail) / total to six places; None where there was no scenario."""
        return decimal(coverage(self.counts))


def divergence(counts: Mapping[str, int]) -> Fraction | None:
    """Return fail / (pass + fail) of counts by outcome; None where nothing was judged."""
    judged = counts["pass"] + counts["fail"]
    return Fraction(counts["fail"], judged) if judged else None


def coverage(counts: Mapping[str, int]) -> Fraction | None:
    """Return (pass + fail) / total of counts by outcome; None where there was no scenario."""
    total = sum(counts.values())
    return Fraction(counts["pass"] + counts["fail"], total) if total else None


def decimal(share: Fraction | None) -> str | None:
    """Return a share from 0 to 1 as result documents hold it: a decimal with six places."""
    if share is None:
        return None
    whole, millionths = divmod(round(share * 10**6), 10**6)
    return f"{whole}.{millionths:06d}"
