"""Chooses what `gate --quick` runs: by planted defects caught per second, then for every feature one scenario, while time remains."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness.faults.power.results import Fate, Trial
from harness.gate.files import write_document
from harness.gate.results import Outcome, Run
from harness.scenarios.listing import Listed

WALL_SECONDS = Decimal(60)
START_SECONDS = Decimal(15)
"""For canaries, collection and the start of the workers on two cores."""
WORKERS = 2


@dataclass(frozen=True)
class Candidate:
    """A scenario that passed, what it costs in seconds of a worker, and how many defects it was the first to catch."""

    scenario: Listed
    seconds: Decimal
    catches: int


def choose(trials: Iterable[Trial], clean: Run, listed: Sequence[Listed]) -> list[Candidate]:
    """Return the scenarios for two workers and a minute, the most catching first.

    A catch counts for the scenario whose answer changed. One that only did not end in time is left out: a busy machine does that too.
    """
    catches = Counter(
        trial.by.scenario for trial in trials
        if trial.fate is Fate.CAUGHT and trial.by and trial.by.now != Outcome.INDETERMINATE
    )  # fmt: skip
    apart = _seconds_apart(clean)
    found = [
        Candidate(one, Decimal(result.seconds) + apart, catches[one.id])
        for one in listed
        if (result := clean.scenarios.get(one.id)) and result.outcome is Outcome.PASS
    ]
    by_worth = sorted(found, key=lambda one: (-(one.catches / one.seconds), one.seconds, one.scenario.id))
    catching = _within({}, (one for one in by_worth if one.catches))
    return list(_within(catching, (one for one in by_worth if not one.catches), new_features_only=True).values())


def _seconds_apart(clean: Run) -> Decimal:
    """Return what a scenario costs a worker beside its own seconds: fixtures and their removal, evenly among all."""
    began, ended = (datetime.fromisoformat(at) for at in (clean.stamp.started_at, clean.stamp.finished_at))
    own = sum(Decimal(one.seconds) for one in clean.scenarios.values())
    left = WORKERS * (Decimal((ended - began).total_seconds()) - START_SECONDS) - own
    return max(left, Decimal(0)) / len(clean.scenarios)


def _within(
    chosen: Mapping[str, Candidate], candidates: Iterable[Candidate], new_features_only: bool = False
) -> dict[str, Candidate]:
    """Return `chosen` with those candidates, in their order, for which there is time.

    Scenarios of the system follow each other on one worker, so they have the time of one.
    """
    each_worker = WALL_SECONDS - START_SECONDS
    found = dict(chosen)
    features = {_feature(one) for one in found.values()}
    total = sum((one.seconds for one in found.values()), Decimal(0))
    of_system = sum((one.seconds for one in found.values() if one.scenario.needs_system), Decimal(0))
    for one in candidates:
        if new_features_only and _feature(one) in features:
            continue
        there = of_system + one.seconds * one.scenario.needs_system
        if total + one.seconds <= WORKERS * each_worker and there <= each_worker:
            found[one.scenario.id] = one
            features.add(_feature(one))
            total, of_system = total + one.seconds, there
    return found


def _feature(one: Candidate) -> tuple[str, str]:
    return one.scenario.service, one.scenario.feature


def write(file: Path, chosen: Sequence[Candidate], trials: Sequence[Trial], clean: Run) -> str:
    """Write what was chosen and what it was chosen by; return one line about it."""
    visible = sum(one.fate is not Fate.INVISIBLE for one in trials)
    caught, features = sum(one.catches for one in chosen), len({_feature(one) for one in chosen})
    content: dict[str, Any] = {
        "chosen_by": {
            "emulator": f"{clean.stamp.emulator} {clean.stamp.emulator_version}",
            "commit": clean.stamp.commit,
            "finished_at": clean.stamp.finished_at,
            "machine": clean.stamp.machine,
            "defects_visible": visible,
            "defects_caught_first": caught,
        },
        "scenarios": [
            {"id": one.scenario.id, "catches": one.catches, "seconds": f"{one.seconds:.2f}"} for one in chosen
        ],
    }
    write_document(file, content)
    return f"quick: {len(chosen)} scenarios of {features} features, the first to catch {caught} of {visible} visible defects: {file}"
