"""EventBridge and SNS: from the bus by a rule to the topic, and on to the notifications queue."""

import json
from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import event_bus, listed, queue, statements, topic

pytestmark = scenario(service="events", lane="control plane", aws="events:Rule")


@pytest.fixture
def rule(system: System) -> dict[str, Any]:
    """The one rule of our bus."""
    [only] = system.client("events").list_rules(EventBusName=system.outputs["event_bus_name"])["Rules"]
    return dict(only)


@pytest.fixture
def target(system: System, rule: dict[str, Any]) -> dict[str, Any]:
    [only] = system.client("events").list_targets_by_rule(Rule=rule["Name"], EventBusName=rule["EventBusName"])[
        "Targets"
    ]
    return dict(only)


@pytest.fixture
def subscription(system: System) -> dict[str, str]:
    """Attributes of the notifications queue's subscription."""
    sns, endpoint = system.client("sns"), queue(system, "notifications_queue_url")["QueueArn"]
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(
        TopicArn=system.outputs["notifications_topic_arn"]
    )
    [found] = [one for page in pages for one in page["Subscriptions"] if one["Endpoint"] == endpoint]
    return dict(sns.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])["Attributes"])


@scenario("events.bus.arn", feature="event buses", aws="events:DescribeEventBus")
def test_the_bus_is_there(system: System) -> None:
    assert event_bus(system)["Arn"].endswith(f":event-bus/{system.outputs['event_bus_name']}")


@scenario("events.notification-rule.enabled", feature="rules")
def test_the_rule_is_enabled(rule: dict[str, Any]) -> None:
    assert rule["State"] == "ENABLED"


@scenario("events.notification-rule.pattern", feature="event patterns")
def test_the_rule_takes_completed_entitlements_and_nothing_else(rule: dict[str, Any]) -> None:
    pattern = {"source": ["asset-servicing"], "detail-type": ["EntitlementCompleted"]}
    assert json.loads(rule["EventPattern"]) == pattern


@scenario("events.notification-rule.target", feature="targets", aws="events:Target")
def test_the_rule_sends_to_the_topic(system: System, target: dict[str, Any]) -> None:
    assert target["Arn"] == system.outputs["notifications_topic_arn"]


@scenario(
    "events.notification-rule.dead-letters", feature="dead-letter queue of a target", aws="events:DeadLetterConfig"
)
def test_an_event_that_cannot_be_delivered_goes_to_the_dead_letter_queue(
    system: System, target: dict[str, Any]
) -> None:
    assert target.get("DeadLetterConfig") == {"Arn": queue(system, "dead_letter_queue_url")["QueueArn"]}


@scenario("events.notification-rule.retries", feature="retry policy of a target", aws="events:RetryPolicy")
def test_an_event_is_tried_ten_times_within_an_hour(target: dict[str, Any]) -> None:
    assert target.get("RetryPolicy") == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600}


@scenario("sns.topic.policy", feature="topic policy", aws="sns:GetTopicAttributes", service="sns")
def test_the_topic_takes_events_from_eventbridge_only(system: System) -> None:
    found = [
        (s["Effect"], s["Principal"], listed(s["Action"]), listed(s["Resource"]))
        for s in statements(topic(system)["Policy"])
    ]
    arn = system.outputs["notifications_topic_arn"]
    assert found == [("Allow", {"Service": "events.amazonaws.com"}, ["sns:Publish"], [arn])]


@scenario("sns.subscription.confirmed", feature="subscriptions", aws="sns:GetSubscriptionAttributes", service="sns")
def test_the_notifications_queue_is_subscribed_and_confirmed(subscription: dict[str, str]) -> None:
    assert (subscription["Protocol"], subscription["PendingConfirmation"]) == ("sqs", "false")


@scenario(
    "sns.subscription.raw",
    feature="raw message delivery",
    aws="sns-guide:sns-large-payload-raw-message-delivery",
    service="sns",
)
def test_notifications_are_delivered_raw(subscription: dict[str, str]) -> None:
    assert subscription["RawMessageDelivery"] == "true"


@scenario(
    "sns.subscription.dead-letters",
    feature="dead-letter queue of a subscription",
    aws="sns-guide:sns-dead-letter-queues",
    service="sns",
)
def test_a_notification_that_cannot_be_delivered_goes_to_the_dead_letter_queue(
    system: System, subscription: dict[str, str]
) -> None:
    redrive = json.loads(subscription.get("RedrivePolicy", "{}"))
    assert redrive == {"deadLetterTargetArn": queue(system, "dead_letter_queue_url")["QueueArn"]}


def _senders(system: System, output: str) -> set[tuple[str, str, str]]:
    """(service, action, the condition that holds it) of every statement that allows."""
    allowing = (s for s in statements(queue(system, output)["Policy"]) if s["Effect"] == "Allow")
    return {
        (
            s["Principal"]["Service"],
            *listed(s["Action"]),
            *(str(v) for c in s["Condition"].values() for v in c.values()),
        )
        for s in allowing
    }  # type: ignore[misc]


@scenario("sqs.notifications.policy", feature="queue policy", aws="sqs:GetQueueAttributes", service="sqs")
def test_the_notifications_queue_takes_messages_of_the_topic_only(system: System) -> None:
    topic_arn = system.outputs["notifications_topic_arn"]
    assert _senders(system, "notifications_queue_url") == {("sns.amazonaws.com", "sqs:SendMessage", topic_arn)}


@scenario("sqs.dead-letters.policy", feature="queue policy", aws="sqs:GetQueueAttributes", service="sqs")
def test_the_dead_letter_queue_takes_what_topic_and_bus_could_not_deliver(system: System) -> None:
    account = system.outputs["kms_key_arn"].split(":")[4]
    assert _senders(system, "dead_letter_queue_url") == {
        ("sns.amazonaws.com", "sqs:SendMessage", system.outputs["notifications_topic_arn"]),
        ("events.amazonaws.com", "sqs:SendMessage", account),
    }
