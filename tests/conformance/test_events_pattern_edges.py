"""Event patterns at their edges: empty texts, numbers and their kinds, dots in names, and patterns that are none."""

import json
from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from tests.conformance.refusing import refusal

pytestmark = scenario(
    service="events", lane="data plane", feature="event patterns", aws="events-guide:eb-create-pattern-operators"
)
EVENT = {
    "id": "1",
    "source": "test-source",
    "detail-type": "test-detail-type",
    "account": "123456789012",
    "region": "us-east-2",
    "time": "2022-07-13T13:48:01Z",
}
MATCHES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "prefix-empty": ({"detail": {"state": "pending"}}, {"source": [{"prefix": ""}]}, True),
    "suffix-empty": ({"detail": {"state": "pending"}}, {"source": [{"suffix": ""}]}, True),
    "wildcard-empty": ({"arn": "a"}, {"arn": [{"wildcard": ""}]}, False),
    "anything-but-wildcard-empty": (
        {"detail": {"path": "dir/init/file"}},
        {"detail": {"path": [{"anything-but": {"wildcard": ""}}]}},
        True,
    ),
    "ignore-case-empty": ({"detail": {"value": ""}}, {"detail": {"value": [{"equals-ignore-case": ""}]}}, True),
    "suffix-ignore-case": (
        {"detail": {"FileName": "image.PNG"}},
        {"detail": {"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}},
        True,
    ),
    "text-empty": ({"detail": {"version": ""}}, {"detail": {"version": [""]}}, True),
    "list-empty-null": ({"resources": []}, {"resources": [None]}, False),
    "list-empty-exists": ({"resources": []}, {"resources": [{"exists": True}]}, False),
    "number-float": ({"number": 300.0}, {"number": [300]}, True),
    "numeric-of-float": ({"number": 101.0}, {"number": [{"numeric": [">", 100]}]}, True),
    "numeric-of-text": ({"number": "300"}, {"number": [{"numeric": [">", 100]}]}, False),
    "anything-but-zero": ({"detail": {"limit": 789}}, {"detail": {"limit": [{"anything-but": 0}]}}, True),
    "name-case": ({"my_key": "my-value"}, {"MY_KEY": ["my-value"]}, False),
    "json-text": ({"detail": '{"my-key": "my-value"}'}, {"detail": {"my-key": ["my-value"]}}, False),
    "dots-in-event": ({"detail": {"state.status": "running"}}, {"detail": {"state": {"status": ["running"]}}}, True),
    "dots-in-pattern": ({"detail": {"state": {"status": "running"}}}, {"detail": {"state.status": ["running"]}}, True),
    "object-in-list": (
        {"detail": {"automations": [{"key1": "value1"}, {"id": "match-does-exist"}]}},
        {"detail": {"automations": {"id": [{"exists": True}]}}},
        True,
    ),
    "any-of-operators": ({"k": "v"}, {"k": [{"exists": True}, {"prefix": "NO"}, {"suffix": "NO"}]}, True),
    "anything-but-or-absent": (
        {"image": {"home": {"N": "789"}}},
        {"image": {"home": {"S": [{"anything-but": ["roses"]}, {"exists": False}]}}},
        True,
    ),
    "address-six": (
        {"detail": {"ip": "2001:0db8:1234:1a00:0000:0000:0000:0000"}},
        {"detail": {"ip": [{"cidr": "2001:db8:1234:1a00::/64"}]}},
        True,
    ),
}
"""Name: what the event has besides, the pattern, and whether it matches."""
WRONG: dict[str, dict[str, Any]] = {
    "list-empty": {"resources": []},
    "text-alone": {"string": "my-value"},
    "number-alone": {"int": 42},
    "anything-but-null": {"detail": {"state": [{"anything-but": ["stopped", None]}]}},
    "anything-but-prefix-empty": {"detail": {"name": [{"anything-but": {"prefix": ""}}]}},
    "anything-but-suffix-empty": {"detail": {"name": [{"anything-but": {"suffix": ""}}]}},
    "prefix-number": {"time": [{"prefix": 123}]},
    "prefix-list": {"time": [{"prefix": ["2022-07-13"]}]},
    "suffix-number": {"name": [{"suffix": 123}]},
    "wildcard-number": {"arn": [{"wildcard": 123}]},
    "wildcard-stars": {"arn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]},
    "ignore-case-list": {"detail-type": [{"equals-ignore-case": ["a"]}]},
    "cidr-mask": {"detail": {"ip": [{"cidr": "bad-/64filter"}]}},
    "numeric-number": {"detail": {"count": [{"numeric": 10}]}},
    "numeric-half": {"detail": {"count": [{"numeric": [">", 0, "<"]}]}},
    "numeric-case": {"detail": {"count": [{"NUMERIC": ["=", 5]}]}},
    "exists-case": {"my_key": [{"EXISTS": True}]},
}


@scenario("events.pattern.edges")
@pytest.mark.parametrize(("more", "pattern", "matches"), MATCHES.values(), ids=MATCHES)
def test_a_pattern_matches_its_edges(events: Any, more: dict[str, Any], pattern: dict[str, Any], matches: bool) -> None:
    asked = {"Event": json.dumps(EVENT | more), "EventPattern": json.dumps(pattern)}
    assert events.test_event_pattern(**asked).get("Result") is matches


@scenario("events.pattern.refused", feature="error codes", aws="events:TestEventPattern")
@pytest.mark.parametrize("pattern", WRONG.values(), ids=WRONG)
def test_a_pattern_that_cannot_be_is_refused(events: Any, pattern: dict[str, Any]) -> None:
    asked = {"Event": json.dumps(EVENT), "EventPattern": json.dumps(pattern)}
    assert refusal(events.test_event_pattern, **asked) == ("InvalidEventPatternException", 400)
