"""CloudWatch Logs: groups and what is set on them, streams, events in order, filters."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_log_group
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="logs", lane="control plane")


@pytest.fixture
def group(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return a_log_group(aws, name, cleanup, tags={"owner": name})


def described(logs: Any, group: str) -> dict[str, Any]:
    found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return dict(next(one for one in found if one["logGroupName"] == group))


def put(logs: Any, group: str, *messages: str) -> list[tuple[int, str]]:
    """Put the messages on a new stream `one`, a millisecond apart, and return (time, message) of each."""
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    begin = int(datetime.now(UTC).timestamp() * 1000) - 1000
    events = [{"timestamp": begin + place, "message": message} for place, message in enumerate(messages)]
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)
    return [(begin + place, message) for place, message in enumerate(messages)]


def read(logs: Any, group: str) -> list[tuple[int, str]]:
    """Return (time, message) of the stream's events from its head."""
    found = logs.get_log_events(logGroupName=group, logStreamName="one", startFromHead=True)["events"]
    return [(event["timestamp"], event["message"]) for event in found]


def filtered(logs: Any, group: str, **pattern: str) -> list[str]:
    return [event["message"] for event in logs.filter_log_events(logGroupName=group, **pattern)["events"]]


@scenario("logs.groups.exists", feature="error codes", aws="logs:CreateLogGroup")
def test_a_groups_name_is_given_once(logs: Any, group: str) -> None:
    assert refusal(logs.create_log_group, logGroupName=group) == ("ResourceAlreadyExistsException", 400)


@scenario("logs.groups.not-found", feature="error codes")
@each_operation("logs", "describe_log_streams", "delete_log_group", "filter_log_events", "delete_retention_policy")
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
    messages = ["begin", '{"isin": "US0378331005"}', "ümlaut → end"]
    put(logs, group, *messages)
    await_answer(messages, lambda: [message for _, message in read(logs, group)])


@scenario("logs.events.timestamp", feature="log events", lane="data plane", aws="logs:OutputLogEvent")
def test_an_event_has_the_time_that_it_was_put_with(logs: Any, group: str) -> None:
    await_answer(put(logs, group, "begin", "end"), read, logs, group)


@scenario("logs.events.filter", feature="filter patterns", lane="data plane", aws="logs-guide:FilterAndPatternSyntax")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("ERROR", [1]), ("disk low", [0]), ("?ERROR ?disk", [0, 1]), ('"low disk"', [0]), ('{ $.code = "late" }', [2]), ("-ERROR -disk", [2])],
    ids=["term", "both", "either", "phrase", "json", "none-of"],
)  # fmt: skip
def test_a_filter_pattern_finds_what_it_describes(logs: Any, group: str, pattern: str, expected: list[int]) -> None:
    messages = ["low disk", "low ERROR of a feed", '{"code": "late"}']
    put(logs, group, *messages)
    await_answer(messages, filtered, logs, group)
    assert filtered(logs, group, filterPattern=pattern) == [messages[place] for place in expected]


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


@pytest.fixture
def transformation(logs: Any, group: str) -> dict[str, str]:
    """What the metric filter `one` of the group makes of an event."""
    given = {"metricName": "Quarantined", "metricNamespace": "Conformance", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName=group, filterName="one", filterPattern="quarantined", metricTransformations=[given]
    )
    return given


@scenario("logs.metrics.filter", feature="metric filters", aws="logs:PutMetricFilter")
def test_a_metric_filter_is_described_as_it_was_put(logs: Any, group: str, transformation: dict[str, str]) -> None:
    [found] = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert (found["filterName"], found["filterPattern"]) == ("one", "quarantined")
    assert transformation.items() <= found["metricTransformations"][0].items()


@pytest.mark.usefixtures("transformation")
@scenario("logs.metrics.deleted", feature="metric filters", aws="logs:DeleteMetricFilter")
def test_a_metric_filter_is_gone_once_it_is_deleted(logs: Any, group: str) -> None:
    assert len(logs.describe_metric_filters(logGroupName=group)["metricFilters"]) == 1
    logs.delete_metric_filter(logGroupName=group, filterName="one")
    await_answer([], lambda: logs.describe_metric_filters(logGroupName=group)["metricFilters"])
