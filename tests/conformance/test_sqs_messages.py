"""What a message carries, and what a queue refuses to take."""

import hashlib
import struct
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name
from tests.conformance.receiving import await_counts, bodies, receive, receive_once
from tests.conformance.refusing import refused

LONGEST = 1024 * 1024
pytestmark = scenario(service="sqs", lane="data plane", aws="sqs:SendMessage")


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup)


@scenario("sqs.message.body", feature="message body")
def test_a_body_is_received_as_it_was_sent_with_its_md5(aws: AwsClients, url: str) -> None:
    body = '{"payee":"Cie & Co","line":"a\\tb","sign":"&quot;"}'
    sent = aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
    [message] = receive(aws, url)
    assert (message["Body"], message["MD5OfBody"], message["MessageId"]) == (body, digest, sent["MessageId"])
    assert sent["MD5OfMessageBody"] == digest


@scenario("sqs.message.unicode", feature="message body")
def test_characters_beyond_ascii_are_received_as_they_were_sent(aws: AwsClients, url: str) -> None:
    body, attributes = "Ångström <SE> € 𝄞", {"sign": {"DataType": "String", "StringValue": "ö 𝄞"}}
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    [message] = receive(aws, url)
    assert (message["Body"], message["MessageAttributes"]) == (body, attributes)
    assert message["MD5OfBody"] == hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()


@scenario("sqs.message.attributes", feature="message attributes", aws="sqs-guide:sqs-message-metadata")
def test_message_attributes_come_back_with_their_types(aws: AwsClients, url: str) -> None:
    attributes = {
        "event": {"DataType": "String", "StringValue": "entitlement"},
        "version": {"DataType": "Number", "StringValue": "12"},
        "raw": {"DataType": "Binary", "BinaryValue": bytes(range(8))},
    }
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}", MessageAttributes=attributes)
    assert receive(aws, url)[0]["MessageAttributes"] == attributes


@scenario("sqs.message.attributes-md5", feature="message attributes", aws="sqs-guide:sqs-message-metadata")
def test_the_md5_of_attributes_is_that_of_their_documented_encoding(aws: AwsClients, url: str) -> None:
    attributes = {"b": {"DataType": "Number", "StringValue": "7"}, "a": {"DataType": "String", "StringValue": "EVT"}}
    sent = aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}", MessageAttributes=attributes)
    encoded = b""
    for name, value in sorted(attributes.items()):
        for part in (name, value["DataType"]):
            encoded += struct.pack(">I", len(part.encode())) + part.encode()
        text = value["StringValue"].encode()
        encoded += b"\x01" + struct.pack(">I", len(text)) + text
    assert sent["MD5OfMessageAttributes"] == hashlib.md5(encoded, usedforsecurity=False).hexdigest()


@scenario("sqs.message.attributes-not-asked", feature="message attributes", aws="sqs:ReceiveMessage")
def test_attributes_that_are_not_asked_for_are_not_given(aws: AwsClients, url: str) -> None:
    attributes = {name: {"DataType": "String", "StringValue": name} for name in ("kind.a", "kind.b", "other")}
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}", MessageAttributes=attributes)
    [message] = receive(aws, url, MessageAttributeNames=["kind.*"], MessageSystemAttributeNames=["SentTimestamp"])
    assert set(message["MessageAttributes"]) == {"kind.a", "kind.b"}
    assert set(message["Attributes"]) == {"SentTimestamp"}


@scenario("sqs.message.system-attributes", feature="system attributes", aws="sqs:ReceiveMessage")
def test_a_message_says_when_it_was_sent_and_first_received_by_whom_and_how_often(aws: AwsClients, url: str) -> None:
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    attributes = receive(aws, url)[0]["Attributes"]
    assert all(attributes[name].isdigit() for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"))
    assert attributes["ApproximateReceiveCount"] == "1"
    assert attributes["SenderId"]


@scenario("sqs.message.delay", feature="delay", aws="sqs-guide:sqs-message-timers")
def test_a_delayed_message_is_not_received_before_its_time(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=2)
    sqs.send_message(QueueUrl=url, MessageBody="now")
    first = receive(aws, url)
    later = [message for message in receive(aws, url) if message["Body"] == "later"]
    assert bodies(first) == ["now"]
    attributes = later[0]["Attributes"]
    waited = int(attributes["ApproximateFirstReceiveTimestamp"]) - int(attributes["SentTimestamp"])
    assert waited >= 1900, f"received {waited} ms after it was sent"


@scenario("sqs.queue.delay", feature="delay", aws="sqs-guide:sqs-delay-queues")
def test_a_delay_queue_delays_what_says_nothing_of_its_own(aws: AwsClients, cleanup: Cleanup) -> None:
    url = a_queue(aws, new_name(), cleanup, Attributes={"DelaySeconds": "900"})
    sqs = aws.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="delayed by the queue")
    sqs.send_message(QueueUrl=url, MessageBody="its own delay", DelaySeconds=0)
    assert bodies(receive(aws, url)) == ["its own delay"]
    await_counts(aws, url, delayed=1)


@scenario("sqs.message.largest", feature="limits", aws="sqs-guide:quotas-messages")
def test_a_message_of_one_mebibyte_is_taken_and_one_byte_more_refused(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="x" * LONGEST)
    assert len(receive(aws, url)[0]["Body"]) == LONGEST
    with refused("InvalidParameterValue", status=400):
        sqs.send_message(QueueUrl=url, MessageBody="x" * (LONGEST + 1))


@scenario("sqs.queue.maximum-message-size", feature="limits", aws="sqs:SetQueueAttributes")
def test_a_queue_refuses_a_body_longer_than_its_own_limit(aws: AwsClients, cleanup: Cleanup) -> None:
    url = a_queue(aws, new_name(), cleanup, Attributes={"MaximumMessageSize": "1024"})
    sqs = aws.client("sqs")
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1024)
    with refused("InvalidParameterValue", status=400):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1025)


@scenario("sqs.message.attributes-counted", feature="limits", aws="sqs-guide:sqs-message-metadata")
def test_attributes_count_towards_the_limit(aws: AwsClients, cleanup: Cleanup) -> None:
    url = a_queue(aws, new_name(), cleanup, Attributes={"MaximumMessageSize": "1024"})
    sqs, attribute = aws.client("sqs"), {"n": {"DataType": "String", "StringValue": "v"}}
    with refused("InvalidParameterValue", status=400):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1020, MessageAttributes=attribute)


@scenario("sqs.message.characters", feature="limits")
def test_a_character_that_xml_does_not_allow_is_refused(aws: AwsClients, url: str) -> None:
    with refused("InvalidMessageContents", status=400):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody="bell \x07")


@scenario("sqs.batch.wrong-delay", feature="batches", aws="sqs:SendMessageBatch")
def test_one_wrong_entry_fails_alone_with_its_id_and_code(aws: AwsClients, url: str) -> None:
    entries = [{"Id": "good", "MessageBody": "good"}, {"Id": "bad", "MessageBody": "bad", "DelaySeconds": 901}]
    answer = aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    [failed] = answer["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidParameterValue", True)
    assert bodies(receive(aws, url)) == ["good"]


@scenario("sqs.batch.partial-failure", feature="batches", aws="sqs:SendMessageBatch")
def test_one_entry_with_a_character_that_xml_does_not_allow_fails_alone(aws: AwsClients, url: str) -> None:
    entries = [{"Id": "bad", "MessageBody": "bell \x07"}, {"Id": "good", "MessageBody": "good"}]
    answer = aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["SenderFault"]) for entry in answer["Failed"]] == [("bad", True)]
    assert bodies(receive(aws, url)) == ["good"]


@scenario("sqs.batch.errors", feature="batches", aws="sqs:SendMessageBatch")
@pytest.mark.parametrize(
    ("ids", "code"),
    [
        pytest.param([], "AWS.SimpleQueueService.EmptyBatchRequest", id="empty"),
        pytest.param(
            [str(number) for number in range(11)], "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", id="eleven"
        ),
        pytest.param(["a", "a"], "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", id="one-id-twice"),
        pytest.param(["a b"], "AWS.SimpleQueueService.InvalidBatchEntryId", id="wrong-id"),
    ],
)
def test_a_batch_that_is_no_batch_is_refused_whole(aws: AwsClients, url: str, ids: list[str], code: str) -> None:
    entries = [{"Id": name, "MessageBody": name} for name in ids]
    with refused(code, status=400):
        aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    assert receive_once(aws, url, wait=0) == []


@scenario("sqs.batch.delete", feature="batches", aws="sqs:DeleteMessageBatch")
def test_deleting_a_batch_deletes_those_whose_handles_are_right(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    [message] = receive_once(aws, url, wait=5, VisibilityTimeout=1)
    entries = [{"Id": "good", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "bad", "ReceiptHandle": "no handle"}]
    answer = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]
    assert receive_once(aws, url, wait=2) == []
