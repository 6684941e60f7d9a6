"""Moving dead letters: back or elsewhere, at a pace, and what no task is started for."""

import base64
import json
import time
import uuid
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name, queue_arn
from tests.conformance.receiving import bodies, receive, receive_once
from tests.conformance.refusing import refusal

pytestmark = scenario(service="sqs", lane="resilience", feature="redrive", aws="sqs:StartMessageMoveTask")
WRONG, MISSING = ("InvalidParameterValue", 400), ("ResourceNotFoundException", 404)
ALL = ["0", "1", "2", "3"]


@pytest.fixture
def source(aws: AwsClients, cleanup: Cleanup) -> tuple[str, str]:
    """URL of a queue and of its dead-letter queue."""
    dead = a_queue(aws, new_name(), cleanup)
    redrive = json.dumps({"deadLetterTargetArn": queue_arn(aws, dead), "maxReceiveCount": 1})
    return a_queue(aws, new_name(), cleanup, Attributes={"RedrivePolicy": redrive}), dead


@pytest.fixture
def elsewhere(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup)


def _die(aws: AwsClients, source: tuple[str, str]) -> str:
    """Let four messages become dead letters, and return the ARN of their queue."""
    url, dead = source
    aws.client("sqs").send_message_batch(QueueUrl=url, Entries=[{"Id": one, "MessageBody": one} for one in ALL])

    def count() -> str:
        receive_once(aws, url, wait=0, VisibilityTimeout=0)
        asked = {"QueueUrl": dead, "AttributeNames": ["ApproximateNumberOfMessages"]}
        return str(aws.client("sqs").get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessages"])

    wait_for("four dead letters", count, "4".__eq__, 60)
    return queue_arn(aws, dead)


def _task(sqs: Any, arn: str) -> dict[str, Any]:
    return dict(sqs.list_message_move_tasks(SourceArn=arn)["Results"][0])


@scenario("sqs.moves.elsewhere")
def test_dead_letters_are_moved_to_the_queue_that_the_task_names(
    aws: AwsClients, sqs: Any, source: tuple[str, str], elsewhere: str
) -> None:
    arn = _die(aws, source)
    sqs.start_message_move_task(SourceArn=arn, DestinationArn=queue_arn(aws, elsewhere))
    assert sorted(bodies(receive(aws, elsewhere, 4))) == ALL
    assert receive_once(aws, source[1], wait=1) == []


@scenario("sqs.moves.counted", aws="sqs:ListMessageMoveTasks")
def test_a_task_that_is_over_counts_what_it_moved(
    aws: AwsClients, sqs: Any, source: tuple[str, str], elsewhere: str
) -> None:
    arn, to = _die(aws, source), queue_arn(aws, elsewhere)
    sqs.start_message_move_task(SourceArn=arn, DestinationArn=to)
    task = wait_for(
        "the task is over",
        lambda: _task(sqs, arn),
        lambda found: found["Status"] == "COMPLETED" and found["ApproximateNumberOfMessagesMoved"] == 4,
    )
    assert (task["SourceArn"], task["DestinationArn"], task["ApproximateNumberOfMessagesToMove"]) == (arn, to, 4)
    assert "TaskHandle" not in task


@scenario("sqs.moves.handle")
def test_the_handle_of_a_task_holds_its_id_and_its_source(
    aws: AwsClients, sqs: Any, source: tuple[str, str], elsewhere: str
) -> None:
    arn = _die(aws, source)
    handle = sqs.start_message_move_task(SourceArn=arn, DestinationArn=queue_arn(aws, elsewhere))["TaskHandle"]
    said = json.loads(base64.b64decode(handle))
    assert said["sourceArn"] == arn
    assert uuid.UUID(said["taskId"])


@scenario("sqs.moves.pace")
def test_a_task_moves_no_more_in_a_second_than_it_may(
    aws: AwsClients, sqs: Any, source: tuple[str, str], elsewhere: str
) -> None:
    arn, to = _die(aws, source), queue_arn(aws, elsewhere)
    began = time.monotonic()
    sqs.start_message_move_task(SourceArn=arn, DestinationArn=to, MaxNumberOfMessagesPerSecond=1)
    assert sorted(bodies(receive(aws, elsewhere, 4, 60))) == ALL
    assert time.monotonic() - began >= 2.5


@scenario("sqs.moves.one-at-a-time")
def test_a_second_task_of_one_source_is_refused_while_the_first_runs(
    aws: AwsClients, sqs: Any, source: tuple[str, str], elsewhere: str
) -> None:
    asked = {
        "SourceArn": _die(aws, source),
        "DestinationArn": queue_arn(aws, elsewhere),
        "MaxNumberOfMessagesPerSecond": 1,
    }
    sqs.start_message_move_task(**asked)
    assert refusal(sqs.start_message_move_task, **asked) == WRONG


@scenario("sqs.moves.cancelled", aws="sqs:CancelMessageMoveTask")
def test_a_cancelled_task_leaves_what_it_has_not_moved(
    aws: AwsClients, sqs: Any, source: tuple[str, str], elsewhere: str
) -> None:
    arn, to = _die(aws, source), queue_arn(aws, elsewhere)
    handle = sqs.start_message_move_task(SourceArn=arn, DestinationArn=to, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    assert _task(sqs, arn)["TaskHandle"] == handle
    sqs.cancel_message_move_task(TaskHandle=handle)
    wait_for("the task is cancelled", lambda: _task(sqs, arn)["Status"], "CANCELLED".__eq__)
    assert receive(aws, source[1]) != []


@scenario("sqs.moves.refused", lane="control plane")
def test_a_queue_that_holds_no_dead_letters_is_no_source(
    aws: AwsClients, sqs: Any, cleanup: Cleanup, elsewhere: str
) -> None:
    plain = queue_arn(aws, a_queue(aws, new_name(), cleanup))
    assert refusal(sqs.start_message_move_task, SourceArn=plain, DestinationArn=queue_arn(aws, elsewhere)) == WRONG


@scenario("sqs.moves.no-destination", lane="control plane")
def test_a_destination_that_is_not_there_is_not_found(aws: AwsClients, sqs: Any, source: tuple[str, str]) -> None:
    arn = queue_arn(aws, source[1])
    assert refusal(sqs.start_message_move_task, SourceArn=arn, DestinationArn=f"{arn}-none") == MISSING


@scenario("sqs.moves.wrong-handle", lane="control plane", aws="sqs:CancelMessageMoveTask")
def test_a_handle_that_is_none_cancels_nothing(sqs: Any) -> None:
    assert refusal(sqs.cancel_message_move_task, TaskHandle="none") == WRONG


@scenario("sqs.moves.unknown-task", lane="control plane", aws="sqs:CancelMessageMoveTask")
def test_a_task_that_is_not_there_is_not_found(aws: AwsClients, sqs: Any, elsewhere: str) -> None:
    said = json.dumps({"taskId": str(uuid.uuid4()), "sourceArn": queue_arn(aws, elsewhere)})
    handle = base64.b64encode(said.encode()).decode()
    assert refusal(sqs.cancel_message_move_task, TaskHandle=handle) == MISSING
