"""One verdict from what a run found, the baseline that a person accepted, and the divergences that are known."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from harness.results.again import again
from harness.results.document import Outcome, Run, ScenarioResult
from harness.results.verdict import Change, Judgement, Verdict
from harness.scenarios.evidence import Grade

_TROUBLE = {"late": "answers late (over 5 s)", "reset": "connections reset", "retried": "calls tried again"}


def could_not_judge(reason: str) -> Verdict:
    """Return the verdict of a run without results."""
    return Verdict(Judgement.COULD_NOT_JUDGE, (reason,), _counts({}))


def judge(run: Run, baseline: Run | None, whole: bool = True) -> Verdict:
    """Return the verdict of `run`, compared with `baseline` by scenario id.

    `whole`: all scenarios were asked, so one that is not there was lost. A session that broke off, and a canary that failed, say
    nothing of the answers: could not judge. Else what got worse outweighs what is indeterminate, and that a pass. Without a baseline
    nothing can get worse: a failure that is no known divergence makes it "no baseline".
    """
    verdict = partial(
        Verdict, counts=_counts(run.scenarios), changes=tuple(_changes(run, baseline, whole)),
        notes=tuple(_notes(run, baseline, whole)), grades=_grades(run),
    )  # fmt: skip
    if doubts := (*([run.broke_off] if run.broke_off else ()), *_failed_canaries(run)):
        return verdict(Judgement.COULD_NOT_JUDGE, doubts)
    worse = (*_failures(run, baseline), *_lost(run, baseline, whole))
    if worse and baseline:
        return verdict(Judgement.REGRESSION, worse)
    if worse:
        return verdict(Judgement.NO_BASELINE, worse, to_accept=_how_to_accept(run, whole))
    unclear = tuple(_reason(run, "indeterminate", scenario) for scenario in _of(run, Outcome.INDETERMINATE))
    if unclear or not (_of(run, Outcome.PASS) or _of(run, Outcome.FAIL)):
        return verdict(Judgement.COULD_NOT_JUDGE, unclear or ("no scenario passed or failed",))
    return verdict(Judgement.PASS, ())


def _how_to_accept(run: Run, whole: bool) -> str:
    target = f"TARGET={run.stamp.target}"
    accept = f"make baseline {target} ACCEPT=1"
    if whole:
        return f"nothing was accepted yet; to accept this result: {accept}"
    return f"nothing was accepted yet; to accept, judge all scenarios first: make gate {target}, then {accept}"


def _grades(run: Run) -> dict[str, int]:
    counted = Counter(scenario.grade for scenario in _of(run, Outcome.FAIL) if scenario.id not in run.known)
    return {grade.value: counted[grade.value] for grade in Grade}


def _of(run: Run, outcome: Outcome) -> list[ScenarioResult]:
    return [result for _, result in sorted(run.scenarios.items()) if result.outcome is outcome]


def _failed_canaries(run: Run) -> tuple[str, ...]:
    return tuple(f"canary {canary.name}: {canary.detail}" for canary in run.canaries if canary.outcome is Outcome.FAIL)


def _failures(run: Run, baseline: Run | None) -> Iterator[str]:
    for scenario, was in _new_failures(run, baseline):
        if not _unproven(scenario, baseline):
            yield _reason(run, f"fails{was}", scenario)


def _reason(run: Run, what: str, scenario: ScenarioResult) -> str:
    return f"{what}: {scenario.id}: {scenario.detail}\n  again: {again(run.stamp, scenario.id)}"


def _new_failures(run: Run, baseline: Run | None) -> Iterator[tuple[ScenarioResult, str]]:
    """Yield what fails and neither is known nor failed when last accepted, with " (was OUTCOME)" where it was accepted."""
    for scenario in _of(run, Outcome.FAIL):
        before = baseline.scenarios.get(scenario.id) if baseline else None
        if scenario.id not in run.known and not (before and before.outcome is Outcome.FAIL):
            yield scenario, f" (was {before.outcome})" if before else ""


def _unproven(result: ScenarioResult, baseline: Run | None) -> bool:
    """Return True for a failure that makes no regression, because nothing proves that AWS answers otherwise."""
    return baseline is not None and result.grade == Grade.NONE


def _notes(run: Run, baseline: Run | None, whole: bool) -> Iterator[str]:
    for name, reason in sorted(run.known.items()):
        result = run.scenarios.get(name)
        if result and result.outcome is Outcome.PASS:
            yield f"known divergence passes: {name} ({reason}): remove it when no version judged shows it"
        elif result is None and whole:
            yield f"known divergence did not run: {name} ({reason}): name a scenario that exists, or remove it"
    for scenario, was in _new_failures(run, baseline):
        if _unproven(scenario, baseline):
            yield _reason(run, f"fails{was}, unproven", scenario)
    trouble = sum((Counter(scenario.trouble) for scenario in run.scenarios.values()), Counter[str]())
    for service in sorted({name.partition(" ")[0] for name in trouble}):
        counts = ", ".join(f"{trouble[f'{service} {kind}']} {said}" for kind, said in _TROUBLE.items())
        yield f"on the way to {service}: {counts}"


def _lost(run: Run, baseline: Run | None, whole: bool) -> Iterator[str]:
    for before in _of(baseline, Outcome.PASS) if baseline else ():
        now = run.scenarios.get(before.id)
        if now is None and whole:
            yield f"passed when last accepted, did not run now: {before.id}"
        elif now and now.outcome is Outcome.UNSUPPORTED:
            yield _reason(run, "passed when last accepted, unsupported now", now)


def _changes(run: Run, baseline: Run | None, whole: bool) -> Iterator[Change]:
    before = baseline.scenarios if baseline else {}
    for name in sorted(run.scenarios.keys() | (before.keys() if whole else set())) if baseline else ():
        was = before[name].outcome.value if name in before else None
        now = run.scenarios[name].outcome.value if name in run.scenarios else None
        if was != now:
            yield Change(name, was, now)


def _counts(results: Any) -> dict[str, int]:
    counted = Counter(result.outcome.value for result in dict(results).values())
    return {outcome.value: counted[outcome.value] for outcome in Outcome}
