"""What a subscribed queue gets: the envelope or the raw message, and where it goes when it cannot be delivered."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer
from harness.scenarios.scenario import scenario
from tests.conformance.makers import RAW, Cleanup, a_queue, a_queue_for, a_topic, new_name, queue_arn, subscribe
from tests.conformance.receiving import await_silence, bodies, is_each_once, receive, receive_once, send_until
from tests.conformance.refusing import refusal, refused

pytestmark = scenario(service="sns", lane="data plane", feature="delivery to SQS", aws="sns:Publish")
NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", 400)


@pytest.fixture
def arn(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_topic(aws, new_name(), cleanup)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup, arn: str) -> str:
    return a_queue_for(aws, arn, cleanup)


@scenario("sns.delivery.envelope", aws="sns-guide:sns-message-and-json-formats")
def test_a_queue_gets_the_documented_envelope(aws: AwsClients, arn: str, url: str) -> None:
    subscribe(aws, arn, url)
    said = {
        "Message": "Grüße",
        "Subject": "Subject",
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "entitlement"}},
    }
    sent, messages = send_until(aws, url, lambda: aws.client("sns").publish(TopicArn=arn, **said)["MessageId"])
    envelope: dict[str, Any] = json.loads(messages[0]["Body"])
    expected = {
        "Type": "Notification",
        "TopicArn": arn,
        "Subject": "Subject",
        "Message": "Grüße",
        "MessageAttributes": {"kind": {"Type": "String", "Value": "entitlement"}},
    }
    assert {name: envelope.get(name) for name in expected} == expected
    assert envelope.get("MessageId") in sent
    signature = {"Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"}
    assert signature <= envelope.keys()


@scenario("sns.delivery.raw", aws="sns-guide:sns-large-payload-raw-message-delivery")
def test_a_raw_delivery_is_the_message_itself_with_its_attributes(aws: AwsClients, arn: str, url: str) -> None:
    subscribe(aws, arn, url, **RAW)
    attributes = {
        "kind": {"DataType": "String", "StringValue": "entitlement"},
        "version": {"DataType": "Number", "StringValue": "3"},
    }
    said = {"Message": '{"a": 1}', "MessageAttributes": attributes}
    _, messages = send_until(aws, url, lambda: aws.client("sns").publish(TopicArn=arn, **said))
    assert (messages[0]["Body"], messages[0].get("MessageAttributes")) == ('{"a": 1}', attributes)


@scenario("sns.delivery.to-each")
def test_each_subscription_gets_each_message_once(aws: AwsClients, cleanup: Cleanup, arn: str, url: str) -> None:
    queues, sns, sent = (url, a_queue_for(aws, arn, cleanup)), aws.client("sns"), {"a", "b", "c"}
    for one in queues:
        subscribe(aws, arn, one, **RAW)
    for one in queues:
        send_until(aws, one, lambda: sns.publish(TopicArn=arn, Message="subscribed"))
    for body in sent:
        sns.publish(TopicArn=arn, Message=body)
    for one in queues:
        received = receive(aws, one, accept=lambda found: sent <= {*bodies(found)}) + receive_once(aws, one, wait=0)
        assert is_each_once([body for body in bodies(received) if body in sent], sent)


@scenario("sns.delivery.message-structure", feature="message structure")
def test_a_message_by_protocol_is_delivered_as_its_protocol_says(aws: AwsClients, arn: str, url: str) -> None:
    subscribe(aws, arn, url, **RAW)
    message = {"default": "for all", "sqs": "for queues", "email": "for people"}
    said = {"Message": json.dumps(message), "MessageStructure": "json"}
    _, messages = send_until(aws, url, lambda: aws.client("sns").publish(TopicArn=arn, **said))
    assert messages[0]["Body"] == "for queues"


@scenario("sns.delivery.message-structure-default", feature="message structure")
def test_a_message_by_protocol_without_default_is_refused(aws: AwsClients, arn: str) -> None:
    with refused("InvalidParameter", status=400):
        aws.client("sns").publish(TopicArn=arn, Message=json.dumps({"sqs": "queues"}), MessageStructure="json")


@scenario("sns.delivery.unsubscribed", aws="sns:Unsubscribe")
def test_nothing_is_delivered_after_unsubscribing(aws: AwsClients, cleanup: Cleanup, arn: str, url: str) -> None:
    sns, witness = aws.client("sns"), a_queue_for(aws, arn, cleanup)
    first, _ = (subscribe(aws, arn, one, **RAW) for one in (url, witness))
    sns.unsubscribe(SubscriptionArn=first)
    await_silence(aws, url, witness, lambda: sns.publish(TopicArn=arn, Message="{}"))


@scenario("sns.delivery.redrive", lane="resilience", aws="sns-guide:sns-dead-letter-queues")
def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(aws: AwsClients, cleanup: Cleanup, arn: str) -> None:
    dead, gone = (a_queue_for(aws, arn, cleanup) for _ in range(2))
    subscribe(aws, arn, gone, **RAW, RedrivePolicy=json.dumps({"deadLetterTargetArn": queue_arn(aws, dead)}))
    aws.client("sqs").delete_queue(QueueUrl=gone)
    await_answer(NO_QUEUE, refusal, aws.client("sqs").get_queue_attributes, QueueUrl=gone, seconds=60)
    _, messages = send_until(aws, dead, lambda: aws.client("sns").publish(TopicArn=arn, Message="lost"), seconds=15)
    assert messages[0]["Body"] == "lost"


@scenario("sns.delivery.queue-policy", lane="security", aws="sns-guide:subscribe-sqs-queue-to-sns-topic")
def test_a_queue_whose_policy_does_not_let_the_topic_send_gets_nothing(
    aws: AwsClients, cleanup: Cleanup, arn: str, url: str
) -> None:
    closed = a_queue(aws, new_name(), cleanup)
    for one in (closed, url):
        subscribe(aws, arn, one, **RAW)
    send_until(aws, url, lambda: aws.client("sns").publish(TopicArn=arn, Message="{}"))
    assert receive_once(aws, closed) == []


@scenario("sns.batch", feature="batches", aws="sns:PublishBatch")
def test_a_batch_is_delivered_entry_by_entry_with_its_ids(aws: AwsClients, arn: str, url: str) -> None:
    subscribe(aws, arn, url, **RAW)
    batch = {"PublishBatchRequestEntries": [{"Id": name, "Message": f"message {name}"} for name in ("a", "b")]}
    answers, _ = send_until(
        aws,
        url,
        lambda: aws.client("sns").publish_batch(TopicArn=arn, **batch),
        lambda found: {*bodies(found)} == {"message a", "message b"},
    )
    assert [entry["Id"] for entry in answers[0]["Successful"]] == ["a", "b"]
    assert answers[0].get("Failed", []) == []


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
    url = a_queue_for(aws, arn, cleanup, new_name(".fifo"), FifoQueue="true")
    subscribe(aws, arn, url, **RAW)

    def publish(body: str, group: str, which: str) -> None:
        grouped = {"MessageGroupId": group, "MessageDeduplicationId": which}
        aws.client("sns").publish(TopicArn=arn, Message=body, **grouped)

    send_until(aws, url, lambda: publish("subscribed", "other", new_name()))
    for body in ("0", "1", "1", "2", "3", "0", "4"):
        publish(body, "EVT-1", body)
    messages = receive(aws, url, accept=lambda found: "4" in bodies(found))
    received = [one["Body"] for one in messages if one["Attributes"]["MessageGroupId"] == "EVT-1"]
    assert received == ["0", "1", "2", "3", "4"]


@scenario("sns.fifo.group-required", feature="FIFO topics")
def test_a_message_without_a_group_is_refused_by_a_fifo_topic(aws: AwsClients, cleanup: Cleanup) -> None:
    arn = a_topic(aws, new_name(".fifo"), cleanup, Attributes={"FifoTopic": "true"})
    with refused("InvalidParameter", status=400):
        aws.client("sns").publish(TopicArn=arn, Message="{}", MessageDeduplicationId="1")
