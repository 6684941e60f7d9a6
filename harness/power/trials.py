"""One trial after another: plant, run what touches it until an outcome changes, clear, see that the target lives."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from time import monotonic

from harness.deadline import stretched
from harness.failure import HarnessError
from harness.faults.defects import Defect
from harness.faults.layer import FaultLayer
from harness.power.choice import scenarios_for
from harness.power.results import Catch, Fate, Trial
from harness.power.session import Sessions
from harness.results.document import Run, ScenarioResult

PATIENCE_SECONDS = 300.0
"""Longer than boto3's four tries of a minute each: a call that is never answered ends by itself, as it does in the gate."""
TIMES_AS_LONG = 3
ENOUGH_FIRINGS, MOST_ROUNDS = 5, 3
"""For a defect of every nth call: a single firing would be caught, or missed, by luck."""
MOST_SPENT = 3
"""A defect after which more scenarios than these fail for good has damaged the target."""


@dataclass(frozen=True)
class Trials:
    """`seconds`: how long the scenarios that are run for one defect took together without it (choice.py).

    `spent`: scenarios that fail without a defect too, since the trial of which one; they are not used any more.
    """

    clean: Run
    layer: FaultLayer
    sessions: Sessions
    seconds: Decimal
    alive: Callable[[], bool]
    spent: dict[str, str] = field(default_factory=dict)

    def of(self, defect: Defect) -> Trial:
        """Plant one defect and return its trial. Raises HarnessError, naming the defect, if the target or a session does not survive."""
        if not defect.visible:
            return Trial(defect.id, defect.service, defect.suffers, Fate.INVISIBLE, because=defect.because)
        near, left_out = scenarios_for(defect, self.clean, self.seconds)
        chosen = [scenario for scenario in near if scenario.id not in self.spent]
        if not chosen:
            because = "no scenario that passes touches its service"
            return Trial(defect.id, defect.service, defect.suffers, Fate.NOT_REACHED, because=because)
        going = _Going(self, defect, allowed_seconds(chosen), left_out)
        try:
            going.run(chosen)
            self.layer.clear()
        except HarnessError as error:
            raise HarnessError(f"{defect.id}: {error}") from error
        if not self.alive():
            raise HarnessError(f"{defect.id}: the target did not survive it")
        return going.result()


def allowed_seconds(chosen: Iterable[ScenarioResult]) -> float:
    """Return how long these scenarios may take: by their own time without a defect, longer on a busy machine."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    clean = sum(float(scenario.seconds) for scenario in chosen)
    return stretched(PATIENCE_SECONDS + TIMES_AS_LONG * clean) * max(1.0, load)


@dataclass
class _Going:
    """A trial while it goes on, for at most so many `seconds`. `noticed`: firings in scenarios whose outcome changed.

    `left_out`: near scenarios for which there is no time. `trouble`: late answers, resets and retries that were not there without it.
    """

    trials: Trials
    defect: Defect
    seconds: float
    left_out: int
    began: float = field(default_factory=monotonic)
    scenarios: int = 0
    matched: int = 0
    fired: int = 0
    noticed: int = 0
    by: Catch | None = None
    because: str = ""
    trouble: Counter[str] = field(default_factory=Counter)

    def run(self, chosen: list[ScenarioResult]) -> None:
        """Run scenarios in their order until one catches the defect, or the time is over."""
        self._plant()
        for was in self._in_turn(chosen):
            before = self._counted()
            now = self.trials.sessions.run(was, self.began + self.seconds - monotonic())
            matched, fired = (after - earlier for after, earlier in zip(self._counted(), before, strict=True))
            self.scenarios += 1
            if now is None or now.outcome is was.outcome or self._is_catch(was, now, fired):
                self.matched, self.fired = self.matched + matched, self.fired + fired
            if now is None:
                self.because = f"cut off after {self.seconds:.0f} s, in {was.id}"
                return
            self.trouble += Counter(now.trouble) - Counter(was.trouble)

    def _in_turn(self, chosen: list[ScenarioResult]) -> Iterator[ScenarioResult]:
        wanted = firings_wanted(self.defect)
        for _ in range(MOST_ROUNDS):
            before = self.fired
            for scenario in chosen:
                if self.by and self.fired >= wanted:
                    return
                if scenario.id not in self.trials.spent:
                    yield scenario
            if self.fired >= wanted or self.fired == before:
                return

    def _is_catch(self, was: ScenarioResult, now: ScenarioResult, fired: int) -> bool:
        """Return True, and note it, where the defect fired and the scenario passes again without it. Else it proves nothing."""
        if not fired:
            self.because = f"{was.id} changed without it: it never fired"
            return False
        self.trials.layer.clear()
        again = self.trials.sessions.run(was, allowed_seconds([was]))
        self._plant()
        if again and again.outcome is was.outcome:
            self.by = self.by or Catch(was.id, was.outcome.value, now.outcome.value, now.detail)
            self.noticed += fired
            return True
        self.because = f"{was.id} fails without it too"
        spent = self.trials.spent
        spent[was.id] = self.defect.id
        lost = [name for name, since in spent.items() if since == self.defect.id]
        if len(lost) > MOST_SPENT:
            raise HarnessError(f"the target did not survive it: {', '.join(lost)} fail without it too")
        return False

    def _plant(self) -> None:
        self.trials.layer.clear()
        self.trials.layer.plant(self.defect.rules)

    def _counted(self) -> tuple[int, int]:
        counters = self.trials.layer.counters().values()
        return sum(counter["matched"] for counter in counters), sum(counter["fired"] for counter in counters)

    def result(self) -> Trial:
        """Return what became of the defect."""
        fate = Fate.CAUGHT if self.by else Fate.MISSED if self.fired else Fate.NOT_REACHED
        trace = ", ".join(f"{name} {count}" for name, count in sorted(self.trouble.items()))
        said = (
            self.because or ("no scenario made a call that it changes" if fate is Fate.NOT_REACHED else ""),
            f"{self.left_out} near scenarios were left out: give more --seconds" if self.left_out else "",
            f"left a trace: {trace}" if trace else "",
        )
        because = "" if self.by else "; ".join(filter(None, said))
        return Trial(
            self.defect.id, self.defect.service, self.defect.suffers, fate, self.matched, self.fired, self.noticed,
            self.scenarios, f"{monotonic() - self.began:.1f}", because, self.by,
        )  # fmt: skip


def firings_wanted(defect: Defect) -> int:
    """Return how often a defect is to fire in its trial: once where it changes every call, else some times."""
    rare = [rule.when for rule in defect.rules if rule.when.get("nth", 1) > 1]
    return max((min(ENOUGH_FIRINGS, int(when.get("at_most", ENOUGH_FIRINGS))) for when in rare), default=1)
