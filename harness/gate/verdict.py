"""One verdict from the results of now, those accepted last, and the divergences that are known."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from harness.gate.outcomes import Outcome, Result


class Judgement(StrEnum):
    """The words of the last line of output (contracts.md, "Commands")."""

    PASS = "pass"
    REGRESSION = "regression"
    COULD_NOT_JUDGE = "could-not-judge"

    @property
    def exit_status(self) -> int:
        """0, 1, 2."""
        return list(Judgement).index(self)


@dataclass(frozen=True)
class Verdict:
    """The judgement, its reasons (one line each), and the two figures that are never made one."""

    judgement: Judgement
    reasons: tuple[str, ...]
    counts: Mapping[str, int]

    @property
    def divergence(self) -> Fraction | None:
        """fail / (pass + fail); None where nothing was judged."""
        judged = self.counts["pass"] + self.counts["fail"]
        return Fraction(self.counts["fail"], judged) if judged else None

    @property
    def coverage(self) -> Fraction | None:
        """(pass + fail) / total; None where there was no test."""
        total = sum(self.counts.values())
        return Fraction(self.counts["pass"] + self.counts["fail"], total) if total else None


def could_not_judge(reason: str) -> Verdict:
    """The verdict where no results came about."""
    return Verdict(Judgement.COULD_NOT_JUDGE, (reason,), _counts(()))


def judge(now: Mapping[str, Result], accepted: Mapping[str, Result], known: Mapping[str, str]) -> Verdict:
    """`known`: reason by test id. A regression outweighs what could not be judged, and that outweighs a pass."""
    counts = _counts(now.values())
    regressions = (*_failures(now, known), *_no_longer_failing(now, known), *_lost(now, accepted))
    if regressions:
        return Verdict(Judgement.REGRESSION, regressions, counts)
    open_questions = tuple(f"indeterminate: {name}: {r.detail}" for name, r in _of(now, Outcome.INDETERMINATE))
    if open_questions or counts["pass"] + counts["fail"] == 0:
        return Verdict(Judgement.COULD_NOT_JUDGE, open_questions or ("no test passed or failed",), counts)
    return Verdict(Judgement.PASS, (), counts)


def _of(results: Mapping[str, Result], outcome: Outcome) -> list[tuple[str, Result]]:
    return [(test_id, result) for test_id, result in sorted(results.items()) if result.outcome is outcome]


def _failures(now: Mapping[str, Result], known: Mapping[str, str]) -> list[str]:
    return [f"fails: {name}: {result.detail}" for name, result in _of(now, Outcome.FAIL) if name not in known]


def _no_longer_failing(now: Mapping[str, Result], known: Mapping[str, str]) -> list[str]:
    passed = [name for name, _ in _of(now, Outcome.PASS) if name in known]
    lines = [f"a known divergence that no longer fails, remove it from the list: {name}" for name in passed]
    absent = sorted(known.keys() - now.keys())
    return [*lines, *(f"a known divergence whose test did not run, mend or remove it: {name}" for name in absent)]


def _lost(now: Mapping[str, Result], accepted: Mapping[str, Result]) -> list[str]:
    lines = []
    for name, _ in _of(accepted, Outcome.PASS):
        result = now.get(name)
        if result is None:
            lines.append(f"passed when last accepted, did not run now: {name}")
        elif result.outcome is Outcome.UNSUPPORTED:
            lines.append(f"passed when last accepted, unsupported now: {name}: {result.detail}")
    return lines


def _counts(results: Iterable[Result]) -> dict[str, int]:
    counted = Counter(result.outcome.value for result in results)
    return {outcome.value: counted[outcome.value] for outcome in Outcome}
