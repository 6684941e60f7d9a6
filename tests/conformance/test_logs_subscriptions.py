"""Subscription filters, a function's own log, and events that are rejected or found by their words."""

import gzip
import json
import time
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import (
    Cleanup,
    a_function,
    a_log_group,
    a_role,
    a_stream,
    await_role,
    new_name,
    require_runs,
)
from tests.conformance.reading import records_from
from tests.conformance.refusing import refusal

pytestmark = scenario(service="logs", lane="data plane", feature="events", aws="logs:PutLogEvents")
INVALID, MISSING = ("InvalidParameterException", 400), ("ResourceNotFoundException", 400)
HOUR = 3_600_000
SECONDS = 20


@pytest.fixture
def group(aws: AwsClients, logs: Any, name: str, cleanup: Cleanup) -> str:
    """A group with the stream `one`."""
    made = a_log_group(aws, name, cleanup)
    logs.create_log_stream(logGroupName=made, logStreamName="one")
    return made


def _event(message: str, ago: int = 0) -> dict[str, Any]:
    return {"timestamp": int(time.time() * 1000) - ago, "message": message}


def _put(logs: Any, group: str, *events: dict[str, Any]) -> dict[str, Any]:
    return dict(logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=list(events)))


def _found(logs: Any, group: str, count: int, **filters: Any) -> list[dict[str, Any]]:
    return wait_for(
        f"{count} events",
        lambda: list(logs.filter_log_events(logGroupName=group, **filters)["events"]),
        lambda found: len(found) >= count,
        SECONDS,
    )


@scenario("logs.subscriptions.stream", feature="subscription filters", aws="logs:PutSubscriptionFilter")
def test_a_stream_gets_the_events_of_a_subscription_compressed(
    aws: AwsClients, logs: Any, cleanup: Cleanup, group: str
) -> None:
    stream = a_stream(aws, new_name(), cleanup)
    arn = aws.client("kinesis").describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    role = a_role(aws, new_name(), cleanup, "logs", {"Action": "kinesis:PutRecord", "Resource": arn})
    asked = {"logGroupName": group, "filterName": "all", "filterPattern": "", "destinationArn": arn, "roleArn": role}
    await_role(logs.put_subscription_filter, seconds=SECONDS, **asked)
    _put(logs, group, _event("first"), _event("second"))
    shard = aws.client("kinesis").list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    observe = records_from(aws, stream, shard, ShardIteratorType="TRIM_HORIZON")

    def said() -> list[dict[str, Any]]:
        documents = [json.loads(gzip.decompress(record["Data"])) for record in observe()]
        return [one for one in documents if one["messageType"] == "DATA_MESSAGE"]  # and not AWS's health checks

    [document] = wait_for("the events", said, bool, SECONDS)
    assert (document["logGroup"], document["logStream"], document["subscriptionFilters"]) == (group, "one", ["all"])
    assert [event["message"] for event in document["logEvents"]] == ["first", "second"]


@pytest.fixture(scope="module")
def function(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """ARN of a function that any log group may invoke."""
    client, name = aws.client("lambda"), a_function(aws, new_name(), module_cleanup)
    principal = f"logs.{aws.region}.amazonaws.com"
    client.add_permission(FunctionName=name, StatementId="logs", Principal=principal, Action="lambda:InvokeFunction")
    return str(client.get_function_configuration(FunctionName=name)["FunctionArn"])


def _subscription(group: str, function: str, name: str, pattern: str = "") -> dict[str, str]:
    return {"logGroupName": group, "filterName": name, "filterPattern": pattern, "destinationArn": function}


@scenario(
    "logs.subscriptions.replaced",
    feature="subscription filters",
    lane="control plane",
    aws="logs:PutSubscriptionFilter",
)
def test_a_subscription_put_again_is_replaced(logs: Any, group: str, function: str) -> None:
    for pattern in ("", "[]"):
        logs.put_subscription_filter(**_subscription(group, function, "one", pattern))
    [found] = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    expected = {**_subscription(group, function, "one", "[]"), "distribution": "ByLogStream"}
    assert {name: found.get(name) for name in expected} == expected


@scenario("logs.subscriptions.two", feature="limits", lane="control plane", aws="logs:PutSubscriptionFilter")
def test_a_third_subscription_of_a_group_is_refused(logs: Any, group: str, function: str) -> None:
    for name in ("one", "two"):
        logs.put_subscription_filter(**_subscription(group, function, name))
    third = _subscription(group, function, "three")
    assert refusal(logs.put_subscription_filter, **third) == ("LimitExceededException", 400)


@scenario("logs.subscriptions.no-role", feature="error codes", lane="control plane", aws="logs:PutSubscriptionFilter")
def test_a_stream_without_a_role_is_refused(aws: AwsClients, logs: Any, group: str, name: str) -> None:
    arn = f"arn:aws:kinesis:{aws.region}:123456789012:stream/{name}"
    assert refusal(logs.put_subscription_filter, **_subscription(group, arn, "one")) == INVALID


@scenario(
    "logs.subscriptions.missing", feature="error codes", lane="control plane", aws="logs:DeleteSubscriptionFilter"
)
@pytest.mark.parametrize("what", ["group", "filter"])
def test_a_subscription_that_is_not_there_is_not_found(logs: Any, group: str, what: str) -> None:
    asked = {"logGroupName": f"{group}-none" if what == "group" else group, "filterName": "none"}
    assert refusal(logs.delete_subscription_filter, **asked) == MISSING


@scenario("logs.functions.own", feature="logs of functions", aws="lambda-guide:monitoring-cloudwatchlogs")
def test_a_functions_own_group_has_what_it_said_between_start_and_end(
    aws: AwsClients, logs: Any, cleanup: Cleanup
) -> None:
    require_runs(aws, "lambda")
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    role = a_role(aws, new_name(), cleanup, "lambda", {"Action": actions})
    source = 'def handle(event, context):\n    print("entitled 12 holders")\n'
    name = a_function(aws, new_name(), cleanup, source, Role=role)
    group = f"/aws/lambda/{name}"
    cleanup(logs.delete_log_group, logGroupName=group)
    aws.client("lambda").invoke(FunctionName=name)

    def messages() -> list[str]:
        if refusal(logs.filter_log_events, logGroupName=group) == MISSING:
            return []
        return [event["message"].strip() for event in logs.filter_log_events(logGroupName=group)["events"]]

    said = wait_for("the log", messages, lambda lines: any(line.startswith("REPORT") for line in lines), SECONDS)
    kinds = [line.partition(" ")[0] for line in said]
    assert [kind for kind in kinds if kind in {"START", "END"}] == ["START", "END"]
    start, end = kinds.index("START"), kinds.index("END")
    assert "entitled 12 holders" in said[start:end]
    request = said[start].split()[2]
    assert (said[start].split()[1], said[end].split()[1:3]) == ("RequestId:", ["RequestId:", request])


@scenario("logs.events.ids", aws="logs:FilteredLogEvent")
def test_each_event_found_has_an_id_of_its_own(logs: Any, group: str) -> None:
    _put(logs, group, *(_event("same") for _ in range(3)))
    found = _found(logs, group, 3)
    assert len({event["eventId"] for event in found}) == 3
    assert {event["logStreamName"] for event in found} == {"one"}


@scenario("logs.events.wrong-order", feature="error codes")
def test_events_that_are_not_in_their_order_are_refused(logs: Any, group: str) -> None:
    asked = {"logGroupName": group, "logStreamName": "one", "logEvents": [_event("b"), _event("a", 1000)]}
    assert refusal(logs.put_log_events, **asked) == INVALID


@scenario("logs.events.rejected")
@pytest.mark.parametrize(
    ("ago", "said"),
    [(30 * 24 * HOUR, "tooOldLogEventEndIndex"), (-24 * HOUR, "tooNewLogEventStartIndex")],
    ids=["too-old", "too-new"],
)
def test_an_event_out_of_time_is_rejected_in_the_answer(logs: Any, group: str, ago: int, said: str) -> None:
    assert said in _put(logs, group, _event("late", ago)).get("rejectedLogEventsInfo", {})


@scenario("logs.events.limit", feature="limits", aws="logs:GetLogEvents")
def test_more_than_ten_thousand_events_are_not_asked_for(logs: Any, group: str) -> None:
    assert refusal(logs.get_log_events, logGroupName=group, logStreamName="one", limit=10001) == INVALID


@scenario("logs.events.wrong-token", feature="error codes", aws="logs:GetLogEvents")
@pytest.mark.parametrize("operation", ["get_log_events", "filter_log_events"])
def test_a_token_that_is_none_is_refused(logs: Any, group: str, operation: str) -> None:
    asked = {"logGroupName": group, "nextToken": "none"}
    if operation == "get_log_events":
        asked["logStreamName"] = "one"
    assert refusal(getattr(logs, operation), **asked) == INVALID


@scenario("logs.filters.json", feature="filter patterns", aws="logs-guide:FilterAndPatternSyntaxForLogs")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{ $.n > 1 }", [2, 3]),
        ('{ ($.level = "info") && ($.n = 3) }', [3]),
        ("{ $.at.place EXISTS }", [3]),
    ],
    ids=["number", "and", "exists"],
)
def test_a_pattern_finds_documents_by_their_fields(logs: Any, group: str, pattern: str, expected: list[int]) -> None:
    said: list[dict[str, Any]] = [
        {"n": 1, "level": "info"},
        {"n": 2, "level": "error"},
        {"n": 3, "level": "info", "at": {"place": "DTC"}},
    ]
    _put(logs, group, *(_event(json.dumps(one)) for one in said))
    _found(logs, group, len(said))
    assert [json.loads(event["message"])["n"] for event in _found(logs, group, 0, filterPattern=pattern)] == expected
