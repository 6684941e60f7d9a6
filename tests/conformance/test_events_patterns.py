"""Event patterns, operator by operator: asked of TestEventPattern, and of a rule by what it lets through."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bus, a_queue_for, new_name, queue_arn, rules_of
from tests.conformance.receiving import send_until
from tests.conformance.refusing import refused

pytestmark = scenario(
    service="events", lane="data plane", feature="event patterns", aws="events-guide:eb-create-pattern-operators"
)
ABSENT = object()
CASES = [
    pytest.param(["DVCA"], "DVCA", "DVSE", id="exact"),
    pytest.param(["DVCA", "SPLF"], "SPLF", "DVSE", id="one-of"),
    pytest.param([{"prefix": "EVT-"}], "EVT-1", "X-EVT-1", id="prefix"),
    pytest.param([{"prefix": {"equals-ignore-case": "evt-"}}], "EvT-1", "X-evt-1", id="prefix-ignore-case"),
    pytest.param([{"suffix": ".json"}], "a.json", "a.json.gz", id="suffix"),
    pytest.param([{"anything-but": "DVCA"}], "DVSE", "DVCA", id="anything-but"),
    pytest.param([{"anything-but": ["DVCA", "DVSE"]}], "SPLF", "DVSE", id="anything-but-list"),
    pytest.param([{"anything-but": {"prefix": "TEST-"}}], "LIVE-1", "TEST-1", id="anything-but-prefix"),
    pytest.param([{"anything-but": {"suffix": ".tmp"}}], "a.json", "a.tmp", id="anything-but-suffix"),
    pytest.param([{"anything-but": {"wildcard": "*/tmp/*"}}], "a/b/c", "a/tmp/c", id="anything-but-wildcard"),
    pytest.param([{"numeric": ["=", 3.5]}], 3.5, 3.51, id="numeric-equal"),
    pytest.param([{"numeric": [">", 0, "<=", 5]}], 5, 5.01, id="numeric-range"),
    pytest.param([{"numeric": ["<", -1]}], -1.5, -1, id="numeric-less"),
    pytest.param([{"exists": True}], "any", ABSENT, id="exists"),
    pytest.param([{"exists": False}], ABSENT, "any", id="exists-not"),
    pytest.param([{"cidr": "10.0.0.0/24"}], "10.0.0.255", "10.0.1.0", id="cidr"),
    pytest.param([{"wildcard": "in/*/a*.json"}], "in/x/y/abc.json", "in/x/b.json", id="wildcard"),
    pytest.param([{"equals-ignore-case": "dvca"}], "DvCa", "DVCA ", id="equals-ignore-case"),
    pytest.param([None], None, "", id="null"),
    pytest.param([True], True, "true", id="true"),
    pytest.param(["", {"prefix": "x"}], "", "y", id="empty-text-or-prefix"),
    pytest.param(["a"], ["b", "a"], ["b", "c"], id="array-of-event"),
]


def _event(value: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "1",
        "detail-type": "kind",
        "source": "conformance",
        "account": "000000000000",
        "time": "2026-11-24T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"other": 1} if value is ABSENT else {"other": 1, "value": value},
    }


def _matches(aws: AwsClients, pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    asked = {"EventPattern": json.dumps(pattern), "Event": json.dumps(event)}
    return bool(aws.client("events").test_event_pattern(**asked)["Result"])


@scenario("events.pattern.operators")
@pytest.mark.parametrize(("rule", "matching", "other"), CASES)
def test_an_operator_matches_what_it_says_and_nothing_else(
    aws: AwsClients, rule: list[Any], matching: Any, other: Any
) -> None:
    pattern = {"detail": {"value": rule}}
    assert [_matches(aws, pattern, _event(value)) for value in (matching, other)] == [True, False]


@scenario("events.pattern.and", aws="events-guide:eb-event-patterns")
def test_every_field_of_a_pattern_must_match_also_deep_inside(aws: AwsClients) -> None:
    pattern = {"source": ["conformance"], "detail": {"value": {"a": ["1"], "b": [{"exists": True}]}}}
    details = [{"a": "1", "b": 0}, {"a": "1"}, {"a": "2", "b": 0}]
    assert [_matches(aws, pattern, _event(detail)) for detail in details] == [True, False, False]


@scenario("events.pattern.or")
def test_an_or_takes_either_field(aws: AwsClients) -> None:
    pattern = {"detail": {"value": {"$or": [{"a": ["1"]}, {"b": [{"numeric": [">", 5]}]}]}}}
    details = [{"a": "1"}, {"b": 6}, {"a": "2", "b": 5}]
    assert [_matches(aws, pattern, _event(detail)) for detail in details] == [True, True, False]


@scenario("events.pattern.array-of-objects", aws="events-guide:eb-event-patterns-arrays")
def test_one_object_of_a_list_must_match_by_itself(aws: AwsClients) -> None:
    pattern = {"detail": {"value": {"kind": ["a"], "state": ["on"]}}}
    together, apart = [{"kind": "a", "state": "on"}], [{"kind": "a", "state": "off"}, {"kind": "b", "state": "on"}]
    assert [_matches(aws, pattern, _event(value)) for value in (together, apart)] == [True, False]


@scenario("events.pattern.wrong", feature="error codes", aws="events:TestEventPattern")
@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("not json", id="no-json"),
        pytest.param('{"source": "text"}', id="no-list"),
        pytest.param('{"source": [{"no-such-operator": "x"}]}', id="unknown-operator"),
    ],
)
def test_a_pattern_that_is_none_is_refused(aws: AwsClients, pattern: str) -> None:
    with refused("InvalidEventPatternException", status=400):
        aws.client("events").test_event_pattern(EventPattern=pattern, Event=json.dumps(_event("x")))


@pytest.fixture(scope="module")
def bus(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bus(aws, new_name(), module_cleanup)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup, bus: str) -> str:
    return a_queue_for(aws, rules_of(aws, bus), cleanup)


@scenario("events.rule.pattern", feature="rules", aws="events-guide:eb-rules")
@pytest.mark.parametrize(("rule", "matching", "other"), CASES)
def test_a_rule_lets_through_what_its_pattern_matches_and_nothing_else(
    aws: AwsClients, bus: str, url: str, fresh: str, rule: list[Any], matching: Any, other: Any
) -> None:
    events, pattern = aws.client("events"), {"source": [fresh], "detail": {"value": rule}}
    events.put_rule(Name=fresh, EventBusName=bus, EventPattern=json.dumps(pattern))
    target = {"Id": "q", "Arn": queue_arn(aws, url), "InputPath": "$.detail"}
    events.put_targets(Rule=fresh, EventBusName=bus, Targets=[target])
    details = [_event(value)["detail"] | {"which": which} for which, value in enumerate((other, matching))]
    entries = [
        {"EventBusName": bus, "Source": fresh, "DetailType": "kind", "Detail": json.dumps(detail)} for detail in details
    ]
    _, messages = send_until(aws, url, lambda: events.put_events(Entries=entries))
    assert {json.loads(message["Body"])["which"] for message in messages} == {1}
