"""The power run's judgement: which scenarios a defect is put to, what became of it, and when that is enough."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from harness.failure import HarnessError
from harness.faults.defects import Defect
from harness.faults.power import command, results
from harness.faults.power.choice import scenarios_for
from harness.faults.power.results import Catch, Fate, PowerRun, Trial
from harness.faults.rules import Rule
from harness.gate.results import Outcome, Run, ScenarioResult, Stamp

STAMP = Stamp(
    "embedded", "http://127.0.0.1:1", "ministack", "1", "abc", "machine", "2026-11-24T00:00:00Z", "2026-11-24T00:10:00Z"
)
SCHEMA = Path(results.__file__).with_name("power.schema.json")


def _scenario(
    name: str, *touches: str, seconds: str = "1", outcome: Outcome = Outcome.PASS, **said: str
) -> ScenarioResult:
    fields = {"service": name.partition(".")[0], "lane": "data plane", **said}
    return ScenarioResult(
        id=name, feature="f", aws="https://docs.aws.amazon.com/", test=f"tests/test_{name}.py::test_it", outcome=outcome,
        seconds=seconds, touches=touches, **fields,
    )  # fmt: skip


def _chosen(defect: Defect, *scenarios: ScenarioResult, seconds: int = 100) -> list[str]:
    clean = Run(STAMP, {one.id: one for one in scenarios})
    return [one.id for one in scenarios_for(defect, clean, Decimal(seconds))]


def _defect(service: str, *operations: str) -> Defect:
    return Defect(f"{service}.x", service, "something", (Rule("r", {"kind": "allow"}, service, operations),))


def test_scenarios_of_the_operation_come_first_those_that_judge_its_service_before_others_and_the_quickest_of_them() -> (
    None
):
    found = _chosen(
        _defect("sqs", "SendMessage"),
        _scenario("sns.other", "sqs:ReceiveMessage"),
        _scenario("sqs.reads", "sqs:ReceiveMessage"),
        _scenario("sqs.slow", "sqs:SendMessage", seconds="9"),
        _scenario("sqs.quick", "sqs:SendMessage", seconds="2"),
        _scenario("sns.sends", "sqs:SendMessage"),
        _scenario("kms.else", "kms:Decrypt"),
    )
    assert found == ["sqs.quick", "sqs.slow", "sns.sends", "sqs.reads", "sns.other"]


def test_only_scenarios_that_pass_without_defects_are_run() -> None:
    failing = _scenario("sqs.known", "sqs:SendMessage", outcome=Outcome.FAIL)
    assert _chosen(_defect("sqs"), failing) == []


def test_no_more_is_run_than_the_time_allows_but_one_of_each_kind() -> None:
    several = [_scenario(f"sqs.s{number}", "sqs:SendMessage", seconds="4") for number in range(5)]
    found = _chosen(
        _defect("sqs", "SendMessage"), *several, _scenario("sqs.r", "sqs:ReceiveMessage", seconds="90"), seconds=9
    )
    assert found == ["sqs.s0", "sqs.s1", "sqs.r"]


def test_a_defect_of_every_service_is_put_to_the_security_lane_first() -> None:
    found = _chosen(_defect("*"), _scenario("kms.a", "kms:Decrypt"), _scenario("sqs.b", lane="security", seconds="5"))
    assert found == ["sqs.b", "kms.a"]


def test_scenarios_of_an_api_are_found_by_the_service_that_they_name() -> None:
    defect = Defect("a.x", "apigateway", "something", (Rule("r", {"kind": "allow"}, "execute-api"),))
    assert _chosen(defect, _scenario("apigateway.get"), _scenario("sqs.b")) == ["apigateway.get"]


CATCH = Catch("a.a", "pass", "fail", "it is wrong")


def _run(caught: int, missed: int, invisible: int = 0) -> PowerRun:
    fates = [Fate.CAUGHT] * caught + [Fate.MISSED] * missed + [Fate.INVISIBLE] * invisible
    trials = [
        Trial(f"a.{n}", "a", "s", fate, by=CATCH if fate is Fate.CAUGHT else None) for n, fate in enumerate(fates)
    ]
    return PowerRun(vars(STAMP), "2026-11-24T00:00:00+00:00", "2026-11-24T00:10:00+00:00", trials)


@pytest.mark.parametrize(
    ("run", "enough"),
    [
        (_run(19, 1), True),
        (_run(18, 1), False),
        (_run(19, 1, invisible=50), True),
        (_run(0, 0, invisible=5), False),
    ],
)
def test_95_percent_of_the_visible_ones_are_enough(run: PowerRun, enough: bool) -> None:
    assert run.enough is enough


def test_the_document_is_as_its_schema_says() -> None:
    document = json.loads(json.dumps(_run(3, 1, 1).as_json()))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert document["share"] == "0.7500"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "defects": [{"id": "a"}]}, json.loads(SCHEMA.read_text()))


def test_an_unknown_defect_is_refused_by_its_name() -> None:
    with pytest.raises(HarnessError, match=r"there is no defect sqs\.y"):
        command._chosen([_defect("sqs")], ["sqs.x", "sqs.y"])
    assert [one.id for one in command._chosen([_defect("sqs"), _defect("kms")], ["kms"])] == ["kms.x"]
