"""What `gate --quick` runs: chosen by defects caught per second, within a minute on two cores, then by features."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.power import quick
from harness.power.quick import START_SECONDS, WALL_SECONDS, choose
from harness.power.results import Catch, Fate, Trial
from harness.results.document import Outcome, Run, ScenarioResult, Stamp
from harness.scenarios.listing import Listed

EACH_WORKER = WALL_SECONDS - START_SECONDS
STAMP = Stamp(
    "embedded", "http://127.0.0.1:1", "ministack", "1", "abc", "m", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z"
)


def _run(**seconds: float) -> Run:
    """A clean run of scenarios by name, each of a feature called as its first letter."""
    results = (
        ScenarioResult(name, "sqs", name[0], "data plane", "", "", Outcome.PASS, seconds=str(took))
        for name, took in seconds.items()
    )
    return Run(STAMP, {one.id: one for one in results})


def _listed(run: Run, *of_system: str) -> list[Listed]:
    return [
        Listed(one.id, one.service, one.feature, one.lane, "f.py", one.id in of_system)
        for one in run.scenarios.values()
    ]


def _caught(*by: str, now: str = "fail", fate: Fate = Fate.CAUGHT) -> list[Trial]:
    return [Trial(f"sqs.{place}", "sqs", "s", fate, by=Catch(name, "pass", now, "")) for place, name in enumerate(by)]


def _ids(trials: list[Trial], run: Run, *of_system: str) -> list[str]:
    return [one.scenario.id for one in choose(trials, run, _listed(run, *of_system))]


def test_those_that_catch_most_per_second_come_first_then_the_quickest_of_each_feature_that_is_not_there() -> None:
    run = _run(a1=4, a2=1, b1=2, c2=9, c1=3, a3=0.1)
    assert _ids(_caught("a1", "a1", "a2", "b1", "b1", "b1"), run) == ["b1", "a2", "a1", "c1"]


@pytest.mark.parametrize("of_system", [(), ("a1", "b1", "c1", "d1")])
def test_the_chosen_ones_fit_into_a_minute_and_those_of_the_system_on_one_worker(of_system: tuple[str, ...]) -> None:
    half = float(EACH_WORKER) / 2
    run = _run(a1=half, b1=half, c1=half, d1=half, e1=1)
    chosen = choose(_caught("a1", "b1", "c1"), run, _listed(run, *of_system))
    assert [one.scenario.id for one in chosen] == (["a1", "b1", "e1"] if of_system else ["a1", "b1", "c1", "e1"])
    assert sum(one.seconds for one in chosen) <= 2 * EACH_WORKER


def _with_fixtures(run: Run, **setup: float) -> Run:
    changed = {name: replace(one, setup_seconds=str(setup.get(name, 0))) for name, one in run.scenarios.items()}
    return replace(run, scenarios=changed)


def test_a_fixture_of_its_own_counts_for_the_scenario() -> None:
    run = _with_fixtures(_run(a1=1, b1=2), a1=9)
    assert [(one.scenario.id, one.seconds) for one in choose([], run, _listed(run))] == [("b1", 2), ("a1", 10)]


def test_a_shared_fixture_counts_once_whoever_waited_for_it() -> None:
    third = float(EACH_WORKER) / 3
    run = _with_fixtures(_run(a1=third, b1=third, c1=third), a1=third)
    shared = [replace(one, shared=("feed",)) for one in _listed(run, "a1", "b1", "c1")]
    assert [one.scenario.id for one in choose(_caught("a1", "b1", "c1"), run, shared)] == ["a1", "b1"]
    long = _with_fixtures(run, a1=float(EACH_WORKER))
    assert choose(_caught("b1"), long, shared) == []


@pytest.mark.parametrize(
    ("trials", "catches"),
    [
        (_caught("a1"), 1),
        (_caught("a1", now="unsupported"), 1),
        (_caught("a1", now="indeterminate"), 0),
        (_caught("a1", fate=Fate.NOT_REACHED), 0),
    ],
)
def test_a_scenario_that_was_cut_off_has_caught_nothing(trials: list[Trial], catches: int) -> None:
    run = _run(a1=1)
    assert [one.catches for one in choose(trials, run, _listed(run))] == [catches]


def test_a_scenario_that_does_not_pass_or_is_gone_is_not_chosen() -> None:
    run = _run(a1=1, b1=1, c1=1)
    failing = replace(run, scenarios={**run.scenarios, "a1": replace(run.scenarios["a1"], outcome=Outcome.FAIL)})
    assert [one.scenario.id for one in choose(_caught("a1"), failing, _listed(failing)[:2])] == ["b1"]


def test_the_file_says_by_what_it_was_chosen(tmp_path: Path) -> None:
    run, trials = _run(a1=1), [*_caught("a1"), *_caught("a1", now="indeterminate")]
    said = quick.write(tmp_path / "quick.json", choose(trials, run, _listed(run)), trials, run)
    assert "1 scenarios of 1 features, the first to catch 1 of 2 visible defects" in said
    content = json.loads((tmp_path / "quick.json").read_text())
    assert content["scenarios"] == [{"id": "a1", "catches": 1, "seconds": "1.00"}]
    assert content["chosen_by"]["commit"] == "abc"
