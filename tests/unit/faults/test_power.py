"""The power run's judgement: which scenarios a defect is put to, what became of it, and when that is enough."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.failure import HarnessError
from harness.faults.defects import Defect
from harness.faults.rules import Rule
from harness.power import choice, command, results
from harness.power.choice import scenarios_for
from harness.power.results import Catch, Fate, PowerRun, Trial
from harness.results.document import Outcome, Run, ScenarioResult, Stamp

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
    return [one.id for one in scenarios_for(defect, clean, Decimal(seconds))[0]]


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


def test_no_more_is_run_than_the_time_allows_but_one_of_each_kind_and_of_the_nearest_ten_times_as_much() -> None:
    near = [_scenario(f"sqs.s{number}", "sqs:SendMessage", seconds="40") for number in range(3)]
    far = [_scenario(f"sqs.r{number}", "sqs:ReceiveMessage", seconds="4") for number in range(4)]
    slow = _scenario("sns.t", "sqs:SendMessage", seconds="900")
    found, left_out = scenarios_for(
        _defect("sqs", "SendMessage"), Run(STAMP, {one.id: one for one in (*near, *far, slow)}), Decimal(9)
    )
    assert ([one.id for one in found], left_out) == (["sqs.s0", "sqs.s1", "sns.t", "sqs.r0"], 1)


def test_a_scenario_that_lets_terraform_read_everything_is_the_last_for_a_defect_of_any_service() -> None:
    read_back = _scenario("sqs.no-drift", "terraform:plan")
    assert _chosen(_defect("kms"), read_back, _scenario("kms.a"), _scenario("kms.b", "kms:Decrypt")) == [
        "kms.b",
        "kms.a",
        "sqs.no-drift",
    ]


TESTS = """
GONE = "QueueDoesNotExist"

@scenario("sqs.a", aws="sqs:SendMessage")
def test_trips():
    send()

@pytest.mark.parametrize("header", ["x-amz-function-error"])
def test_of_a_header(header):
    send(header)

def test_means_it():
    assert send(MessageAttributes={})["FunctionError"]

def test_of_a_code():
    assert refused(send) == GONE
"""


@pytest.mark.parametrize(
    ("change", "when", "first"),
    [
        ({"kind": "remove", "in": "request", "keys": ["Entry.MessageAttributes"]}, {}, "sqs.means"),
        ({"kind": "headers", "in": "answer", "values": {"x-amz-function-error": None}}, {}, "sqs.header"),
        ({"kind": "ignore"}, {"request": r'"MessageAttributes"\s*:'}, "sqs.means"),
        ({"kind": "answer", "status": 400}, {"answer": "QueueDoesNotExist|NonExistentQueue"}, "sqs.code"),
        ({"kind": "ignore"}, {}, "sqs.page"),
        ({"kind": "allow"}, {}, "sqs.security"),
    ],
)
def test_of_scenarios_as_near_the_one_that_names_the_field_or_documents_the_operation_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], when: dict[str, str], first: str
) -> None:
    monkeypatch.setattr(choice, "CHECKOUT", tmp_path)
    file = f"test_{tmp_path.name}.py"
    (tmp_path / file).write_text(TESTS)

    def played(name: str, test: str, **said: str) -> ScenarioResult:
        return replace(_scenario(name, "sqs:SendMessage", **said), test=f"{file}::{test}")

    page = replace(
        played("sqs.page", "test_trips", seconds="9"), aws="https://docs.aws.amazon.com/API_SendMessage.html"
    )
    found = _chosen(
        Defect("sqs.x", "sqs", "something", (Rule("r", change, "sqs", ("SendMessage",), when),)),
        played("sqs.trips", "test_trips"),
        played("sqs.means", "test_means_it", seconds="8"),
        played("sqs.header", "test_of_a_header[x-amz-function-error]", seconds="7"),
        played("sqs.code", "test_of_a_code", seconds="6"),
        played("sqs.security", "test_trips", seconds="20", lane="security"),
        page,
    )
    assert found[0] == first


def test_a_defect_of_every_service_is_put_to_the_security_lane_first() -> None:
    found = _chosen(_defect("*"), _scenario("kms.a", "kms:Decrypt"), _scenario("sqs.b", lane="security", seconds="5"))
    assert found == ["sqs.b", "kms.a"]


@pytest.mark.parametrize("service", ["apigateway", "lambda"])
def test_scenarios_of_an_api_are_found_whatever_the_file_that_plants_at_its_calls(service: str) -> None:
    defect = Defect("a.x", service, "something", (Rule("r", {"kind": "ignore"}, "execute-api"),))
    called = _scenario("kinesis.calls", "execute-api:Invoke")
    scenarios = (called, _scenario("apigateway.get"), _scenario("apigateway.calls", "execute-api:Invoke"))
    assert _chosen(defect, *scenarios, _scenario("sqs.b")) == ["apigateway.calls", "kinesis.calls", "apigateway.get"]


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
