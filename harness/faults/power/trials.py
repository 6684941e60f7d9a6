"""One trial after another: plant, run what touches it until an outcome changes, clear, see that the target lives."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from time import monotonic

from harness.failure import HarnessError
from harness.faults.defects import Defect
from harness.faults.layer import FaultLayer
from harness.faults.power.choice import scenarios_for
from harness.faults.power.results import Catch, Fate, Trial
from harness.faults.power.session import Sessions
from harness.gate.results import Outcome, Run, ScenarioResult

CUT_OFF_SECONDS = 60.0
MOST_SPENT = 3
"""A defect after which more scenarios than these fail for good has damaged the target."""


@dataclass(frozen=True)
class Trials:
    """`seconds`: how long the scenarios that are run for one defect took together without it, at most.

    `spent`: scenarios that fail without a defect too, since the trial of which one; they are not used any more.
    """

    clean: Run
    layer: FaultLayer
    sessions: Sessions
    seconds: Decimal
    alive: Callable[[], bool]
    spent: dict[str, str] = field(default_factory=dict)

    def of(self, defect: Defect) -> Trial:
        """The trial of one defect. Raises HarnessError, naming it, when the target does not survive or a session breaks off."""
        if not defect.visible:
            return Trial(defect.id, defect.service, defect.suffers, Fate.INVISIBLE, because=defect.because)
        began, spent = monotonic(), len(self.spent)
        while len(self.spent) - spent <= MOST_SPENT:
            chosen = [one for one in scenarios_for(defect, self.clean, self.seconds) if one.id not in self.spent]
            if not chosen:
                because = "no scenario that passes touches its service"
                return Trial(defect.id, defect.service, defect.suffers, Fate.NOT_REACHED, because=because)
            found, counted = self._planted(defect, chosen)
            catch = first_change(chosen, found)
            if catch and not self._passes_without(catch.scenario):
                self.spent[catch.scenario] = defect.id
                continue
            matched, fired = (sum(one[name] for one in counted.values()) for name in ("matched", "fired"))
            fate, because = _fate(catch, fired)
            return Trial(
                defect.id, defect.service, defect.suffers, fate, matched, fired, len(found), f"{monotonic() - began:.1f}", because, catch
            )  # fmt: skip
        raise HarnessError(
            f"{defect.id}: the target did not survive it: {', '.join(list(self.spent)[spent:])} fail without it too"
        )

    def _passes_without(self, name: str) -> bool:
        """Whether a scenario that caught something passes again, now that nothing is planted: else it proves nothing any more."""
        again = self.sessions.run([self.clean.scenarios[name]], CUT_OFF_SECONDS, stop_at_first=True)
        return name in again and again[name].outcome is Outcome.PASS

    def _planted(
        self, defect: Defect, chosen: list[ScenarioResult]
    ) -> tuple[dict[str, ScenarioResult], Mapping[str, Mapping[str, int]]]:
        try:
            self.layer.clear()
            self.layer.plant(defect.rules)
            found = self.sessions.run(chosen, CUT_OFF_SECONDS, stop_at_first=True)
            counted = self.layer.counters()
            self.layer.clear()
        except HarnessError as error:
            raise HarnessError(f"{defect.id}: {error}") from error
        if not self.alive():
            raise HarnessError(f"{defect.id}: the target did not survive it")
        return found, counted


def first_change(chosen: Iterable[ScenarioResult], found: Mapping[str, ScenarioResult]) -> Catch | None:
    """The first scenario, in the order in which they ran, whose outcome is not what it was."""
    for was in chosen:
        now = found.get(was.id)
        if now and now.outcome is not was.outcome:
            return Catch(was.id, was.outcome.value, now.outcome.value, now.detail)
    return None


def _fate(catch: Catch | None, fired: int) -> tuple[Fate, str]:
    if catch is None:
        return (Fate.MISSED, "") if fired else (Fate.NOT_REACHED, "no scenario made a call that it changes")
    if not fired:
        return Fate.NOT_REACHED, f"{catch.scenario} changed without it: it never fired"
    return Fate.CAUGHT, ""
