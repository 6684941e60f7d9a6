"""CloudWatch Logs: groups and what is set on them, streams, events in order, filters."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_log_group
from tests.conformance.refusing import refusal

pytestmark = scenario(service="logs", lane="control plane")


@pytest.fixture
def group(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return a_log_group(aws, name, cleanup, tags={"owner": name})


def described(logs: Any, group: str) -> dict[str, Any]:
    found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return dict(next(one for one in found if one["logGroupName"] == group))


def put(logs: Any, group: str, *messages: str) -> int:
    """Puts the messages on the stream `one`, a millisecond apart; the first one's time."""
    begin = int(datetime.now(UTC).timestamp() * 1000) - 1000
    events = [{"timestamp": begin + place, "message": message} for place, message in enumerate(messages)]
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)
    return begin


@scenario("logs.groups.exists", feature="error codes", aws="logs:CreateLogGroup")
def test_a_groups_name_is_given_once(logs: Any, group: str) -> None:
    assert refusal(logs.create_log_group, logGroupName=group) == ("ResourceAlreadyExistsException", 400)


@scenario("logs.groups.not-found", feature="error codes", aws="logs:DescribeLogStreams")
@pytest.mark.parametrize(
    "operation", ["describe_log_streams", "delete_log_group", "filter_log_events", "delete_retention_policy"]
)
def test_a_group_that_is_not_there_is_not_found(logs: Any, name: str, operation: str) -> None:
    assert refusal(getattr(logs, operation), logGroupName=name) == ("ResourceNotFoundException", 400)


@scenario("logs.retention.life", feature="retention", aws="logs:PutRetentionPolicy")
def test_retention_is_unlimited_until_it_is_put_and_again_when_it_is_deleted(logs: Any, group: str) -> None:
    assert "retentionInDays" not in described(logs, group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)
    assert described(logs, group)["retentionInDays"] == 30
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in described(logs, group)


@scenario("logs.retention.days", feature="validation", aws="logs:PutRetentionPolicy")
def test_retention_is_of_certain_numbers_of_days_only(logs: Any, group: str) -> None:
    refused = refusal(logs.put_retention_policy, logGroupName=group, retentionInDays=31)
    assert refused == ("InvalidParameterException", 400)


@scenario("logs.events.order", feature="log events", lane="data plane", aws="logs:GetLogEvents")
def test_events_are_read_in_the_order_of_their_times_each_as_it_was_put(logs: Any, group: str) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    messages = ["begin", '{"isin": "US0378331005"}', "ümlaut → end"]
    begin = put(logs, group, *messages)
    found = logs.get_log_events(logGroupName=group, logStreamName="one", startFromHead=True)["events"]
    assert [(one["timestamp"], one["message"]) for one in found] == [
        (begin + place, text) for place, text in enumerate(messages)
    ]


@scenario("logs.events.filter", feature="filter patterns", lane="data plane", aws="logs-guide:FilterAndPatternSyntax")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("ERROR", [1]), ("disk low", [0]), ("?ERROR ?disk", [0, 1]), ('"low disk"', [0]), ('{ $.code = "late" }', [2]), ("-ERROR -disk", [2])],
    ids=["term", "both", "either", "phrase", "json", "none-of"],
)  # fmt: skip
def test_a_filter_pattern_finds_what_it_describes(logs: Any, group: str, pattern: str, expected: list[int]) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    messages = ["low disk", "low ERROR of a feed", '{"code": "late"}']
    put(logs, group, *messages)
    found = logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
    assert [one["message"] for one in found] == [messages[place] for place in expected]


@scenario("logs.events.no-stream", feature="error codes", lane="data plane", aws="logs:PutLogEvents")
def test_events_for_a_stream_that_is_not_there_are_refused(logs: Any, group: str) -> None:
    events = [{"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "x"}]
    refused = refusal(logs.put_log_events, logGroupName=group, logStreamName="none", logEvents=events)
    assert refused == ("ResourceNotFoundException", 400)


@scenario("logs.streams.exists", feature="error codes", aws="logs:CreateLogStream")
def test_a_streams_name_is_given_once_in_a_group(logs: Any, group: str) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    refused = refusal(logs.create_log_stream, logGroupName=group, logStreamName="one")
    assert refused == ("ResourceAlreadyExistsException", 400)


@scenario("logs.metrics.filter", feature="metric filters", aws="logs:PutMetricFilter")
def test_a_metric_filter_is_described_until_it_is_deleted(logs: Any, group: str) -> None:
    transformation = {"metricName": "Quarantined", "metricNamespace": "Conformance", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=group, filterName="one", filterPattern="quarantined", metricTransformations=[transformation]
    )
    [found] = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert (found["filterName"], found["filterPattern"]) == ("one", "quarantined")
    assert transformation.items() <= found["metricTransformations"][0].items()
    logs.delete_metric_filter(logGroupName=group, filterName="one")
    assert logs.describe_metric_filters(logGroupName=group)["metricFilters"] == []
