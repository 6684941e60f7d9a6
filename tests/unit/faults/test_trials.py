"""A trial from plant to clear: real scenarios of ours, by real pytest sessions, on a real MiniStack behind the layer."""

import os
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import cast

import pytest

from harness.failure import HarnessError
from harness.faults.defects import Defect, defects_of
from harness.faults.layer import FaultLayer
from harness.faults.rules import Rule
from harness.power.results import Fate
from harness.power.session import Sessions, replies_of
from harness.power.trials import Trials
from harness.results.document import Outcome, Run, ScenarioResult, Stamp
from harness.targets.registry import choose
from harness.targets.starting import bring_up, take_down
from tests.unit.faults.conftest import Faulty

STAMP = Stamp("custom", "", "", "", "", "", "2026-11-24T00:00:00Z", "2026-11-24T00:10:00Z")
TOUCHES = ("kinesis:CreateStream", "kinesis:GetRecords", "kinesis:ListShards", "kinesis:PutRecords")
ORDER = ScenarioResult(
    "kinesis.records.order", "kinesis", "order", "data plane", "https://docs.aws.amazon.com/",
    "tests/conformance/test_kinesis_records.py::test_records_of_one_key_are_read_in_the_order_in_which_they_were_put",
    Outcome.PASS, seconds="1", touches=TOUCHES,
)  # fmt: skip


@pytest.fixture(scope="module")
def sessions(faulty_emulator: Faulty, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENDPOINT", faulty_emulator.endpoint)
        patch.setenv("RUN_FOLDER", str(tmp_path_factory.mktemp("run")))
        bring_up(choose("custom"))  # the emulator runs: its companion is started
        folder = tmp_path_factory.mktemp("sessions")
        try:
            with Sessions.on("custom", faulty_emulator.endpoint, folder, [ORDER]) as sessions:
                yield sessions
        finally:
            take_down(choose("custom"))


@pytest.fixture
def trials(faulty: Faulty, sessions: Sessions) -> Trials:
    return Trials(Run(STAMP, {ORDER.id: ORDER}), faulty.layer, sessions, Decimal(20), lambda: True)


def test_a_scenario_that_ends_before_its_begin_is_read_is_seen_to_have_ended(tmp_path: Path) -> None:
    told, answered = os.pipe()
    os.write(answered, b'{"pid": 7}\n{"ended": 0}\n')
    with os.fdopen(answered), replies_of(told) as replies:
        sessions = Sessions(None, tmp_path, StringIO(), replies)
        assert sessions._reply(5) == {"pid": 7}
        assert sessions._waiting(0)
        assert sessions._reply(5) == {"ended": 0}


def _of_ours(name: str) -> Defect:
    return next(one for one in defects_of() if one.id == name)


def test_a_defect_is_caught_by_the_scenario_that_fails_under_it_and_passes_again_without(trials: Trials) -> None:
    trial = trials.of(_of_ours("kinesis.records-reordered"))
    assert (trial.fate, trial.scenarios) == (Fate.CAUGHT, 1)
    assert trial.fired > 0
    assert trial.by
    assert (trial.by.scenario, trial.by.was, trial.by.now) == (ORDER.id, "pass", "fail")
    assert trials.layer.counters() == {}
    assert trials.spent == {}


def test_a_defect_that_fired_and_changed_no_outcome_is_missed(trials: Trials) -> None:
    harmless = Rule("kinesis.harmless", {"kind": "headers", "in": "answer", "values": {"X-Seen": "1"}}, "kinesis")
    trial = trials.of(Defect("kinesis.harmless", "kinesis", "nobody", (harmless,)))
    assert (trial.fate, trial.by) == (Fate.MISSED, None)
    assert trial.fired > 0


def test_a_defect_of_operations_that_nothing_calls_is_not_reached(trials: Trials) -> None:
    assert trials.of(_of_ours("kinesis.half-a-batch-taken")).fate is Fate.NOT_REACHED
    assert trials.of(_of_ours("sqs.purge-ignored")).because == "no scenario that passes touches its service"


def test_what_no_public_api_shows_is_not_planted(trials: Trials) -> None:
    trial = trials.of(_of_ours("sqs.standard-queue-delivers-twice"))
    assert trial.fate is Fate.INVISIBLE
    assert "at-least-once" in trial.because


class Damaged:
    """In place of the layer: when it clears, a damage stays, as a defect may leave one in a target."""

    def __init__(self, faulty: Faulty) -> None:
        self._faulty = faulty
        self.plant, self.counters = faulty.layer.plant, faulty.layer.counters

    def clear(self) -> None:
        self._faulty.plant({"kind": "reverse", "in": "answer", "list": "Records"}, service="kinesis")


def test_a_scenario_that_fails_without_the_defect_too_has_caught_nothing_and_is_not_used_any_more(
    trials: Trials, faulty: Faulty
) -> None:
    damaged = replace(trials, layer=cast(FaultLayer, Damaged(faulty)))
    trial = damaged.of(_of_ours("kinesis.record-lost"))
    assert (trial.fate, trial.by) == (Fate.NOT_REACHED, None)
    assert damaged.spent == {ORDER.id: "kinesis.record-lost"}


def test_a_target_that_does_not_survive_is_named_with_the_defect(trials: Trials) -> None:
    dying = Trials(trials.clean, trials.layer, trials.sessions, trials.seconds, lambda: False)
    with pytest.raises(HarnessError, match=r"kinesis\.records-reordered: the target did not survive it"):
        dying.of(_of_ours("kinesis.records-reordered"))


def test_a_scenario_that_does_not_end_is_cut_off_and_finds_nothing(trials: Trials, faulty: Faulty) -> None:
    faulty.plant({"kind": "delay", "seconds": 60}, service="kinesis", operations=["PutRecord"])
    assert trials.sessions.run(ORDER, 3) is None
