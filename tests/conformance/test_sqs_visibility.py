"""Who sees a message and when: visibility, long polls, purging."""

import time
from threading import Timer

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name
from tests.conformance.receiving import await_counts, bodies, receive, receive_once
from tests.conformance.refusing import refused

pytestmark = scenario(
    service="sqs", lane="data plane", feature="visibility timeout", aws="sqs-guide:sqs-visibility-timeout"
)


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    made = a_queue(aws, new_name(), cleanup, Attributes={"VisibilityTimeout": "600"})
    aws.client("sqs").send_message(QueueUrl=made, MessageBody="{}")
    return made


@scenario("sqs.visibility.hidden")
def test_a_received_message_is_in_flight_and_nobody_else_sees_it(aws: AwsClients, url: str) -> None:
    assert len(receive_once(aws, url, wait=5)) == 1
    assert receive_once(aws, url) == []
    await_counts(aws, url, waiting=0, in_flight=1)


@scenario("sqs.visibility.again")
def test_a_message_that_is_not_deleted_comes_again_counted(aws: AwsClients, url: str) -> None:
    [first] = receive_once(aws, url, wait=5, VisibilityTimeout=1)
    [second] = receive(aws, url)
    assert second["MessageId"] == first["MessageId"]
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in (first, second)] == ["1", "2"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]


@scenario("sqs.visibility.change-to-zero")
def test_a_message_given_back_is_seen_at_once(aws: AwsClients, url: str) -> None:
    [message] = receive_once(aws, url, wait=5)
    handle = message["ReceiptHandle"]
    aws.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert receive(aws, url, seconds=10)[0]["MessageId"] == message["MessageId"]


@scenario("sqs.visibility.prolonged", aws="sqs:ChangeMessageVisibility")
def test_a_message_kept_longer_stays_hidden_past_its_first_timeout(aws: AwsClients, url: str) -> None:
    [message] = receive_once(aws, url, wait=5, VisibilityTimeout=2)
    handle = message["ReceiptHandle"]
    aws.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=60)
    assert receive_once(aws, url, wait=3) == []


@scenario("sqs.visibility.too-long", aws="sqs:ChangeMessageVisibility")
def test_more_than_twelve_hours_are_refused(aws: AwsClients, url: str) -> None:
    [message] = receive_once(aws, url, wait=5)
    handle = message["ReceiptHandle"]
    with refused("InvalidParameterValue", status=400):
        aws.client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43201)


@scenario("sqs.visibility.deleted", feature="delete", aws="sqs:DeleteMessage")
def test_a_deleted_message_never_comes_again(aws: AwsClients, url: str) -> None:
    [message] = receive_once(aws, url, wait=5, VisibilityTimeout=1)
    aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert receive_once(aws, url, wait=2) == []


@scenario("sqs.visibility.wrong-handle", feature="delete", aws="sqs:DeleteMessage")
def test_a_handle_that_is_none_is_refused(aws: AwsClients, url: str) -> None:
    with refused("ReceiptHandleIsInvalid", status=400):
        aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle="not a handle")


@scenario("sqs.polling.returns-early", feature="long polling", aws="sqs-guide:sqs-short-and-long-polling")
def test_a_long_poll_returns_as_soon_as_a_message_comes(aws: AwsClients, cleanup: Cleanup) -> None:
    url = a_queue(aws, new_name(), cleanup)
    sqs, began = aws.client("sqs"), time.monotonic()
    sender = Timer(0.5, sqs.send_message, kwargs={"QueueUrl": url, "MessageBody": "came during the poll"})
    sender.start()
    messages = receive_once(aws, url, wait=20)
    sender.join()
    assert bodies(messages) == ["came during the poll"]
    assert 0.4 < time.monotonic() - began < 10


@scenario("sqs.polling.waits", feature="long polling", aws="sqs-guide:sqs-short-and-long-polling")
def test_a_long_poll_of_an_empty_queue_takes_the_time_that_the_queue_says(aws: AwsClients, cleanup: Cleanup) -> None:
    url = a_queue(aws, new_name(), cleanup, Attributes={"ReceiveMessageWaitTimeSeconds": "1"})
    began = time.monotonic()
    answer = aws.client("sqs").receive_message(QueueUrl=url)
    assert time.monotonic() - began >= 0.9
    assert "Messages" not in answer


@scenario("sqs.purge", feature="purge", aws="sqs:PurgeQueue")
def test_a_purged_queue_is_empty(aws: AwsClients, url: str) -> None:
    aws.client("sqs").purge_queue(QueueUrl=url)
    await_counts(aws, url, waiting=0)
    assert receive_once(aws, url) == []


@scenario("sqs.purge.twice", feature="purge", aws="sqs:PurgeQueue")
def test_a_second_purge_within_a_minute_is_refused(aws: AwsClients, url: str) -> None:
    aws.client("sqs").purge_queue(QueueUrl=url)
    with refused("AWS.SimpleQueueService.PurgeQueueInProgress"):
        aws.client("sqs").purge_queue(QueueUrl=url)
