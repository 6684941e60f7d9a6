"""FIFO queues: order within a group, and nothing twice."""

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name
from tests.conformance.receiving import bodies, receive, receive_once
from tests.conformance.refusing import refused

pytestmark = scenario(
    service="sqs", lane="data plane", feature="FIFO queues", aws="sqs-guide:FIFO-queues-understanding-logic"
)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true"})


def _send(aws: AwsClients, url: str, body: str, group: str = "g", **options: str) -> dict[str, str]:
    wanted = {"MessageGroupId": group, "MessageDeduplicationId": body, **options}
    return dict(aws.client("sqs").send_message(QueueUrl=url, MessageBody=body, **wanted))


@scenario("sqs.fifo.order")
def test_messages_of_a_group_are_received_in_the_order_in_which_they_were_sent(aws: AwsClients, url: str) -> None:
    sent = [f"{number}" for number in range(9)]
    numbers = [int(_send(aws, url, body)["SequenceNumber"]) for body in sent]
    messages = receive(aws, url, len(sent))
    assert bodies(messages) == sent
    assert [int(message["Attributes"]["SequenceNumber"]) for message in messages] == numbers


@scenario("sqs.fifo.sequence-number", aws="sqs:SendMessage")
def test_the_sequence_numbers_of_a_group_grow(aws: AwsClients, url: str) -> None:
    numbers = [int(_send(aws, url, f"{number}")["SequenceNumber"]) for number in range(5)]
    assert numbers == sorted(set(numbers))


@scenario("sqs.fifo.group-blocked")
def test_a_group_waits_for_its_message_in_flight_and_other_groups_do_not(aws: AwsClients, url: str) -> None:
    _send(aws, url, "first", "a")
    assert bodies(receive_once(aws, url, wait=5, MaxNumberOfMessages=1)) == ["first"]
    _send(aws, url, "second", "a")
    _send(aws, url, "other", "b")
    assert bodies(receive_once(aws, url, wait=5)) == ["other"]


@scenario("sqs.fifo.group-goes-on")
def test_a_group_goes_on_with_the_message_that_was_given_back(aws: AwsClients, url: str) -> None:
    for body in ("first", "second"):
        _send(aws, url, body)
    [message] = receive_once(aws, url, wait=5, MaxNumberOfMessages=1)
    handle = message["ReceiptHandle"]
    aws.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert bodies(receive(aws, url, 2)) == ["first", "second"]


@scenario("sqs.fifo.deduplication", aws="sqs-guide:using-messagededuplicationid-property")
def test_a_message_sent_twice_with_one_deduplication_id_is_received_once(aws: AwsClients, url: str) -> None:
    _send(aws, url, "one", MessageDeduplicationId="same")
    _send(aws, url, "other body", MessageDeduplicationId="same")
    _send(aws, url, "end")
    assert bodies(receive(aws, url, 2)) == ["one", "end"]


@scenario("sqs.fifo.deduplication-after-delete", aws="sqs-guide:using-messagededuplicationid-property")
def test_a_deduplication_id_counts_after_its_message_was_deleted(aws: AwsClients, url: str) -> None:
    _send(aws, url, "one")
    assert bodies(receive(aws, url)) == ["one"]
    _send(aws, url, "one")
    _send(aws, url, "end")
    assert bodies(receive(aws, url)) == ["end"]


@scenario("sqs.fifo.content-deduplication", aws="sqs-guide:using-messagededuplicationid-property")
def test_content_based_deduplication_compares_bodies_and_not_attributes(aws: AwsClients, cleanup: Cleanup) -> None:
    url = a_queue(
        aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )
    sqs = aws.client("sqs")
    for body, attribute in (("same", "1"), ("same", "2"), ("end", "3")):
        attributes = {"n": {"DataType": "String", "StringValue": attribute}}
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageAttributes=attributes)
    messages = receive(aws, url, 2)
    assert [(one["Body"], one["MessageAttributes"]["n"]["StringValue"]) for one in messages] == [
        ("same", "1"),
        ("end", "3"),
    ]


@scenario("sqs.fifo.receive-attributes", aws="sqs:ReceiveMessage")
def test_a_message_names_its_group_and_deduplication_id(aws: AwsClients, url: str) -> None:
    _send(aws, url, "one", "group-7")
    attributes = receive(aws, url)[0]["Attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == ("group-7", "one")


@scenario("sqs.fifo.group-required", aws="sqs:SendMessage")
def test_a_message_without_a_group_is_refused(aws: AwsClients, url: str) -> None:
    with refused("MissingParameter", status=400):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}", MessageDeduplicationId="1")


@scenario("sqs.fifo.deduplication-required", aws="sqs:SendMessage")
def test_a_message_without_deduplication_id_is_refused_where_contents_are_not_compared(
    aws: AwsClients, url: str
) -> None:
    with refused("InvalidParameterValue", status=400):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="g")


@scenario("sqs.fifo.own-delay", aws="sqs:SendMessage")
def test_a_delay_of_one_message_is_refused(aws: AwsClients, url: str) -> None:
    with refused("InvalidParameterValue", status=400):
        aws.client("sqs").send_message(
            QueueUrl=url, MessageBody="{}", MessageGroupId="g", MessageDeduplicationId="1", DelaySeconds=5
        )
