"""What a subscribed queue gets: the envelope or the raw message, and where it goes when it cannot be delivered."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, a_topic, let_send, new_name, queue_arn
from tests.conformance.receiving import bodies, receive, receive_once
from tests.conformance.refusing import refused

pytestmark = scenario(service="sns", lane="data plane", feature="delivery to SQS", aws="sns:Publish")


@pytest.fixture
def arn(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_topic(aws, new_name(), cleanup)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup, arn: str) -> str:
    made = a_queue(aws, new_name(), cleanup)
    let_send(aws, made, "sns.amazonaws.com", arn)
    return made


def _subscribe(aws: AwsClients, arn: str, url: str, **attributes: str) -> str:
    answer = aws.client("sns").subscribe(
        TopicArn=arn,
        Protocol="sqs",
        Endpoint=queue_arn(aws, url),
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return str(answer["SubscriptionArn"])


@scenario("sns.delivery.envelope", aws="sns-guide:sns-message-and-json-formats")
def test_a_queue_gets_the_documented_envelope(aws: AwsClients, arn: str, url: str) -> None:
    _subscribe(aws, arn, url)
    attributes = {"kind": {"DataType": "String", "StringValue": "entitlement"}}
    sent = aws.client("sns").publish(TopicArn=arn, Message="Grüße", Subject="Subject", MessageAttributes=attributes)
    envelope: dict[str, Any] = json.loads(receive(aws, url)[0]["Body"])
    expected = {
        "Type": "Notification",
        "MessageId": sent["MessageId"],
        "TopicArn": arn,
        "Subject": "Subject",
        "Message": "Grüße",
        "MessageAttributes": {"kind": {"Type": "String", "Value": "entitlement"}},
    }
    assert {name: envelope.get(name) for name in expected} == expected
    signature = {"Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"}
    assert signature <= envelope.keys()


@scenario("sns.delivery.raw", aws="sns-guide:sns-large-payload-raw-message-delivery")
def test_a_raw_delivery_is_the_message_itself_with_its_attributes(aws: AwsClients, arn: str, url: str) -> None:
    _subscribe(aws, arn, url, RawMessageDelivery="true")
    attributes = {
        "kind": {"DataType": "String", "StringValue": "entitlement"},
        "version": {"DataType": "Number", "StringValue": "3"},
    }
    aws.client("sns").publish(TopicArn=arn, Message='{"a": 1}', MessageAttributes=attributes)
    [message] = receive(aws, url)
    assert message["Body"] == '{"a": 1}'
    assert message["MessageAttributes"] == attributes


@scenario("sns.delivery.to-each")
def test_each_subscription_gets_each_message_once(aws: AwsClients, cleanup: Cleanup, arn: str, url: str) -> None:
    second = a_queue(aws, new_name(), cleanup)
    let_send(aws, second, "sns.amazonaws.com", arn)
    for one in (url, second):
        _subscribe(aws, arn, one, RawMessageDelivery="true")
    sent = ["a", "b", "c"]
    for body in sent:
        aws.client("sns").publish(TopicArn=arn, Message=body)
    assert [sorted(bodies(receive(aws, one, len(sent)))) for one in (url, second)] == [sent, sent]
    assert [receive_once(aws, one, wait=0) for one in (url, second)] == [[], []]


@scenario("sns.delivery.message-structure", feature="message structure")
def test_a_message_by_protocol_is_delivered_as_its_protocol_says(aws: AwsClients, arn: str, url: str) -> None:
    _subscribe(aws, arn, url, RawMessageDelivery="true")
    message = {"default": "for all", "sqs": "for queues", "email": "for people"}
    aws.client("sns").publish(TopicArn=arn, Message=json.dumps(message), MessageStructure="json")
    assert bodies(receive(aws, url)) == ["for queues"]


@scenario("sns.delivery.message-structure-default", feature="message structure")
def test_a_message_by_protocol_without_default_is_refused(aws: AwsClients, arn: str) -> None:
    with refused("InvalidParameter", status=400):
        aws.client("sns").publish(TopicArn=arn, Message=json.dumps({"sqs": "queues"}), MessageStructure="json")


@scenario("sns.delivery.unsubscribed", aws="sns:Unsubscribe")
def test_nothing_is_delivered_after_unsubscribing(aws: AwsClients, arn: str, url: str) -> None:
    first = _subscribe(aws, arn, url, RawMessageDelivery="true")
    aws.client("sns").unsubscribe(SubscriptionArn=first)
    aws.client("sns").publish(TopicArn=arn, Message="before")
    _subscribe(aws, arn, url, RawMessageDelivery="true")
    aws.client("sns").publish(TopicArn=arn, Message="after")
    assert bodies(receive(aws, url)) == ["after"]


@scenario("sns.delivery.redrive", lane="resilience", aws="sns-guide:sns-dead-letter-queues")
def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(aws: AwsClients, cleanup: Cleanup, arn: str) -> None:
    dead = a_queue(aws, new_name(), cleanup)
    let_send(aws, dead, "sns.amazonaws.com", arn)
    policy = json.dumps({"deadLetterTargetArn": queue_arn(aws, dead)})
    gone = a_queue(aws, new_name(), cleanup)
    let_send(aws, gone, "sns.amazonaws.com", arn)
    _subscribe(aws, arn, gone, RedrivePolicy=policy, RawMessageDelivery="true")
    aws.client("sqs").delete_queue(QueueUrl=gone)
    aws.client("sns").publish(TopicArn=arn, Message="undeliverable")
    assert bodies(receive(aws, dead, seconds=6)) == ["undeliverable"]


@scenario("sns.delivery.queue-policy", lane="security", aws="sns-guide:subscribe-sqs-queue-to-sns-topic")
def test_a_queue_whose_policy_does_not_let_the_topic_send_gets_nothing(
    aws: AwsClients, cleanup: Cleanup, arn: str, url: str
) -> None:
    closed = a_queue(aws, new_name(), cleanup)
    for one in (closed, url):
        _subscribe(aws, arn, one, RawMessageDelivery="true")
    aws.client("sns").publish(TopicArn=arn, Message="{}")
    assert bodies(receive(aws, url)) == ["{}"]
    assert receive_once(aws, closed) == []


@scenario("sns.batch", feature="batches", aws="sns:PublishBatch")
def test_a_batch_is_delivered_entry_by_entry_with_its_ids(aws: AwsClients, arn: str, url: str) -> None:
    _subscribe(aws, arn, url, RawMessageDelivery="true")
    entries = [{"Id": name, "Message": f"message {name}"} for name in ("a", "b")]
    answer = aws.client("sns").publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["a", "b"]
    assert answer.get("Failed", []) == []
    assert sorted(bodies(receive(aws, url, 2))) == ["message a", "message b"]


@scenario("sns.batch.errors", feature="batches", aws="sns:PublishBatch")
@pytest.mark.parametrize(
    ("ids", "code"),
    [
        pytest.param([str(number) for number in range(11)], "TooManyEntriesInBatchRequest", id="eleven"),
        pytest.param(["a", "a"], "BatchEntryIdsNotDistinct", id="one-id-twice"),
    ],
)
def test_a_batch_that_is_no_batch_is_refused(aws: AwsClients, arn: str, ids: list[str], code: str) -> None:
    entries = [{"Id": name, "Message": name} for name in ids]
    with refused(code, status=400):
        aws.client("sns").publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)


@scenario("sns.fifo.order", feature="FIFO topics", aws="sns-guide:fifo-topic-message-ordering")
def test_a_fifo_topic_keeps_the_order_of_a_group_and_drops_duplicates(aws: AwsClients, cleanup: Cleanup) -> None:
    arn = a_topic(aws, new_name(".fifo"), cleanup, Attributes={"FifoTopic": "true"})
    url = a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true"})
    let_send(aws, url, "sns.amazonaws.com", arn)
    _subscribe(aws, arn, url, RawMessageDelivery="true")
    sent = ["0", "1", "1", "2", "3", "0", "4"]
    for body in sent:
        aws.client("sns").publish(TopicArn=arn, Message=body, MessageGroupId="EVT-1", MessageDeduplicationId=body)
    messages = receive(aws, url, 5)
    assert bodies(messages) == ["0", "1", "2", "3", "4"]
    assert {message["Attributes"]["MessageGroupId"] for message in messages} == {"EVT-1"}


@scenario("sns.fifo.group-required", feature="FIFO topics")
def test_a_message_without_a_group_is_refused_by_a_fifo_topic(aws: AwsClients, cleanup: Cleanup) -> None:
    arn = a_topic(aws, new_name(".fifo"), cleanup, Attributes={"FifoTopic": "true"})
    with refused("InvalidParameter", status=400):
        aws.client("sns").publish(TopicArn=arn, Message="{}", MessageDeduplicationId="1")
