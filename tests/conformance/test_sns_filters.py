"""Filter policies of subscriptions, operator by operator: what does not match is never delivered."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, a_topic, let_send, new_name, queue_arn
from tests.conformance.receiving import bodies, receive

pytestmark = scenario(
    service="sns", lane="data plane", feature="filter policies", aws="sns-guide:sns-subscription-filter-policies"
)
Attributes = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def arn(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_topic(aws, new_name(), module_cleanup)


@pytest.fixture(scope="module")
def url(aws: AwsClients, module_cleanup: Cleanup, arn: str) -> str:
    made = a_queue(aws, new_name(), module_cleanup)
    let_send(aws, made, "sns.amazonaws.com", arn)
    return made


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _number(value: str) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": value}


def _delivered(aws: AwsClients, arn: str, url: str, policy: Any, published: list[Any], scope: str) -> list[str]:
    """Subscribes with `policy` and publishes; which come. The last of `published` must match: it ends the wait."""
    sns = aws.client("sns")
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy), "FilterPolicyScope": scope}
    subscription = sns.subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=queue_arn(aws, url), Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    try:
        for number, one in enumerate(published):
            if scope == "MessageBody":
                sns.publish(TopicArn=arn, Message=json.dumps(one))
            else:
                sns.publish(TopicArn=arn, Message=str(number), MessageAttributes=one)
        last = json.dumps(published[-1]) if scope == "MessageBody" else str(len(published) - 1)
        found: list[str] = []
        while last not in found:
            found += bodies(receive(aws, url, seconds=15))
        return sorted(found)
    finally:
        sns.unsubscribe(SubscriptionArn=subscription)


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
        pytest.param([{"numeric": ["=", 301.5]}], _number("301.51"), _number("3.015e2"), id="numeric-equal"),
        pytest.param([{"numeric": [">", 0, "<=", 150]}], _number("0"), _number("150"), id="numeric-range"),
        pytest.param(["EVT", {"prefix": "OPS-"}], _text("OTHER"), _text("OPS-1"), id="either"),
    ],
)
def test_a_message_whose_attribute_does_not_match_is_not_delivered(
    aws: AwsClients, arn: str, url: str, rule: list[Any], other: dict[str, str], matching: dict[str, str]
) -> None:
    published: list[Attributes] = [{"kind": other}, {}, {"kind": matching}]
    assert _delivered(aws, arn, url, {"kind": rule}, published, "MessageAttributes") == ["2"]


@scenario("sns.filter.exists", aws="sns-guide:attribute-key-matching")
@pytest.mark.parametrize("exists", [True, False])
def test_exists_asks_for_an_attribute_or_for_none(aws: AwsClients, arn: str, url: str, exists: bool) -> None:
    have, have_not = {"kind": _text("any"), "other": _text("x")}, {"other": _text("x")}
    published = [have_not, have] if exists else [have, have_not]
    policy = {"kind": [{"exists": exists}]}
    assert _delivered(aws, arn, url, policy, published, "MessageAttributes") == ["1"]


@scenario("sns.filter.all-attributes", aws="sns-guide:and-or-logic")
def test_every_attribute_of_a_policy_must_match(aws: AwsClients, arn: str, url: str) -> None:
    both = {"kind": _text("EVT"), "market": _text("XPAR")}
    published = [both | {"kind": _text("X")}, both | {"market": _text("X")}, {"kind": _text("EVT")}, both]
    policy = {"kind": ["EVT"], "market": ["XPAR"]}
    assert _delivered(aws, arn, url, policy, published, "MessageAttributes") == ["3"]


@scenario("sns.filter.string-array", aws="sns-guide:sns-message-attributes")
def test_one_value_of_an_array_is_enough(aws: AwsClients, arn: str, url: str) -> None:
    published = [
        {"markets": {"DataType": "String.Array", "StringValue": json.dumps(values)}}
        for values in (["XLON", "XETR"], ["XLON", "XPAR"])
    ]
    policy = {"markets": ["XPAR"]}
    assert _delivered(aws, arn, url, policy, published, "MessageAttributes") == ["1"]


@scenario("sns.filter.body", aws="sns-guide:sns-message-filtering-scope")
def test_a_policy_of_the_body_reads_nested_fields(aws: AwsClients, arn: str, url: str) -> None:
    published = [{"detail": {"state": "DRAFT"}}, {"state": "FINAL"}, {"detail": {"state": "FINAL", "amount": 3}}]
    policy = {"detail": {"state": ["FINAL"], "amount": [{"numeric": [">", 1]}]}}
    assert _delivered(aws, arn, url, policy, published, "MessageBody") == [json.dumps(published[-1])]


@scenario("sns.filter.body-or", aws="sns-guide:and-or-logic")
def test_an_or_of_the_body_takes_either_field(aws: AwsClients, arn: str, url: str) -> None:
    published = [{"a": 0, "b": 0}, {"a": 0, "b": 1}]
    policy = {"$or": [{"a": [1]}, {"b": [1]}]}
    assert _delivered(aws, arn, url, policy, published, "MessageBody") == [json.dumps(published[-1])]


@scenario("sns.filter.changed", aws="sns:SetSubscriptionAttributes")
def test_a_changed_policy_counts_for_what_is_published_then(aws: AwsClients, sns: Any, arn: str, url: str) -> None:
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": ["A"]})}
    subscription = sns.subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=queue_arn(aws, url), Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    try:
        changed = json.dumps({"kind": ["B"]})
        sns.set_subscription_attributes(
            SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=changed
        )
        answered = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
        assert json.loads(answered["FilterPolicy"]) == {"kind": ["B"]}
        for kind in ("A", "B"):
            sns.publish(TopicArn=arn, Message=kind, MessageAttributes={"kind": _text(kind)})
        assert bodies(receive(aws, url)) == ["B"]
    finally:
        sns.unsubscribe(SubscriptionArn=subscription)
