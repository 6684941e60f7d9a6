"""What a target of a rule gets, and what becomes of an event that cannot be delivered."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.invocations import Witness
from tests.conformance.makers import Cleanup, a_bus, a_queue, a_topic, let_send, new_name, policy, queue_arn
from tests.conformance.receiving import receive, receive_once

pytestmark = scenario(service="events", lane="data plane", feature="targets", aws="events:Target")


@pytest.fixture(scope="module")
def bus(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bus(aws, new_name(), module_cleanup)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup)


def _rule(aws: AwsClients, bus: str, fresh: str, **options: Any) -> str:
    """A rule for events of the source `fresh`; its ARN."""
    pattern = json.dumps({"source": [fresh]})
    answer = aws.client("events").put_rule(Name=fresh, EventBusName=bus, EventPattern=pattern, **options)
    return str(answer["RuleArn"])


def _target(aws: AwsClients, bus: str, fresh: str, url: str, **options: Any) -> None:
    """The rule `fresh` sends to the queue."""
    let_send(aws, url, "events.amazonaws.com", _rule(aws, bus, fresh))
    _put_target(aws, bus, fresh, Arn=queue_arn(aws, url), **options)


def _put_target(aws: AwsClients, bus: str, fresh: str, **target: Any) -> None:
    answer = aws.client("events").put_targets(Rule=fresh, EventBusName=bus, Targets=[{"Id": "t", **target}])
    assert answer["FailedEntryCount"] == 0


def _put(aws: AwsClients, bus: str, fresh: str, detail: Any, **options: Any) -> str:
    """Puts one event; its id."""
    entry = {"EventBusName": bus, "Source": fresh, "DetailType": "kind", "Detail": json.dumps(detail), **options}
    return str(aws.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"])


@scenario("events.target.envelope", aws="events-guide:eb-events-structure")
def test_a_target_gets_the_whole_event(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, url)
    event_id = _put(aws, bus, fresh, {"a": "Grüße", "n": [1.5, None]}, Resources=["arn:r"])
    event = json.loads(receive(aws, url)[0]["Body"])
    expected = {
        "version": "0",
        "id": event_id,
        "source": fresh,
        "detail-type": "kind",
        "region": aws.region,
        "resources": ["arn:r"],
        "detail": {"a": "Grüße", "n": [1.5, None]},
    }
    assert {name: event.get(name) for name in expected} == expected
    assert event["account"] == queue_arn(aws, url).split(":")[4]


@scenario("events.target.given-time", aws="events:PutEventsRequestEntry")
def test_an_event_keeps_the_time_that_it_was_given(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, url)
    _put(aws, bus, fresh, {}, Time=datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
    assert json.loads(receive(aws, url)[0]["Body"])["time"] == "2026-03-01T12:30:00Z"


@scenario("events.target.time", aws="events:PutEventsRequestEntry")
def test_an_event_without_time_has_that_of_its_putting(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, url)
    _put(aws, bus, fresh, {})
    time = datetime.fromisoformat(json.loads(receive(aws, url)[0]["Body"])["time"])
    assert abs(datetime.now(UTC) - time) < timedelta(minutes=1)


@scenario("events.target.input-path", feature="input", aws="events-guide:eb-transform-target-input")
@pytest.mark.parametrize(
    ("path", "expected"),
    [("$.detail", {"a": {"b": [1, 2]}}), ("$.detail.a.b", [1, 2]), ("$.detail-type", "kind")],
)
def test_a_target_gets_the_part_that_its_path_names(
    aws: AwsClients, bus: str, url: str, fresh: str, path: str, expected: Any
) -> None:
    _target(aws, bus, fresh, url, InputPath=path)
    _put(aws, bus, fresh, {"a": {"b": [1, 2]}})
    assert json.loads(receive(aws, url)[0]["Body"]) == expected


@scenario("events.target.input", feature="input")
def test_a_target_gets_its_constant_input(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, url, Input='{"constant": true}')
    _put(aws, bus, fresh, {"a": 1})
    assert json.loads(receive(aws, url)[0]["Body"]) == {"constant": True}


@scenario("events.target.transformer", feature="input", aws="events-guide:eb-transform-target-input")
def test_a_transformer_fills_its_template(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    transformer = {
        "InputPathsMap": {"id": "$.detail.id", "n": "$.detail.n", "missing": "$.detail.missing"},
        "InputTemplate": '{"event": <id>, "text": "event <id>", "number": <n>, "rule": <aws.events.rule-name>}',
    }
    _target(aws, bus, fresh, url, InputTransformer=transformer)
    _put(aws, bus, fresh, {"id": "EVT-1", "n": 12})
    assert json.loads(receive(aws, url)[0]["Body"]) == {
        "event": "EVT-1",
        "text": "event EVT-1",
        "number": 12,
        "rule": fresh,
    }


@scenario("events.target.transformer-text", feature="input", aws="events-guide:eb-transform-target-input")
def test_a_transformer_makes_plain_text(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    transformer = {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '"<id> is final"'}
    _target(aws, bus, fresh, url, InputTransformer=transformer)
    _put(aws, bus, fresh, {"id": "EVT-1"})
    assert receive(aws, url)[0]["Body"] == '"EVT-1 is final"'


@scenario("events.target.fifo-queue", aws="events:SqsParameters")
def test_a_fifo_queue_gets_events_in_the_group_that_the_target_names(
    aws: AwsClients, cleanup: Cleanup, bus: str, fresh: str
) -> None:
    url = a_queue(
        aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )
    _target(aws, bus, fresh, url, SqsParameters={"MessageGroupId": "group-7"})
    _put(aws, bus, fresh, {"a": 1})
    assert receive(aws, url)[0]["Attributes"]["MessageGroupId"] == "group-7"


@scenario("events.target.topic", aws="events-guide:eb-use-resource-based")
def test_a_topic_publishes_the_event(
    aws: AwsClients, cleanup: Cleanup, sns: Any, bus: str, url: str, fresh: str
) -> None:
    arn = a_topic(aws, new_name(), cleanup)
    let_send(aws, url, "sns.amazonaws.com", arn)
    endpoint, raw = queue_arn(aws, url), {"RawMessageDelivery": "true"}
    subscribed = sns.subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=endpoint, Attributes=raw, ReturnSubscriptionArn=True
    )
    allowed = policy({"Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": arn})
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=allowed)
    _rule(aws, bus, fresh)
    _put_target(aws, bus, fresh, Arn=arn)
    event_id = _put(aws, bus, fresh, {"a": 1})
    assert json.loads(receive(aws, url)[0]["Body"])["id"] == event_id
    sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])


@scenario("events.target.each", feature="rules", aws="events-guide:eb-rules")
def test_each_rule_that_matches_sends_the_event_once_to_each_target(
    aws: AwsClients, cleanup: Cleanup, bus: str, url: str, fresh: str
) -> None:
    second = a_queue(aws, new_name(), cleanup)
    _target(aws, bus, fresh, url)
    _target(aws, bus, f"{fresh}-other", second)
    pattern = json.dumps({"source": [fresh]})
    aws.client("events").put_rule(Name=f"{fresh}-other", EventBusName=bus, EventPattern=pattern)
    ids = {_put(aws, bus, fresh, {"n": number}) for number in range(3)}
    for one in (url, second):
        assert sorted(json.loads(message["Body"])["id"] for message in receive(aws, one, 3)) == sorted(ids)
        assert receive_once(aws, one, wait=0) == []


@scenario("events.rule.disabled", feature="rules", aws="events:DisableRule")
def test_a_disabled_rule_sends_nothing_until_it_is_enabled(
    aws: AwsClients, events: Any, bus: str, url: str, fresh: str
) -> None:
    _target(aws, bus, fresh, url, InputPath="$.detail")
    events.disable_rule(Name=fresh, EventBusName=bus)
    assert events.describe_rule(Name=fresh, EventBusName=bus)["State"] == "DISABLED"
    _put(aws, bus, fresh, {"when": "disabled"})
    events.enable_rule(Name=fresh, EventBusName=bus)
    _put(aws, bus, fresh, {"when": "enabled"})
    assert [json.loads(message["Body"])["when"] for message in receive(aws, url)] == ["enabled"]


@scenario("events.rule.other-bus", feature="event buses", aws="events-guide:eb-event-bus")
def test_an_event_of_another_bus_does_not_reach_a_rule(
    aws: AwsClients, cleanup: Cleanup, bus: str, url: str, fresh: str
) -> None:
    _target(aws, bus, fresh, url, InputPath="$.detail")
    other = a_bus(aws, new_name(), cleanup)
    _put(aws, other, fresh, {"bus": "other"})
    _put(aws, bus, fresh, {"bus": "own"})
    assert [json.loads(message["Body"])["bus"] for message in receive(aws, url)] == ["own"]


@scenario("events.target.dead-letter", lane="resilience", feature="dead letters", aws="events-guide:eb-rule-dlq")
def test_an_event_whose_target_is_gone_goes_to_the_dead_letter_queue(
    aws: AwsClients, cleanup: Cleanup, bus: str, fresh: str
) -> None:
    dead = a_queue(aws, new_name(), cleanup)
    let_send(aws, dead, "events.amazonaws.com", _rule(aws, bus, fresh))
    gone = f"{queue_arn(aws, dead)}-{new_name()}"
    _put_target(aws, bus, fresh, Arn=gone, DeadLetterConfig={"Arn": queue_arn(aws, dead)})
    event_id = _put(aws, bus, fresh, {"a": 1})
    [message] = receive(aws, dead, seconds=6)
    assert json.loads(message["Body"])["id"] == event_id
    attributes = message["MessageAttributes"]
    assert {"RULE_ARN", "TARGET_ARN", "ERROR_CODE", "ERROR_MESSAGE"} <= attributes.keys()
    assert attributes["TARGET_ARN"]["StringValue"] == gone


@scenario(
    "events.target.queue-policy", lane="security", feature="resource policy", aws="events-guide:eb-use-resource-based"
)
def test_a_queue_whose_policy_does_not_let_the_rule_send_gets_nothing(
    aws: AwsClients, cleanup: Cleanup, bus: str, url: str, fresh: str
) -> None:
    closed = a_queue(aws, new_name(), cleanup)
    _target(aws, bus, fresh, url)
    targets = [{"Id": "closed", "Arn": queue_arn(aws, closed)}]
    aws.client("events").put_targets(Rule=fresh, EventBusName=bus, Targets=targets)
    event_id = _put(aws, bus, fresh, {"a": 1})
    assert [json.loads(message["Body"])["id"] for message in receive(aws, url)] == [event_id]
    assert receive_once(aws, closed) == []


@scenario("events.target.function", feature="targets", aws="events-guide:eb-use-resource-based")
def test_a_function_is_invoked_with_the_event(aws: AwsClients, bus: str, teller: Witness, fresh: str) -> None:
    rule, client = _rule(aws, bus, fresh), aws.client("lambda")
    statement = {"Principal": "events.amazonaws.com", "SourceArn": rule, "Action": "lambda:InvokeFunction"}
    client.add_permission(FunctionName=teller.name, StatementId=fresh, **statement)
    arn = client.get_function_configuration(FunctionName=teller.name)["FunctionArn"]
    _put_target(aws, bus, fresh, Arn=arn, InputPath="$.detail")
    try:
        body = json.dumps({"id": fresh})
        _put(aws, bus, fresh, {"Records": [{"eventSourceARN": fresh, "messageId": "1", "body": body}]})
        assert teller.ids(fresh, 1) == [fresh]
    finally:
        client.remove_permission(FunctionName=teller.name, StatementId=fresh)
