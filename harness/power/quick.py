"""Chooses what `gate --quick` runs: by planted defects caught per second, then for every feature one scenario, while time remains."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness.power.results import Fate, Trial
from harness.results.document import Outcome, Run, write_document
from harness.scenarios.listing import Listed

WALL_SECONDS = Decimal(60)
START_SECONDS = Decimal(15)
"""For canaries, collection and the start of the workers on two cores."""
WORKERS = 2
"""What two cores do at once; of those that mostly wait, more run side by side."""


@dataclass(frozen=True)
class Candidate:
    """A scenario that passed, and how many defects it was the first to catch.

    `seconds`: what it costs a worker; `shared`: seconds of the fixtures that it shares with others, by name.
    """

    scenario: Listed
    seconds: Decimal
    shared: Mapping[str, Decimal]
    catches: int

    def rank(self) -> tuple[Decimal, Decimal, str]:
        """Return a sort key: most defects caught per second first (with its shared fixtures), then the quickest, then by id."""
        worth = self.catches / (self.seconds + sum(self.shared.values()) + Decimal("0.01"))
        return -worth, self.seconds, self.scenario.id

    @property
    def feature(self) -> tuple[str, str]:
        """Return the feature that it judges, with its service."""
        return self.scenario.service, self.scenario.feature


@dataclass
class Minute:
    """The chosen scenarios, in their order, and the seconds of workers that they take."""

    chosen: list[Candidate] = field(default_factory=list)
    total: Decimal = Decimal(0)
    of_system: Decimal = Decimal(0)
    set_up: set[str] = field(default_factory=set)

    def take(self, candidate: Candidate) -> None:
        """Choose a scenario if there is time for it. Those of the system follow each other on one worker, so they have its time only.

        A fixture is set up once where they do, and on both workers where they do not.
        """
        each_worker, needs_system = WALL_SECONDS - START_SECONDS, candidate.scenario.needs_system
        fixtures = sum((took for name, took in candidate.shared.items() if name not in self.set_up), Decimal(0))
        seconds = candidate.seconds + fixtures * (1 if needs_system else WORKERS)
        total, of_system = self.total + seconds, self.of_system + seconds * needs_system
        if total <= WORKERS * each_worker and of_system <= each_worker:
            self.chosen.append(candidate)
            self.total, self.of_system = total, of_system
            self.set_up.update(candidate.shared)


def choose(trials: Iterable[Trial], clean: Run, listed: Sequence[Listed]) -> list[Candidate]:
    """Return the scenarios for two workers and a minute, the most catching first.

    A catch counts for the scenario whose answer changed. One that only did not end in time is left out: a busy machine does that too.
    """
    catches = Counter(
        trial.by.scenario for trial in trials
        if trial.fate is Fate.CAUGHT and trial.by and trial.by.now != Outcome.INDETERMINATE
    )  # fmt: skip
    minute = Minute()
    for candidate in sorted(_candidates(catches, clean, listed), key=Candidate.rank):
        if candidate.catches or candidate.feature not in {chosen.feature for chosen in minute.chosen}:
            minute.take(candidate)
    return minute.chosen


def _candidates(catches: Mapping[str, int], clean: Run, listed: Sequence[Listed]) -> Iterator[Candidate]:
    """Give every scenario that passed. What its fixtures took is its own, unless it shares some with others."""
    results = {scenario.id: scenario for scenario in clean.scenarios.values() if scenario.outcome is Outcome.PASS}
    there = [scenario for scenario in listed if scenario.id in results]
    fixtures: dict[str, Decimal] = {}
    for scenario in there:  # only the first of those that share a fixture has waited for it
        for name in scenario.shared:
            fixtures[name] = max(fixtures.get(name, Decimal(0)), Decimal(results[scenario.id].setup_seconds))
    for scenario in there:
        own = Decimal(0) if scenario.shared else Decimal(results[scenario.id].setup_seconds)
        shared = {name: fixtures[name] for name in scenario.shared}
        yield Candidate(scenario, Decimal(results[scenario.id].seconds) + own, shared, catches[scenario.id])


def write(file: Path, chosen: Sequence[Candidate], trials: Sequence[Trial], clean: Run) -> str:
    """Write what was chosen and what it was chosen by; return one line about it."""
    visible = sum(trial.fate is not Fate.INVISIBLE for trial in trials)
    caught, features = sum(candidate.catches for candidate in chosen), len({candidate.feature for candidate in chosen})
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
            {"id": candidate.scenario.id, "catches": candidate.catches, "seconds": f"{candidate.seconds:.2f}"}
            for candidate in chosen
        ],
    }
    write_document(file, content)
    return f"quick: {len(chosen)} scenarios of {features} features, the first to catch {caught} of {visible} visible defects: {file}"
