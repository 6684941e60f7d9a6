"""What a trial makes of outcomes, firings and time, on a layer and sessions that play what they are told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

import pytest

from harness.failure import HarnessError
from harness.faults.defects import Defect
from harness.faults.layer import FaultLayer
from harness.faults.rules import Rule
from harness.power import trials as judged
from harness.power.command import _line
from harness.power.results import Fate, Trial
from harness.power.session import Sessions
from harness.power.trials import Trials, allowed_seconds
from harness.results.document import Outcome, Run, ScenarioResult
from tests.unit.faults.test_power import STAMP, _scenario

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, Outcome.INDETERMINATE
Play = Mapping[str, list[tuple[Outcome | None, int]]]
"""By scenario, what each of its runs under the defect finds (None: it does not end) and how often the defect fires; the last repeats."""


@dataclass
class Played:
    """Layer and sessions in one. `broken`: scenarios that fail without the defect too."""

    play: Play
    broken: Iterable[str] = ()
    planted: bool = False
    fired: int = 0
    runs: dict[str, int] = field(default_factory=dict)
    trouble: Mapping[str, int] = field(default_factory=dict)

    def plant(self, rules: Iterable[Rule]) -> None:
        self.planted, self.fired = True, 0

    def clear(self) -> None:
        self.planted = False

    def counters(self) -> dict[str, dict[str, int]]:
        return {"r": {"matched": self.fired, "fired": self.fired}}

    def run(self, scenario: ScenarioResult, seconds: float) -> ScenarioResult | None:
        if not self.planted:
            return replace(scenario, outcome=FAIL if scenario.id in self.broken else PASS)
        turn = self.runs[scenario.id] = self.runs.get(scenario.id, 0) + 1
        played = self.play[scenario.id]
        outcome, fired = played[min(turn, len(played)) - 1]
        self.fired += fired
        return replace(scenario, outcome=outcome, detail="it is wrong", trouble=self.trouble) if outcome else None


def _tried(played: Played, **when: Any) -> Trial:
    rule = Rule("r", {"kind": "ignore"}, "sqs", ("SendMessage",), when)
    clean = Run(STAMP, {name: _scenario(name, "sqs:SendMessage") for name in played.play})
    layer, sessions = cast(FaultLayer, played), cast(Sessions, played)
    return Trials(clean, layer, sessions, Decimal(30), lambda: True).of(Defect("sqs.x", "sqs", "something", (rule,)))


@pytest.mark.parametrize(
    ("play", "fate", "by"),
    [
        ({"sqs.a": [(PASS, 1)], "sqs.b": [(FAIL, 1)], "sqs.c": [(FAIL, 1)]}, Fate.CAUGHT, "sqs.b"),
        ({"sqs.a": [(OPEN, 1)]}, Fate.CAUGHT, "sqs.a"),
        ({"sqs.a": [(FAIL, 0)]}, Fate.NOT_REACHED, None),
        ({"sqs.a": [(FAIL, 0)], "sqs.b": [(FAIL, 2)]}, Fate.CAUGHT, "sqs.b"),
        ({"sqs.a": [(PASS, 3)]}, Fate.MISSED, None),
        ({"sqs.a": [(PASS, 0)]}, Fate.NOT_REACHED, None),
        ({"sqs.a": [(None, 3)]}, Fate.MISSED, None),
        ({"sqs.a": [(PASS, 1)], "sqs.b": [(None, 3)], "sqs.c": [(FAIL, 1)]}, Fate.MISSED, None),
    ],
)
def test_the_first_scenario_that_changes_while_the_defect_fires_catches_it_and_one_that_is_cut_off_does_not(
    play: Play, fate: Fate, by: str | None
) -> None:
    trial = _tried(Played(play))
    assert (trial.fate, trial.by and trial.by.scenario) == (fate, by)
    assert ("cut off after" in trial.because) is any(run == (None, 3) for [run] in play.values())


def test_a_scenario_that_fails_without_the_defect_too_leaves_it_to_the_next() -> None:
    trial = _tried(Played({"sqs.a": [(FAIL, 1)], "sqs.b": [(FAIL, 1)]}, broken=["sqs.a"]))
    assert trial.by
    assert (trial.by.scenario, trial.noticed, trial.fired) == ("sqs.b", 1, 1)


def test_more_than_three_scenarios_that_fail_for_good_mean_that_the_target_did_not_survive() -> None:
    names = [f"sqs.{letter}" for letter in "abcd"]
    with pytest.raises(HarnessError, match=r"sqs\.x: the target did not survive it: sqs\.a, .* fail without it too"):
        _tried(Played({name: [(FAIL, 1)] for name in names}, broken=names))


def test_late_answers_and_resets_that_change_no_outcome_are_said_of_a_missed_defect() -> None:
    trial = _tried(Played({"sqs.a": [(PASS, 1)], "sqs.b": [(PASS, 1)]}, trouble={"sqs reset": 1, "sqs retried": 1}))
    assert (trial.fate, trial.because) == (Fate.MISSED, "left a trace: sqs reset 2, sqs retried 2")
    assert "left a trace" in _line(trial)


@pytest.mark.parametrize(
    ("runs", "when", "noticed", "fired"),
    [
        ([(FAIL, 1)], {}, 1, 1),
        ([(FAIL, 1), (PASS, 1), (FAIL, 1)], {"nth": 20}, 2, 5),
        ([(PASS, 1), (PASS, 1), (FAIL, 1)], {"nth": 20}, 1, 5),
        ([(FAIL, 1)], {"nth": 20, "at_most": 2}, 1, 2),
        ([(PASS, 0), (FAIL, 9)], {"nth": 20}, 0, 0),
    ],
)
def test_a_defect_of_every_nth_call_is_tried_until_it_has_fired_some_times(
    runs: list[tuple[Outcome | None, int]], when: dict[str, int], noticed: int, fired: int
) -> None:
    """Two scenarios, of which the second never notices; a round in which nothing fires is the last."""
    trial = _tried(Played({"sqs.a": runs, "sqs.b": [(PASS, int(runs[0] != (PASS, 0)))]}), **when)
    assert (trial.noticed, trial.fired) == (noticed, fired)
    assert not trial.by or f"caught {noticed} of {fired} firings" in _line(trial)


def test_a_trial_may_take_as_long_as_its_scenarios_need_on_a_machine_as_busy_as_this(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judged.os, "cpu_count", lambda: 2)

    def allowed(load: float, *seconds: str) -> float:
        monkeypatch.setattr(judged.os, "getloadavg", lambda: (load, 0, 0))
        return allowed_seconds(_scenario(f"a.{number}", seconds=one) for number, one in enumerate(seconds))

    assert allowed(0.5, "1") < allowed(2, "100", "100") - 2 * 100
    assert allowed(6, "100") == 3 * allowed(2, "100")
