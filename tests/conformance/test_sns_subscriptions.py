"""Subscribing again, dead letters of subscriptions, and what a topic refuses."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, a_queue_for, a_topic, new_name, queue_arn
from tests.conformance.receiving import receive
from tests.conformance.refusing import refusal

pytestmark = scenario(service="sns", lane="control plane", feature="subscriptions", aws="sns:Subscribe")
INVALID = ("InvalidParameter", 400)
FIFO = {"FifoTopic": "true"}


@pytest.fixture
def arn(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_topic(aws, new_name(), cleanup)


@pytest.fixture
def fifo(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_topic(aws, new_name(".fifo"), cleanup, Attributes=FIFO)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup)


def _asked(aws: AwsClients, arn: str, url: str, **attributes: str) -> dict[str, Any]:
    to = {"TopicArn": arn, "Protocol": "sqs", "Endpoint": queue_arn(aws, url), "ReturnSubscriptionArn": True}
    return {**to, **({"Attributes": attributes} if attributes else {})}


@scenario("sns.subscribe.again")
@pytest.mark.parametrize(
    "attributes",
    [{"RawMessageDelivery": "true"}, {}, {"FilterPolicyScope": "MessageAttributes"}],
    ids=["same", "none", "default"],
)
def test_subscribing_again_is_answered_with_the_subscription_that_is_there(
    aws: AwsClients, sns: Any, arn: str, url: str, attributes: dict[str, str]
) -> None:
    first = sns.subscribe(**_asked(aws, arn, url, RawMessageDelivery="true"))["SubscriptionArn"]
    assert sns.subscribe(**_asked(aws, arn, url, **attributes))["SubscriptionArn"] == first
    assert sns.get_subscription_attributes(SubscriptionArn=first)["Attributes"].get("RawMessageDelivery") == "true"


@scenario("sns.subscribe.other-attributes", feature="error codes")
def test_subscribing_again_with_other_attributes_is_refused(aws: AwsClients, sns: Any, arn: str, url: str) -> None:
    sns.subscribe(**_asked(aws, arn, url, RawMessageDelivery="true"))
    other = _asked(aws, arn, url, RawMessageDelivery="false", FilterPolicyScope="MessageBody")
    assert refusal(sns.subscribe, **other) == INVALID


@scenario("sns.unsubscribe.twice", aws="sns:Unsubscribe")
def test_unsubscribing_again_is_answered_as_before(aws: AwsClients, sns: Any, arn: str, url: str) -> None:
    made = sns.subscribe(**_asked(aws, arn, url))["SubscriptionArn"]
    for _ in range(2):
        assert sns.unsubscribe(SubscriptionArn=made)["ResponseMetadata"]["HTTPStatusCode"] == 200


@scenario("sns.subscribe.wrong-protocol", feature="error codes")
def test_a_protocol_that_is_none_is_refused(sns: Any, arn: str) -> None:
    assert refusal(sns.subscribe, TopicArn=arn, Protocol="test-protocol", Endpoint="x") == INVALID


@scenario("sns.subscribe.fifo-queue", feature="FIFO topics")
def test_a_fifo_queue_is_not_subscribed_to_a_standard_topic(
    aws: AwsClients, sns: Any, cleanup: Cleanup, arn: str
) -> None:
    url = a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true"})
    assert refusal(sns.subscribe, **_asked(aws, arn, url)) == INVALID


@scenario("sns.subscribe.standard-queue", feature="FIFO topics")
def test_a_standard_queue_is_subscribed_to_a_fifo_topic(aws: AwsClients, sns: Any, fifo: str, url: str) -> None:
    made = sns.subscribe(**_asked(aws, fifo, url))["SubscriptionArn"]
    assert sns.get_subscription_attributes(SubscriptionArn=made)["Attributes"]["Endpoint"] == queue_arn(aws, url)


@scenario("sns.fifo.dead-letter-kind", feature="FIFO topics", aws="sns-guide:sns-dead-letter-queues")
def test_the_dead_letters_of_a_fifo_subscription_go_to_a_fifo_queue(
    aws: AwsClients, sns: Any, cleanup: Cleanup, fifo: str, url: str
) -> None:
    queue = a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true"})
    made = sns.subscribe(**_asked(aws, fifo, queue))["SubscriptionArn"]
    redrive = {
        "AttributeName": "RedrivePolicy",
        "AttributeValue": json.dumps({"deadLetterTargetArn": queue_arn(aws, url)}),
    }
    assert refusal(sns.set_subscription_attributes, SubscriptionArn=made, **redrive) == INVALID


@scenario("sns.fifo.no-deduplication", lane="data plane", feature="FIFO topics", aws="sns:Publish")
def test_a_fifo_topic_without_content_deduplication_needs_an_id(sns: Any, fifo: str) -> None:
    assert refusal(sns.publish, TopicArn=fifo, Message="test", MessageGroupId="g") == INVALID


@scenario("sns.publish.deduplication", lane="data plane", feature="error codes", aws="sns:Publish")
def test_a_standard_topic_takes_no_deduplication_id(sns: Any, arn: str) -> None:
    assert refusal(sns.publish, TopicArn=arn, Message="test", MessageDeduplicationId="1") == INVALID


@scenario("sns.publish.empty-subject", lane="data plane", feature="error codes", aws="sns:Publish")
def test_an_empty_subject_is_refused(sns: Any, arn: str) -> None:
    assert refusal(sns.publish, TopicArn=arn, Message="test", Subject="") == INVALID


@scenario("sns.publish.structure", lane="data plane", feature="error codes", aws="sns:Publish")
@pytest.mark.parametrize("message", ['{"sqs": "x"}', "no json"], ids=["no-default", "no-json"])
def test_a_structured_message_without_default_is_refused(sns: Any, arn: str, message: str) -> None:
    assert refusal(sns.publish, TopicArn=arn, Message=message, MessageStructure="json") == INVALID


@scenario("sns.publish.empty-attribute", lane="data plane", feature="error codes", aws="sns:Publish")
def test_an_attribute_without_value_is_refused(sns: Any, arn: str) -> None:
    empty = {"attr1": {"DataType": "String", "StringValue": ""}}
    found = refusal(sns.publish, TopicArn=arn, Message="test", MessageAttributes=empty)
    assert found == ("ParameterValueInvalid", 400)


@scenario("sns.batch.wrong-id", lane="data plane", feature="batches", aws="sns:PublishBatch")
@pytest.mark.parametrize("entry", ["message.id", "a" * 81], ids=["character", "too-long"])
def test_an_id_of_a_batch_has_up_to_80_letters_digits_and_marks(sns: Any, arn: str, entry: str) -> None:
    entries = [{"Id": entry, "Message": "test"}]
    found = refusal(sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=entries)
    assert found == ("InvalidBatchEntryId", 400)


@scenario("sns.topics.other-attributes", feature="error codes", aws="sns:CreateTopic")
def test_a_topic_is_not_made_again_with_other_attributes(aws: AwsClients, sns: Any, cleanup: Cleanup) -> None:
    name = new_name()
    arn = a_topic(aws, name, cleanup, Attributes={"DisplayName": "Value1"})
    assert sns.create_topic(Name=name)["TopicArn"] == arn
    assert refusal(sns.create_topic, Name=name, Attributes={"DisplayName": "Value2"}) == INVALID


def _dead(aws: AwsClients, cleanup: Cleanup, topic: str, fifo: bool, raw: str) -> str:
    """A queue that gets what the topic cannot deliver: the subscribed queue is gone."""
    suffix, kind = (".fifo", {"FifoQueue": "true"}) if fifo else ("", {})
    gone = a_queue(aws, new_name(suffix), cleanup, Attributes=kind)
    dead = a_queue_for(aws, topic, cleanup, new_name(suffix), **kind)
    redrive = json.dumps({"deadLetterTargetArn": queue_arn(aws, dead)})
    asked = _asked(aws, topic, gone, RedrivePolicy=redrive, RawMessageDelivery=raw)
    aws.client("sns").subscribe(**asked)
    sqs = aws.client("sqs")
    sqs.delete_queue(QueueUrl=gone)
    wait_for("the queue is gone", lambda: refusal(sqs.get_queue_attributes, QueueUrl=gone), bool, 60)
    return dead


@scenario("sns.dead-letters.whole", lane="resilience", feature="dead letters", aws="sns-guide:sns-dead-letter-queues")
@pytest.mark.parametrize("raw", ["true", "false"], ids=["raw", "envelope"])
def test_a_dead_letter_has_the_message_with_its_attributes(
    aws: AwsClients, sns: Any, cleanup: Cleanup, arn: str, raw: str
) -> None:
    dead = _dead(aws, cleanup, arn, fifo=False, raw=raw)
    attributes = {
        "attr1": {"DataType": "Number", "StringValue": "111"},
        "attr2": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }
    sns.publish(TopicArn=arn, Message="undelivered", MessageAttributes=attributes)
    [letter] = receive(aws, dead, seconds=15)
    if raw == "true":
        assert letter["Body"] == "undelivered"
        found = letter["MessageAttributes"]
        assert (found["attr1"]["StringValue"], found["attr2"]["BinaryValue"]) == ("111", b"\x02\x03\x04")
    else:
        envelope = json.loads(letter["Body"])
        assert (envelope["Type"], envelope["Message"]) == ("Notification", "undelivered")
        assert envelope["MessageAttributes"]["attr1"] == {"Type": "Number", "Value": "111"}
        assert envelope["MessageAttributes"]["attr2"] == {"Type": "Binary", "Value": "AgME"}


@scenario("sns.dead-letters.fifo", lane="resilience", feature="dead letters", aws="sns-guide:sns-dead-letter-queues")
def test_dead_letters_of_a_fifo_topic_keep_group_deduplication_id_and_order(
    aws: AwsClients, sns: Any, cleanup: Cleanup, fifo: str
) -> None:
    dead = _dead(aws, cleanup, fifo, fifo=True, raw="true")
    for number in ("1", "2", "3"):
        sns.publish(TopicArn=fifo, Message=number, MessageGroupId="g", MessageDeduplicationId=f"d{number}")
    found = receive(aws, dead, 3, seconds=15)
    said = [
        (one["Body"], *(one["Attributes"][f"Message{kind}Id"] for kind in ("Group", "Deduplication"))) for one in found
    ]
    assert said == [("1", "g", "d1"), ("2", "g", "d2"), ("3", "g", "d3")]
