"""What a receipt handle is worth once its time is over, and how batches of handles are changed and deleted."""

import json
import time
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name, queue_arn
from tests.conformance.receiving import bodies, receive, receive_once
from tests.conformance.refusing import refusal, refused

pytestmark = scenario(
    service="sqs", lane="data plane", feature="receipt handles", aws="sqs-guide:sqs-visibility-timeout"
)
FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
BAD_HANDLE = ("InvalidParameterValue", 400)


def _received(aws: AwsClients, url: str, **options: Any) -> dict[str, Any]:
    """The next message, kept for a second unless `options` say otherwise."""
    [message] = wait_for("a message", lambda: receive_once(aws, url, MaxNumberOfMessages=1, **options), bool)
    return message


def _let_pass(seconds: float) -> None:
    """Wait until a timeout of the queue is over: nothing that SQS says shows that."""
    end = time.monotonic() + seconds
    wait_for("the time has passed", time.monotonic, end.__lt__)


def _which(url: str, message: dict[str, Any]) -> dict[str, str]:
    return {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup, Attributes={"VisibilityTimeout": "1"})


@pytest.fixture
def fifo(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(".fifo"), cleanup, Attributes={**FIFO, "VisibilityTimeout": "1"})


def _send(aws: AwsClients, fifo: str, *texts: str, group: str = "g") -> None:
    for text in texts:
        aws.client("sqs").send_message(QueueUrl=fifo, MessageBody=text, MessageGroupId=group)


@scenario("sqs.handles.late-delete", aws="sqs:DeleteMessage")
def test_a_message_is_deleted_by_its_handle_after_the_timeout_too(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="late")
    message = _received(aws, url)
    _let_pass(1.5)
    sqs.delete_message(**_which(url, message))
    assert receive_once(aws, url, wait=2) == []


@scenario("sqs.handles.late-change", aws="sqs:ChangeMessageVisibility")
def test_a_change_of_a_timeout_that_is_over_is_answered(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="late")
    message = _received(aws, url)
    _let_pass(1.5)
    answer = sqs.change_message_visibility(**_which(url, message), VisibilityTimeout=2)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


@scenario("sqs.handles.of-a-deleted-message", aws="sqs:ChangeMessageVisibility")
def test_the_visibility_of_a_deleted_message_cannot_be_changed(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="gone")
    message = _received(aws, url, VisibilityTimeout=30)
    sqs.delete_message(**_which(url, message))
    found = wait_for(
        "a refusal",
        lambda: refusal(sqs.change_message_visibility, **_which(url, message), VisibilityTimeout=0),
        lambda said: said is not None,
        10,
    )
    assert found == BAD_HANDLE


@scenario("sqs.handles.deleted-twice", aws="sqs:DeleteMessage")
def test_deleting_a_message_again_is_answered_as_before(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="once")
    message = _received(aws, url, VisibilityTimeout=30)
    for _ in range(2):
        assert sqs.delete_message(**_which(url, message))["ResponseMetadata"]["HTTPStatusCode"] == 200


@scenario("sqs.fifo.expired-handle", feature="FIFO queues", aws="sqs:DeleteMessage")
def test_a_handle_of_a_fifo_queue_ends_with_its_visibility(aws: AwsClients, sqs: Any, fifo: str) -> None:
    _send(aws, fifo, "late")
    message = _received(aws, fifo)
    _let_pass(1.5)
    assert refusal(sqs.delete_message, **_which(fifo, message)) == BAD_HANDLE


@scenario("sqs.fifo.prolonged-handle", feature="FIFO queues", aws="sqs:ChangeMessageVisibility")
def test_a_handle_of_a_fifo_queue_lives_on_where_its_visibility_was_prolonged(
    aws: AwsClients, sqs: Any, fifo: str
) -> None:
    _send(aws, fifo, "kept", "next")
    message = _received(aws, fifo)
    sqs.change_message_visibility(**_which(fifo, message), VisibilityTimeout=20)
    assert receive_once(aws, fifo, wait=2) == []
    sqs.delete_message(**_which(fifo, message))
    assert bodies(receive(aws, fifo)) == ["next"]


@scenario("sqs.fifo.dead-letters", feature="FIFO queues", aws="sqs-guide:sqs-dead-letter-queues", lane="resilience")
def test_a_dead_letter_of_a_fifo_queue_leaves_its_group_free(aws: AwsClients, cleanup: Cleanup) -> None:
    dead = a_queue(aws, new_name(".fifo"), cleanup, Attributes=FIFO)
    redrive = json.dumps({"deadLetterTargetArn": queue_arn(aws, dead), "maxReceiveCount": 1})
    source = a_queue(aws, new_name(".fifo"), cleanup, Attributes={**FIFO, "RedrivePolicy": redrive})
    _send(aws, source, "poison")
    poison = _received(aws, source, VisibilityTimeout=0)
    wait_for("nothing left", lambda: receive_once(aws, source, VisibilityTimeout=0), lambda found: found == [])
    [letter] = receive(aws, dead)
    assert (letter["MessageId"], letter["Body"]) == (poison["MessageId"], "poison")
    _send(aws, source, "next")
    assert bodies(receive(aws, source)) == ["next"]


@scenario("sqs.fifo.deduplication-over-groups", feature="FIFO queues", aws="sqs:SendMessage")
@pytest.mark.parametrize("by_content", [True, False], ids=["by-content", "by-id"])
def test_a_deduplication_id_counts_in_all_groups(aws: AwsClients, cleanup: Cleanup, by_content: bool) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": str(by_content).lower()}
    url, more = a_queue(aws, new_name(".fifo"), cleanup, Attributes=attributes), {}
    if not by_content:
        more["MessageDeduplicationId"] = "same"
    for group in ("a", "b"):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody="one", MessageGroupId=group, **more)
    assert bodies(receive(aws, url)) == ["one"]
    assert receive_once(aws, url, wait=1) == []


def _ten(aws: AwsClients, url: str) -> list[dict[str, str]]:
    """Entries of ten messages received, with their handles."""
    entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(10)]
    aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    found: dict[str, str] = {}

    def observe() -> dict[str, str]:
        for message in receive_once(aws, url, VisibilityTimeout=60):
            found[message["Body"]] = message["ReceiptHandle"]
        return found

    wait_for("ten messages", observe, lambda held: len(held) == 10)
    return [{"Id": name, "ReceiptHandle": handle} for name, handle in sorted(found.items())]


@scenario("sqs.batch.change-visibility", feature="batches", aws="sqs:ChangeMessageVisibilityBatch")
def test_a_batch_of_messages_is_given_back_at_once(aws: AwsClients, sqs: Any, url: str) -> None:
    entries = [{**entry, "VisibilityTimeout": 0} for entry in _ten(aws, url)]
    answer = sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert sorted(one["Id"] for one in answer["Successful"]) == [str(number) for number in range(10)]
    assert answer.get("Failed", []) == []
    assert sorted(bodies(receive(aws, url, 10))) == [str(number) for number in range(10)]


@scenario("sqs.batch.change-one-wrong", feature="batches", aws="sqs:ChangeMessageVisibilityBatch")
def test_one_handle_that_is_none_fails_alone_in_a_batch(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="a")
    handle = _received(aws, url, VisibilityTimeout=60)["ReceiptHandle"]
    entries = [
        {"Id": "good", "ReceiptHandle": handle, "VisibilityTimeout": 0},
        {"Id": "bad", "ReceiptHandle": "none", "VisibilityTimeout": 0},
    ]
    answer = sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert [one["Id"] for one in answer["Successful"]] == ["good"]
    assert [(one["Id"], one["Code"], one["SenderFault"]) for one in answer["Failed"]] == [
        ("bad", "ReceiptHandleIsInvalid", True)
    ]


@scenario("sqs.batch.eleven-handles", feature="batches", aws="sqs:ChangeMessageVisibilityBatch")
@pytest.mark.parametrize(
    ("operation", "more"),
    [("change_message_visibility_batch", {"VisibilityTimeout": 9}), ("delete_message_batch", {})],
    ids=["change", "delete"],
)
def test_eleven_handles_in_a_batch_are_refused(
    aws: AwsClients, sqs: Any, url: str, operation: str, more: dict[str, int]
) -> None:
    entries: list[dict[str, Any]] = [{**entry, **more} for entry in _ten(aws, url)]
    entries.append({**entries[0], "Id": "eleventh"})
    with refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", status=400):
        getattr(sqs, operation)(QueueUrl=url, Entries=entries)
