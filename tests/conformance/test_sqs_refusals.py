"""What SQS refuses whole: bounds of requests, names and attributes that a queue of this kind does not have."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name
from tests.conformance.refusing import refusal, refused

pytestmark = scenario(service="sqs", lane="data plane", feature="error codes", aws="sqs:SendMessage")
WRONG, UNKNOWN = ("InvalidParameterValue", 400), ("InvalidAttributeName", 400)
LIMIT = 1_048_576


@pytest.fixture(scope="module")
def url(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), module_cleanup)


@pytest.fixture(scope="module")
def fifo(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(".fifo"), module_cleanup, Attributes={"FifoQueue": "true"})


@scenario("sqs.receive.bounds", aws="sqs:ReceiveMessage")
@pytest.mark.parametrize("number", [0, 11])
def test_a_receive_of_no_message_or_of_eleven_is_refused(sqs: Any, url: str, number: int) -> None:
    assert refusal(sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=number) == WRONG


@scenario("sqs.receive.longest-wait", aws="sqs:ReceiveMessage")
@pytest.mark.parametrize("asked", [{"WaitTimeSeconds": 21}, {"VisibilityTimeout": 43201}], ids=["wait", "visibility"])
def test_a_receive_that_waits_or_hides_too_long_is_refused(sqs: Any, url: str, asked: dict[str, int]) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="received at once where the wait is taken")
    assert refusal(sqs.receive_message, QueueUrl=url, **asked) == WRONG


@scenario("sqs.batch.sum", feature="batches", aws="sqs:SendMessageBatch")
def test_messages_that_are_too_long_together_are_refused_together(sqs: Any, url: str) -> None:
    attributes = {"k": {"DataType": "String", "StringValue": "x"}}
    longest = "a" * (LIMIT - len("kStringx"))
    entries = [
        {"Id": "1", "MessageBody": longest, "MessageAttributes": attributes},
        {"Id": "2", "MessageBody": "a"},
    ]
    expected = ("AWS.SimpleQueueService.BatchRequestTooLong", 400)
    assert refusal(sqs.send_message_batch, QueueUrl=url, Entries=entries) == expected


@scenario("sqs.batch.one-too-long", feature="batches", aws="sqs:SendMessageBatch")
def test_one_message_longer_than_its_queue_allows_fails_alone(aws: AwsClients, sqs: Any, cleanup: Cleanup) -> None:
    url = a_queue(aws, new_name(), cleanup, Attributes={"MaximumMessageSize": "1024"})
    entries = [{"Id": "fits", "MessageBody": "a" * 1024}, {"Id": "long", "MessageBody": "a" * 1025}]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["fits"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("long", "InvalidParameterValue", True)
    ]


@scenario("sqs.message.empty")
def test_an_empty_message_is_refused(sqs: Any, url: str) -> None:
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="") == ("MissingParameter", 400)


@scenario("sqs.message.empty-attribute")
def test_an_attribute_without_a_value_is_refused(sqs: Any, url: str) -> None:
    empty = {"event": {"DataType": "String", "StringValue": ""}}
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x", MessageAttributes=empty) == WRONG


WRONG_IDS = {"empty": "", "too-long": "a" * 129, "spaces": "group 123"}


@scenario("sqs.fifo.wrong-deduplication-id", feature="FIFO queues")
@pytest.mark.parametrize("text", WRONG_IDS.values(), ids=WRONG_IDS)
def test_a_deduplication_id_has_up_to_128_characters_without_spaces(sqs: Any, fifo: str, text: str) -> None:
    asked = {"QueueUrl": fifo, "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": text}
    assert refusal(sqs.send_message, **asked) == WRONG


@scenario("sqs.message.wrong-group", feature="fair queues")
@pytest.mark.parametrize("text", WRONG_IDS.values(), ids=WRONG_IDS)
def test_a_group_has_up_to_128_characters_without_spaces_in_any_queue(sqs: Any, url: str, text: str) -> None:
    assert refusal(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId=text) == WRONG


@scenario("sqs.fifo.batch-incomplete", feature="FIFO queues", aws="sqs:SendMessageBatch")
@pytest.mark.parametrize("missing", ["MessageDeduplicationId", "MessageGroupId"], ids=["deduplication-id", "group"])
def test_one_entry_without_its_group_or_deduplication_id_refuses_the_batch(sqs: Any, fifo: str, missing: str) -> None:
    whole = {"MessageBody": "x", "MessageGroupId": "g"}
    entries = [{"Id": one, "MessageDeduplicationId": one, **whole} for one in ("a", "b")]
    del entries[1][missing]
    assert refusal(sqs.send_message_batch, QueueUrl=fifo, Entries=entries) == WRONG


@scenario("sqs.create.fifo-attributes", lane="control plane", aws="sqs:CreateQueue")
@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("FifoQueue", "false"),
        ("ContentBasedDeduplication", "false"),
        ("DeduplicationScope", "queue"),
        ("FifoThroughputLimit", "perQueue"),
    ],
)
def test_a_standard_queue_has_no_attributes_of_fifo_queues(
    aws: AwsClients, cleanup: Cleanup, name: str, attribute: str, value: str
) -> None:
    with refused("InvalidAttributeName", status=400):
        a_queue(aws, name, cleanup, Attributes={attribute: value})


@scenario("sqs.attributes.kind-stays", lane="control plane", aws="sqs:SetQueueAttributes")
@pytest.mark.parametrize("value", ["true", "false"])
def test_a_standard_queue_does_not_become_a_fifo_queue(sqs: Any, url: str, value: str) -> None:
    assert refusal(sqs.set_queue_attributes, QueueUrl=url, Attributes={"FifoQueue": value}) == UNKNOWN


@scenario("sqs.attributes.fifo-stays", lane="control plane", aws="sqs:SetQueueAttributes")
def test_a_fifo_queue_stays_one(sqs: Any, fifo: str) -> None:
    expected = ("InvalidAttributeValue", 400)
    assert refusal(sqs.set_queue_attributes, QueueUrl=fifo, Attributes={"FifoQueue": "false"}) == expected


@scenario("sqs.create.exists", lane="control plane", aws="sqs:CreateQueue")
def test_a_name_is_not_given_twice_with_other_attributes(aws: AwsClients, sqs: Any, cleanup: Cleanup) -> None:
    name = new_name(".fifo")
    a_queue(aws, name, cleanup, Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})
    other = {"FifoQueue": "true", "ContentBasedDeduplication": "false"}
    assert refusal(sqs.create_queue, QueueName=name, Attributes=other) == ("QueueAlreadyExists", 400)


@scenario("sqs.redrive.taken-away", lane="control plane", feature="redrive", aws="sqs:SetQueueAttributes")
def test_an_empty_redrive_policy_takes_it_away(aws: AwsClients, sqs: Any, cleanup: Cleanup, url: str) -> None:
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": "42"}}'
    source = a_queue(aws, new_name(), cleanup, Attributes={"RedrivePolicy": redrive})
    sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["All"])["Attributes"]
