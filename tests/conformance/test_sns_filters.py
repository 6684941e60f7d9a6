"""Filter policies of subscriptions, operator by operator: what does not match is never delivered."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import RAW, Cleanup, a_queue_for, a_topic, new_name, subscribe
from tests.conformance.receiving import Message, bodies, send_until

pytestmark = scenario(
    service="sns", lane="data plane", feature="filter policies", aws="sns-guide:sns-subscription-filter-policies"
)
Attributes = dict[str, dict[str, str]]
NUMBERS = scenario(aws="sns-guide:numeric-value-matching")
CHANGED = 60
"""Seconds until a changed policy counts: AWS allows itself 15 minutes, and was recorded to take seconds."""


@pytest.fixture
def arn(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_topic(aws, new_name(), cleanup)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup, arn: str) -> str:
    return a_queue_for(aws, arn, cleanup)


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _number(value: str) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": value}


def _delivered(aws: AwsClients, arn: str, url: str, policy: Any, published: list[Any], scope: str) -> set[str]:
    """Subscribe with `policy` and publish; return what comes. The last of `published` must match: it ends the wait."""
    subscribe(aws, arn, url, **RAW, FilterPolicy=json.dumps(policy), FilterPolicyScope=scope)
    in_body = scope == "MessageBody"
    messages = [json.dumps(one) if in_body else str(number) for number, one in enumerate(published)]

    def publish() -> None:
        for message, one in zip(messages, published, strict=True):
            aws.client("sns").publish(TopicArn=arn, Message=message, MessageAttributes={} if in_body else one)

    _, found = send_until(aws, url, publish, lambda found: messages[-1] in bodies(found))
    return set(bodies(found))


@scenario("sns.filter.attributes", aws="sns-guide:string-value-matching")
@pytest.mark.parametrize(
    ("rule", "other", "matching"),
    [
        pytest.param(["EVT"], _text("OTHER"), _text("EVT"), id="exact"),
        pytest.param([{"prefix": "EVT-"}], _text("X-EVT-1"), _text("EVT-1"), id="prefix"),
        pytest.param([{"suffix": ".final"}], _text(".final.not"), _text("event.final"), id="suffix"),
        pytest.param([{"anything-but": ["DVCA", "DVSE"]}], _text("DVCA"), _text("SPLF"), id="anything-but"),
        pytest.param(
            [{"anything-but": {"prefix": "TEST"}}], _text("TEST-1"), _text("LIVE-1"), id="anything-but-prefix"
        ),
        pytest.param([{"equals-ignore-case": "dvca"}], _text("DVCAX"), _text("DvCa"), id="equals-ignore-case"),
        pytest.param(
            [{"numeric": ["=", 301.5]}], _number("301.51"), _number("3.015e2"), id="numeric-equal", marks=NUMBERS
        ),
        pytest.param(
            [{"numeric": [">", 0, "<=", 150]}], _number("151"), _number("99"), id="numeric-range", marks=NUMBERS
        ),
        pytest.param(
            [{"numeric": [">", 0, "<=", 150]}], _number("0"), _number("150"), id="numeric-limits", marks=NUMBERS
        ),
        pytest.param(["EVT", {"prefix": "OPS-"}], _text("OTHER"), _text("OPS-1"), id="either"),
    ],
)
def test_a_message_whose_attribute_does_not_match_is_not_delivered(
    aws: AwsClients, arn: str, url: str, rule: list[Any], other: dict[str, str], matching: dict[str, str]
) -> None:
    published: list[Attributes] = [{"kind": other}, {}, {"kind": matching}]
    assert _delivered(aws, arn, url, {"kind": rule}, published, "MessageAttributes") == {"2"}


@scenario("sns.filter.exists", aws="sns-guide:attribute-key-matching")
@pytest.mark.parametrize("exists", [True, False])
def test_exists_asks_for_an_attribute_or_for_none(aws: AwsClients, arn: str, url: str, exists: bool) -> None:
    have, have_not = {"kind": _text("any"), "other": _text("x")}, {"other": _text("x")}
    published = [have_not, have] if exists else [have, have_not]
    policy = {"kind": [{"exists": exists}]}
    assert _delivered(aws, arn, url, policy, published, "MessageAttributes") == {"1"}


@scenario("sns.filter.all-attributes", aws="sns-guide:and-or-logic")
def test_every_attribute_of_a_policy_must_match(aws: AwsClients, arn: str, url: str) -> None:
    both = {"kind": _text("EVT"), "market": _text("XPAR")}
    published = [both | {"kind": _text("X")}, both | {"market": _text("X")}, {"kind": _text("EVT")}, both]
    policy = {"kind": ["EVT"], "market": ["XPAR"]}
    assert _delivered(aws, arn, url, policy, published, "MessageAttributes") == {"3"}


@scenario("sns.filter.string-array", aws="sns-guide:sns-message-attributes")
def test_one_value_of_an_array_is_enough(aws: AwsClients, arn: str, url: str) -> None:
    published = [
        {"markets": {"DataType": "String.Array", "StringValue": json.dumps(values)}}
        for values in (["XLON", "XETR"], ["XLON", "XPAR"])
    ]
    policy = {"markets": ["XPAR"]}
    assert _delivered(aws, arn, url, policy, published, "MessageAttributes") == {"1"}


@scenario("sns.filter.body", aws="sns-guide:sns-message-filtering-scope")
def test_a_policy_of_the_body_reads_nested_fields(aws: AwsClients, arn: str, url: str) -> None:
    matching = {"state": "FINAL", "event": "EVT-1"}
    published = [
        {"detail": matching | {"event": "X-EVT-1"}},
        {"detail": {"state": "FINAL"}},
        matching,
        {"detail": matching},
    ]
    policy = {"detail": {"state": ["FINAL"], "event": [{"prefix": "EVT-"}]}}
    assert _delivered(aws, arn, url, policy, published, "MessageBody") == {json.dumps(published[-1])}


@scenario("sns.filter.body-or", aws="sns-guide:and-or-logic")
def test_an_or_of_the_body_takes_either_field(aws: AwsClients, arn: str, url: str) -> None:
    published = [{"a": 0, "b": 0}, {"a": 0, "b": 1}]
    policy = {"$or": [{"a": [1]}, {"b": [1]}]}
    assert _delivered(aws, arn, url, policy, published, "MessageBody") == {json.dumps(published[-1])}


@scenario("sns.filter.changed", aws="sns:SetSubscriptionAttributes")
def test_a_changed_policy_counts_for_what_is_published_then(aws: AwsClients, sns: Any, arn: str, url: str) -> None:
    subscription = subscribe(aws, arn, url, **RAW, FilterPolicy=json.dumps({"kind": ["A"]}))
    changed = json.dumps({"kind": ["B"]})
    sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=changed)
    answered = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert json.loads(answered["FilterPolicy"]) == {"kind": ["B"]}

    rounds: list[str] = []

    def publish() -> None:
        rounds.append(new_name())
        for kind in ("A", "B"):
            sns.publish(TopicArn=arn, Message=kind + rounds[-1], MessageAttributes={"kind": _text(kind)})

    def is_filtered(found: list[Message]) -> bool:
        return any("B" + one in bodies(found) and "A" + one not in bodies(found) for one in rounds)

    send_until(aws, url, publish, is_filtered, CHANGED)
