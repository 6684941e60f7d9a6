"""What a target of a rule gets, and what becomes of an event that cannot be delivered."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.invocations import Witness, batches
from tests.conformance.makers import (
    RAW,
    Cleanup,
    a_bus,
    a_queue,
    a_queue_for,
    a_topic,
    account,
    new_name,
    policy,
    queue_arn,
    rules_of,
    subscribe,
)
from tests.conformance.receiving import Message, await_silence, bodies, is_each_once, receive, receive_once, send_until

pytestmark = scenario(service="events", lane="data plane", feature="targets", aws="events:Target")


@pytest.fixture(scope="module")
def bus(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bus(aws, new_name(), module_cleanup)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup, bus: str) -> str:
    return a_queue_for(aws, rules_of(aws, bus), cleanup)


def _rule(aws: AwsClients, bus: str, name: str, source: str) -> str:
    """Put a rule for the events of a source; return its ARN."""
    pattern = json.dumps({"source": [source]})
    return str(aws.client("events").put_rule(Name=name, EventBusName=bus, EventPattern=pattern)["RuleArn"])


def _target(aws: AwsClients, bus: str, fresh: str, target_arn: str, name: str = "", **options: Any) -> None:
    """Let the rule `name`, else `fresh`, send the events of the source `fresh` to the target."""
    _rule(aws, bus, name or fresh, fresh)
    targets = [{"Id": "t", "Arn": target_arn, **options}]
    answer = aws.client("events").put_targets(Rule=name or fresh, EventBusName=bus, Targets=targets)
    assert answer["FailedEntryCount"] == 0


def _put(aws: AwsClients, bus: str, fresh: str, detail: Any, **options: Any) -> str:
    """Put one event of the source `fresh` and return its id."""
    entry = {"EventBusName": bus, "Source": fresh, "DetailType": "kind", "Detail": json.dumps(detail), **options}
    return str(aws.client("events").put_events(Entries=[entry])["Entries"][0]["EventId"])


def _delivered(aws: AwsClients, bus: str, fresh: str, url: str, detail: Any, **options: Any) -> tuple[list[str], Any]:
    """Put an event until the queue has it; return the ids of the events put, and what the first message says."""
    ids, messages = send_until(aws, url, lambda: _put(aws, bus, fresh, detail, **options))
    return ids, json.loads(messages[0]["Body"])


@scenario("events.target.envelope", aws="events-guide:eb-events-structure")
def test_a_target_gets_the_whole_event(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, queue_arn(aws, url))
    detail = {"a": "Grüße", "n": [1.5, None]}
    ids, event = _delivered(aws, bus, fresh, url, detail, Resources=["arn:r"])
    expected = {
        "version": "0",
        "source": fresh,
        "detail-type": "kind",
        "region": aws.region,
        "resources": ["arn:r"],
        "detail": detail,
    }
    assert {name: event.get(name) for name in expected} == expected
    assert event.get("id") in ids
    assert event["account"] == queue_arn(aws, url).split(":")[4]


@scenario("events.target.given-time", aws="events:PutEventsRequestEntry")
def test_an_event_keeps_the_time_that_it_was_given(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, queue_arn(aws, url))
    _, event = _delivered(aws, bus, fresh, url, {}, Time=datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
    assert event["time"] == "2026-03-01T12:30:00Z"


@scenario("events.target.time", aws="events:PutEventsRequestEntry")
def test_an_event_without_time_has_that_of_its_putting(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, queue_arn(aws, url))
    time = datetime.fromisoformat(_delivered(aws, bus, fresh, url, {})[1]["time"])
    assert abs(datetime.now(UTC) - time) < timedelta(minutes=1)


@scenario("events.target.input-path", feature="input", aws="events-guide:eb-transform-target-input")
@pytest.mark.parametrize(
    ("path", "expected"),
    [("$.detail", {"a": {"b": [1, 2]}}), ("$.detail.a.b", [1, 2]), ("$.detail-type", "kind")],
)
def test_a_target_gets_the_part_that_its_path_names(
    aws: AwsClients, bus: str, url: str, fresh: str, path: str, expected: Any
) -> None:
    _target(aws, bus, fresh, queue_arn(aws, url), InputPath=path)
    assert _delivered(aws, bus, fresh, url, {"a": {"b": [1, 2]}})[1] == expected


@scenario("events.target.input", feature="input")
def test_a_target_gets_its_constant_input(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    _target(aws, bus, fresh, queue_arn(aws, url), Input='{"constant": true}')
    assert _delivered(aws, bus, fresh, url, {"a": 1})[1] == {"constant": True}


@scenario("events.target.transformer", feature="input", aws="events-guide:eb-transform-target-input")
def test_a_transformer_fills_its_template(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    transformer = {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '{"event": <id>, "text": "event <id>"}'}
    _target(aws, bus, fresh, queue_arn(aws, url), InputTransformer=transformer)
    assert _delivered(aws, bus, fresh, url, {"id": "EVT-1"})[1] == {"event": "EVT-1", "text": "event EVT-1"}


@scenario("events.target.transformer-values", feature="input", aws="events-guide:eb-transform-target-input")
def test_a_transformer_keeps_a_number_and_knows_its_rule(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    template = '{"number": <n>, "rule": <aws.events.rule-name>}'
    transformer = {"InputPathsMap": {"n": "$.detail.n", "missing": "$.detail.missing"}, "InputTemplate": template}
    _target(aws, bus, fresh, queue_arn(aws, url), InputTransformer=transformer)
    assert _delivered(aws, bus, fresh, url, {"n": 12})[1] == {"number": 12, "rule": fresh}


@scenario("events.target.transformer-text", feature="input", aws="events-guide:eb-transform-target-input")
def test_a_transformer_makes_plain_text(aws: AwsClients, bus: str, url: str, fresh: str) -> None:
    transformer = {"InputPathsMap": {"id": "$.detail.id"}, "InputTemplate": '"<id> is final"'}
    _target(aws, bus, fresh, queue_arn(aws, url), InputTransformer=transformer)
    _, messages = send_until(aws, url, lambda: _put(aws, bus, fresh, {"id": "EVT-1"}))
    assert messages[0]["Body"] == '"EVT-1 is final"'


@scenario("events.target.fifo-queue", aws="events:SqsParameters")
def test_a_fifo_queue_gets_events_in_the_group_that_the_target_names(
    aws: AwsClients, cleanup: Cleanup, bus: str, fresh: str
) -> None:
    fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = a_queue_for(aws, rules_of(aws, bus), cleanup, new_name(".fifo"), **fifo)
    _target(aws, bus, fresh, queue_arn(aws, url), SqsParameters={"MessageGroupId": "group-7"})
    _, messages = send_until(aws, url, lambda: _put(aws, bus, fresh, {"a": 1}))
    assert messages[0]["Attributes"]["MessageGroupId"] == "group-7"


@scenario("events.target.topic", aws="events-guide:eb-use-resource-based")
def test_a_topic_publishes_the_event(aws: AwsClients, cleanup: Cleanup, bus: str, fresh: str) -> None:
    topic, allowed = new_name(), {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    document = policy(allowed | {"Resource": f"arn:aws:sns:{aws.region}:{account(aws)}:{topic}"})
    arn = a_topic(aws, topic, cleanup, Attributes={"Policy": document})
    url = a_queue_for(aws, arn, cleanup)
    subscribe(aws, arn, url, **RAW)
    _target(aws, bus, fresh, arn)
    ids, event = _delivered(aws, bus, fresh, url, {"a": 1})
    assert event["id"] in ids


@scenario("events.target.each", feature="rules", aws="events-guide:eb-rules")
def test_each_rule_that_matches_sends_the_event_once_to_each_target(
    aws: AwsClients, cleanup: Cleanup, bus: str, url: str, fresh: str
) -> None:
    queues = {fresh: url, f"{fresh}-other": a_queue_for(aws, rules_of(aws, bus), cleanup)}
    for rule, queue in queues.items():
        _target(aws, bus, fresh, queue_arn(aws, queue), rule)
    for queue in queues.values():
        send_until(aws, queue, lambda: _put(aws, bus, fresh, {}))
    sent = {_put(aws, bus, fresh, {"n": number}) for number in range(3)}

    def ids(messages: list[Message]) -> list[str]:
        return [event["id"] for event in map(json.loads, bodies(messages)) if event["detail"]]

    for queue in queues.values():
        messages = receive(aws, queue, accept=lambda found: sent <= {*ids(found)}) + receive_once(aws, queue, wait=0)
        assert is_each_once(ids(messages), sent)


@scenario("events.rule.disabled", feature="rules", aws="events:DisableRule")
def test_a_disabled_rule_sends_nothing_until_it_is_enabled(
    aws: AwsClients, cleanup: Cleanup, events: Any, bus: str, url: str, fresh: str
) -> None:
    witness = a_queue_for(aws, rules_of(aws, bus), cleanup)
    _target(aws, bus, fresh, queue_arn(aws, url))
    _target(aws, bus, fresh, queue_arn(aws, witness), f"{fresh}-enabled")
    events.disable_rule(Name=fresh, EventBusName=bus)
    assert events.describe_rule(Name=fresh, EventBusName=bus)["State"] == "DISABLED"
    await_silence(aws, url, witness, lambda: _put(aws, bus, fresh, {}))
    events.enable_rule(Name=fresh, EventBusName=bus)
    _delivered(aws, bus, fresh, url, {})


@scenario("events.rule.other-bus", feature="event buses", aws="events-guide:eb-event-bus")
def test_an_event_of_another_bus_does_not_reach_a_rule(
    aws: AwsClients, cleanup: Cleanup, bus: str, url: str, fresh: str
) -> None:
    _target(aws, bus, fresh, queue_arn(aws, url), InputPath="$.detail.bus")
    other = a_bus(aws, new_name(), cleanup)
    _, messages = send_until(aws, url, lambda: [_put(aws, one, fresh, {"bus": one}) for one in (other, bus)])
    assert {*bodies(messages)} == {json.dumps(bus)}


@scenario("events.target.dead-letter", lane="resilience", feature="dead letters", aws="events-guide:eb-rule-dlq")
def test_an_event_whose_target_is_gone_goes_to_the_dead_letter_queue(
    aws: AwsClients, bus: str, url: str, fresh: str
) -> None:
    gone = f"{queue_arn(aws, url)}-{new_name()}"
    _target(aws, bus, fresh, gone, DeadLetterConfig={"Arn": queue_arn(aws, url)})
    ids, messages = send_until(aws, url, lambda: _put(aws, bus, fresh, {"a": 1}), seconds=15)
    assert json.loads(messages[0]["Body"])["id"] in ids
    attributes = messages[0]["MessageAttributes"]
    assert {"RULE_ARN", "TARGET_ARN", "ERROR_CODE", "ERROR_MESSAGE"} <= attributes.keys()
    assert attributes["TARGET_ARN"]["StringValue"] == gone


@scenario(
    "events.target.queue-policy", lane="security", feature="resource policy", aws="events-guide:eb-use-resource-based"
)
def test_a_queue_whose_policy_does_not_let_the_rule_send_gets_nothing(
    aws: AwsClients, cleanup: Cleanup, bus: str, url: str, fresh: str
) -> None:
    closed = a_queue(aws, new_name(), cleanup)
    for rule, queue in ((f"{fresh}-closed", closed), (fresh, url)):
        _target(aws, bus, fresh, queue_arn(aws, queue), rule)
    _delivered(aws, bus, fresh, url, {"a": 1})
    assert receive_once(aws, closed) == []


@scenario("events.target.function", feature="targets", aws="events-guide:eb-use-resource-based")
def test_a_function_is_invoked_with_the_event(aws: AwsClients, bus: str, teller: Witness, fresh: str) -> None:
    rule, client = _rule(aws, bus, fresh, fresh), aws.client("lambda")
    statement = {"Principal": "events.amazonaws.com", "SourceArn": rule, "Action": "lambda:InvokeFunction"}
    client.add_permission(FunctionName=teller.name, StatementId=fresh, **statement)
    arn = client.get_function_configuration(FunctionName=teller.name)["FunctionArn"]
    _target(aws, bus, fresh, arn, InputPath="$.detail")
    detail = {"Records": [{"eventSourceARN": fresh, "messageId": "1", "body": json.dumps({"id": fresh})}]}
    try:
        told = teller.until(fresh, bool, again=lambda: _put(aws, bus, fresh, detail))
        assert batches(told)[0] == [fresh]
    finally:
        client.remove_permission(FunctionName=teller.name, StatementId=fresh)
