"""Dead letters: what fails too often goes elsewhere, with all that it carried, and can be sent back."""

import json

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name, queue_arn
from tests.conformance.receiving import Message, bodies, receive, receive_once, update_queue
from tests.conformance.refusing import refused

pytestmark = scenario(service="sqs", lane="resilience", feature="redrive", aws="sqs-guide:sqs-dead-letter-queues")


@pytest.fixture
def dead(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup)


@pytest.fixture
def source(aws: AwsClients, cleanup: Cleanup, dead: str) -> str:
    return a_queue(aws, new_name(), cleanup, Attributes={"RedrivePolicy": _redrive(aws, dead)})


def _redrive(aws: AwsClients, dead: str, receives: int = 2) -> str:
    return json.dumps({"deadLetterTargetArn": queue_arn(aws, dead), "maxReceiveCount": str(receives)})


def _fail(aws: AwsClients, source: str, times: int = 2) -> list[Message]:
    """Receive the message and give it back `times` times; return what came."""
    failed: list[Message] = []
    for _ in range(times):
        failed += wait_for("a message", lambda: receive_once(aws, source, VisibilityTimeout=1), bool)
        aws.client("sqs").change_message_visibility(
            QueueUrl=source, ReceiptHandle=failed[-1]["ReceiptHandle"], VisibilityTimeout=0
        )
    return failed


def _dead_letter(aws: AwsClients, source: str, dead: str) -> Message:
    """Ask the source, which gives nothing any more, until the message is in the dead-letter queue, where it stays visible."""

    def moved() -> list[Message]:
        assert receive_once(aws, source, wait=0) == []
        return receive_once(aws, dead, wait=0, VisibilityTimeout=0)

    return wait_for("the dead letter", moved, bool)[0]


@scenario("sqs.redrive.after-limit")
def test_a_message_received_too_often_goes_to_the_dead_letter_queue_and_not_earlier(
    aws: AwsClients, source: str, dead: str
) -> None:
    aws.client("sqs").send_message(QueueUrl=source, MessageBody="poison")
    assert [message["Attributes"]["ApproximateReceiveCount"] for message in _fail(aws, source)] == ["1", "2"]
    assert receive_once(aws, dead, wait=0) == []
    assert _dead_letter(aws, source, dead)["Body"] == "poison"


@scenario("sqs.redrive.keeps-message")
def test_a_dead_letter_keeps_its_id_and_attributes_and_names_its_source(
    aws: AwsClients, source: str, dead: str
) -> None:
    attributes = {"event": {"DataType": "String", "StringValue": "EVT-1"}}
    sent = aws.client("sqs").send_message(QueueUrl=source, MessageBody="poison", MessageAttributes=attributes)
    _fail(aws, source)
    message = _dead_letter(aws, source, dead)
    assert (message["MessageId"], message["MessageAttributes"]) == (sent["MessageId"], attributes)
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == queue_arn(aws, source)


@scenario("sqs.redrive.keeps-time")
def test_a_dead_letter_keeps_the_time_of_its_sending(aws: AwsClients, source: str, dead: str) -> None:
    aws.client("sqs").send_message(QueueUrl=source, MessageBody="poison")
    sent = _fail(aws, source)[0]["Attributes"]["SentTimestamp"]
    assert _dead_letter(aws, source, dead)["Attributes"]["SentTimestamp"] == sent


@scenario("sqs.redrive.list-sources", lane="control plane", aws="sqs:ListDeadLetterSourceQueues")
def test_a_dead_letter_queue_knows_its_sources(aws: AwsClients, source: str, dead: str) -> None:
    sqs = aws.client("sqs")
    await_answer([source], lambda: sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"])


@scenario("sqs.redrive.survives-update", lane="control plane", aws="sqs:SetQueueAttributes")
def test_a_redrive_policy_survives_the_setting_of_another_attribute(aws: AwsClients, source: str, dead: str) -> None:
    policy = json.loads(update_queue(aws, source, VisibilityTimeout="45")["RedrivePolicy"])
    assert (policy["deadLetterTargetArn"], int(policy["maxReceiveCount"])) == (queue_arn(aws, dead), 2)


@scenario("sqs.redrive.unknown-target", lane="control plane", aws="sqs:SetQueueAttributes")
def test_a_dead_letter_queue_that_is_not_there_is_refused(aws: AwsClients, source: str, dead: str) -> None:
    policy = {"deadLetterTargetArn": f"{queue_arn(aws, dead)}-not-there", "maxReceiveCount": "2"}
    with refused("InvalidAttributeValue", "InvalidParameterValue", status=400):
        aws.client("sqs").set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": json.dumps(policy)})


@scenario("sqs.redrive.allow-policy", lane="security", aws="sqs:SetQueueAttributes")
def test_a_queue_that_denies_all_is_not_taken_as_dead_letter_queue(
    aws: AwsClients, cleanup: Cleanup, source: str
) -> None:
    closed = a_queue(
        aws, new_name(), cleanup, Attributes={"RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})}
    )
    policy = _redrive(aws, closed)
    with refused("InvalidAttributeValue", "InvalidParameterValue", status=400):
        aws.client("sqs").set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": policy})


@scenario("sqs.redrive.back", aws="sqs:StartMessageMoveTask")
def test_dead_letters_are_moved_back_to_where_they_came_from(aws: AwsClients, source: str, dead: str) -> None:
    aws.client("sqs").send_message(QueueUrl=source, MessageBody="poison")
    _fail(aws, source)
    _dead_letter(aws, source, dead)
    aws.client("sqs").start_message_move_task(SourceArn=queue_arn(aws, dead))
    assert bodies(receive(aws, source)) == ["poison"]
    assert receive_once(aws, dead, wait=0) == []
