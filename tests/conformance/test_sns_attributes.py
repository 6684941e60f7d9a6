"""Topics and subscriptions: idempotent making, attributes after updates, tags, pages, error codes."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_key, a_queue, a_topic, new_name, policy, queue_arn
from tests.conformance.refusing import refused
from tests.conformance.tag_lists import plain

pytestmark = scenario(service="sns", lane="control plane", feature="topic attributes", aws="sns:SetTopicAttributes")


@pytest.fixture
def arn(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_topic(aws, new_name(), cleanup)


@scenario("sns.create.idempotent", feature="idempotent creation", aws="sns:CreateTopic")
def test_creating_a_topic_again_gives_the_same_arn(aws: AwsClients, arn: str) -> None:
    assert aws.client("sns").create_topic(Name=arn.rsplit(":", 1)[1])["TopicArn"] == arn


@scenario("sns.subscribe.idempotent", feature="idempotent creation", aws="sns:Subscribe")
def test_subscribing_a_queue_twice_makes_one_subscription(aws: AwsClients, cleanup: Cleanup, arn: str) -> None:
    url = a_queue(aws, new_name(), cleanup)
    asked = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn(aws, url), "ReturnSubscriptionArn": True}
    first, second = (aws.client("sns").subscribe(**asked)["SubscriptionArn"] for _ in range(2))
    assert first == second
    listed = aws.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in listed] == [first]


@scenario("sns.attributes.key-survives-update", lane="security", feature="encryption")
def test_the_key_survives_the_setting_of_another_attribute(aws: AwsClients, cleanup: Cleanup) -> None:
    key_arn = a_key(aws, new_name(), cleanup)
    arn = a_topic(aws, new_name(), cleanup, Attributes={"KmsMasterKeyId": key_arn})
    sns = aws.client("sns")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Entitlements")
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (attributes["KmsMasterKeyId"], attributes["DisplayName"]) == (key_arn, "Entitlements")


@scenario("sns.attributes.policy-survives-update", lane="security", feature="resource policy")
def test_the_policy_survives_the_setting_of_another_attribute(aws: AwsClients, arn: str) -> None:
    service, sns = {"Service": "events.amazonaws.com"}, aws.client("sns")
    document = policy({"Sid": "events", "Principal": service, "Action": "sns:Publish", "Resource": arn})
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Entitlements")
    assert json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]) == json.loads(document)


@scenario("sns.subscription.attributes", feature="subscription attributes", aws="sns:GetSubscriptionAttributes")
def test_a_subscription_says_what_it_was_made_with(aws: AwsClients, cleanup: Cleanup, sns: Any, arn: str) -> None:
    url = a_queue(aws, new_name(), cleanup)
    filters, redrive = {"kind": ["A"]}, {"deadLetterTargetArn": queue_arn(aws, url)}
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps(filters)}
    made = sns.subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=queue_arn(aws, url),
        Attributes=attributes | {"RedrivePolicy": json.dumps(redrive)},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    answered = sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]
    assert (answered["TopicArn"], answered["Endpoint"], answered["Protocol"]) == (arn, queue_arn(aws, url), "sqs")
    assert (answered["RawMessageDelivery"], answered["PendingConfirmation"]) == ("true", "false")
    assert (json.loads(answered["FilterPolicy"]), json.loads(answered["RedrivePolicy"])) == (filters, redrive)


@scenario("sns.subscription.wrong-filter", feature="filter policies", aws="sns:Subscribe")
def test_a_filter_policy_that_is_none_is_refused(aws: AwsClients, cleanup: Cleanup, arn: str) -> None:
    url = a_queue(aws, new_name(), cleanup)
    with refused("InvalidParameter", status=400):
        aws.client("sns").subscribe(
            TopicArn=arn, Protocol="sqs", Endpoint=queue_arn(aws, url), Attributes={"FilterPolicy": '{"kind": "A"}'}
        )


@scenario("sns.errors.no-such-topic", feature="error codes", aws="sns:Publish")
def test_a_topic_that_is_not_there_is_said_so(aws: AwsClients, arn: str) -> None:
    with refused("NotFound", status=404) as refusal:
        aws.client("sns").publish(TopicArn=f"{arn}-not-there", Message="{}")
    assert refusal.response["Error"]["Type"] == "Sender"


@scenario("sns.errors.empty-message", feature="error codes", aws="sns:Publish")
def test_an_empty_message_is_refused(aws: AwsClients, arn: str) -> None:
    with refused("InvalidParameter", status=400):
        aws.client("sns").publish(TopicArn=arn, Message="")


@scenario("sns.errors.too-long", feature="limits", aws="sns:Publish")
def test_a_message_longer_than_256_kib_is_refused(aws: AwsClients, arn: str) -> None:
    with refused("InvalidParameter", status=400):
        aws.client("sns").publish(TopicArn=arn, Message="x" * (256 * 1024 + 1))


@scenario("sns.tags", feature="tagging", aws="sns:TagResource")
def test_tags_are_added_overwritten_and_removed(sns: Any, arn: str) -> None:
    wanted = {"system": "asset-servicing", "owner": "a", "cost": "1"}
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": name, "Value": value} for name, value in wanted.items()])
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "b"}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["cost"])
    tags = plain(sns.list_tags_for_resource(ResourceArn=arn)["Tags"])
    assert tags == {"system": "asset-servicing", "owner": "b"}
