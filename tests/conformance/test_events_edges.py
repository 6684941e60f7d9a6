"""EventBridge at its edges: details that are none, sizes, five targets, inputs that exclude each other, schedules, further targets."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import (
    Cleanup,
    a_bus,
    a_log_group,
    a_queue_for,
    a_role,
    a_stream,
    account,
    new_name,
    policy,
    queue_arn,
    rules_of,
)
from tests.conformance.reading import read
from tests.conformance.receiving import receive
from tests.conformance.refusing import refusal

pytestmark = scenario(service="events", lane="data plane", feature="targets", aws="events:Target")
INVALID = ("ValidationException", 400)
SECONDS = 20
"""How long a new role or permission of a target may take to be known."""


@pytest.fixture(scope="module")
def bus(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bus(aws, new_name(), module_cleanup)


@pytest.fixture
def url(aws: AwsClients, bus: str, cleanup: Cleanup) -> str:
    return a_queue_for(aws, rules_of(aws, bus), cleanup)


def _rule(aws: AwsClients, bus: str, fresh: str) -> None:
    """Make a rule for events of the source `fresh`."""
    aws.client("events").put_rule(Name=fresh, EventBusName=bus, EventPattern=json.dumps({"source": [fresh]}))


def _entry(bus: str, fresh: str, detail: str = '{"a": 1}') -> dict[str, str]:
    return {"EventBusName": bus, "Source": fresh, "DetailType": "kind", "Detail": detail}


def _target(aws: AwsClients, bus: str, fresh: str, **target: Any) -> None:
    answer = aws.client("events").put_targets(Rule=fresh, EventBusName=bus, Targets=[{"Id": "t", **target}])
    assert answer["FailedEntryCount"] == 0


def _put(aws: AwsClients, bus: str, fresh: str) -> str:
    return str(aws.client("events").put_events(Entries=[_entry(bus, fresh)])["Entries"][0]["EventId"])


@scenario("events.put.malformed-detail", feature="error codes", aws="events:PutEvents")
@pytest.mark.parametrize(
    "detail", ["NotJSON", "[]", "{{}", '"NotJSON"'], ids=["text", "list", "malformed", "json-text"]
)
def test_a_detail_that_is_no_object_is_malformed(events: Any, bus: str, fresh: str, detail: str) -> None:
    answer = events.put_events(Entries=[_entry(bus, fresh, detail)])
    assert answer["FailedEntryCount"] == 1
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == ["MalformedDetail"]


@scenario("events.put.too-large", feature="limits", aws="events:PutEvents")
def test_entries_that_are_too_large_are_refused(events: Any, bus: str, fresh: str) -> None:
    entry = _entry(bus, fresh, json.dumps({"payload": "p" * 1_100_000}))  # above the limit of 256 KB, and that of 1 MB
    assert refusal(events.put_events, Entries=[entry]) == INVALID


@scenario("events.put.no-bus", feature="event buses", aws="events:PutEvents")
def test_an_event_for_a_bus_that_is_not_there_is_accepted_and_lost(events: Any, name: str, fresh: str) -> None:
    answer = events.put_events(Entries=[_entry(name, fresh)])
    assert answer["FailedEntryCount"] == 0
    assert answer["Entries"][0].keys() == {"EventId"}


@scenario("events.put.bus-arn", feature="event buses", aws="events:PutEventsRequestEntry")
def test_a_bus_is_named_by_its_arn_too(aws: AwsClients, events: Any, bus: str, url: str, fresh: str) -> None:
    _rule(aws, bus, fresh)
    _target(aws, bus, fresh, Arn=queue_arn(aws, url))
    event_id = _put(aws, events.describe_event_bus(Name=bus)["Arn"], fresh)
    assert json.loads(receive(aws, url)[0]["Body"])["id"] == event_id


@scenario("events.targets.five", lane="control plane", feature="limits", aws="events:PutTargets")
def test_more_than_five_targets_are_refused(aws: AwsClients, events: Any, bus: str, url: str, fresh: str) -> None:
    _rule(aws, bus, fresh)
    targets = [{"Id": str(number), "Arn": queue_arn(aws, url)} for number in range(7)]
    found = refusal(events.put_targets, Rule=fresh, EventBusName=bus, Targets=targets)
    assert found == ("LimitExceededException", 400)


TRANSFORMER = {"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '{"a": <a>}'}


@scenario("events.targets.one-input", lane="control plane", feature="input", aws="events:PutTargets")
@pytest.mark.parametrize(
    "inputs",
    [{"InputPath": "$.detail", "InputTransformer": TRANSFORMER}, {"Input": "{}", "InputPath": "$.detail"}],
    ids=["path-and-transformer", "input-and-path"],
)
def test_inputs_exclude_each_other(
    aws: AwsClients, events: Any, bus: str, url: str, fresh: str, inputs: dict[str, Any]
) -> None:
    _rule(aws, bus, fresh)
    targets = [{"Id": "t", "Arn": queue_arn(aws, url), **inputs}]
    assert refusal(events.put_targets, Rule=fresh, EventBusName=bus, Targets=targets) == INVALID


@scenario("events.targets.wrong-id", lane="control plane", feature="error codes", aws="events:PutTargets")
@pytest.mark.parametrize("target", ["!@#$@!#$", "a" * 65], ids=["characters", "too-long"])
def test_a_targets_id_has_up_to_64_letters_digits_and_marks(
    aws: AwsClients, events: Any, bus: str, url: str, fresh: str, target: str
) -> None:
    _rule(aws, bus, fresh)
    targets = [{"Id": target, "Arn": queue_arn(aws, url)}]
    assert refusal(events.put_targets, Rule=fresh, EventBusName=bus, Targets=targets) == INVALID


@scenario("events.targets.replaced", lane="control plane", aws="events:PutTargets")
def test_a_target_put_again_replaces_the_one_before(
    aws: AwsClients, events: Any, bus: str, url: str, fresh: str
) -> None:
    _rule(aws, bus, fresh)
    for path in ("$.detail", "$.other"):
        _target(aws, bus, fresh, Arn=queue_arn(aws, url), InputPath=path)
    [found] = events.list_targets_by_rule(Rule=fresh, EventBusName=bus)["Targets"]
    assert found == {"Id": "t", "Arn": queue_arn(aws, url), "InputPath": "$.other"}


WRONG_SCHEDULES = {
    "rate-zero": "rate(0 minutes)",
    "rate-negative": "rate(-10 minutes)",
    "rate-singular": "rate(10 minute)",
    "rate-plural": "rate(1 hours)",
    "rate-unit": "rate(10 seconds)",
    "cron-both-days": "cron(0 1 * * * *)",
    "cron-minute": "cron(71 8 1 * ? *)",
    "cron-words": "cron(INVALID)",
}


@scenario("events.schedules.wrong", lane="control plane", feature="schedules", aws="events:PutRule")
@pytest.mark.parametrize("schedule", WRONG_SCHEDULES.values(), ids=WRONG_SCHEDULES)
def test_a_schedule_that_is_none_is_refused(events: Any, name: str, cleanup: Cleanup, schedule: str) -> None:
    cleanup(events.delete_rule, Name=name)
    assert refusal(events.put_rule, Name=name, ScheduleExpression=schedule, State="DISABLED") == INVALID


@scenario("events.target.stream", aws="events:KinesisParameters")
def test_a_stream_gets_the_event_under_the_key_that_the_target_names(
    aws: AwsClients, cleanup: Cleanup, bus: str, fresh: str
) -> None:
    stream = a_stream(aws, new_name(), cleanup)
    arn = aws.client("kinesis").describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    allowed = {"Action": ["kinesis:PutRecord", "kinesis:PutRecords"], "Resource": arn}
    role = a_role(aws, new_name(), cleanup, "events", allowed)
    _rule(aws, bus, fresh)
    _target(aws, bus, fresh, Arn=arn, RoleArn=role, KinesisParameters={"PartitionKeyPath": "$.source"})
    event_id = _put(aws, bus, fresh)
    [record] = read(aws, stream, fresh, 1)
    assert json.loads(record["Data"])["id"] == event_id


@scenario("events.target.log-group", aws="events-guide:eb-use-resource-based")
def test_a_log_group_gets_the_event(aws: AwsClients, cleanup: Cleanup, logs: Any, bus: str, fresh: str) -> None:
    group = a_log_group(aws, f"/aws/events/{new_name()}", cleanup)
    arn = f"arn:aws:logs:{aws.region}:{account(aws)}:log-group:{group}"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    allowed = {"Principal": {"Service": "events.amazonaws.com"}, "Action": actions, "Resource": f"{arn}:*"}
    logs.put_resource_policy(policyName=fresh, policyDocument=policy(allowed))
    cleanup(logs.delete_resource_policy, policyName=fresh)
    _rule(aws, bus, fresh)
    _target(aws, bus, fresh, Arn=arn)
    event_id = _put(aws, bus, fresh)
    found = wait_for("the event", lambda: logs.filter_log_events(logGroupName=group)["events"], bool, SECONDS)
    assert [json.loads(one["message"])["id"] for one in found] == [event_id]


@scenario("events.target.bus", feature="event buses", aws="events-guide:eb-bus-to-bus")
def test_another_bus_gets_the_event_and_its_rules_go_on(
    aws: AwsClients, cleanup: Cleanup, events: Any, bus: str, fresh: str
) -> None:
    other = a_bus(aws, new_name(), cleanup)
    arn = events.describe_event_bus(Name=other)["Arn"]
    role = a_role(aws, new_name(), cleanup, "events", {"Action": "events:PutEvents", "Resource": arn})
    _rule(aws, bus, fresh)
    _target(aws, bus, fresh, Arn=arn, RoleArn=role)
    _rule(aws, other, fresh)
    url = a_queue_for(aws, rules_of(aws, other), cleanup)
    _target(aws, other, fresh, Arn=queue_arn(aws, url))
    _put(aws, bus, fresh)
    event = json.loads(receive(aws, url, seconds=SECONDS)[0]["Body"])
    assert (event["source"], event["detail"]) == (fresh, {"a": 1})
