"""Dead letters: what fails too often goes elsewhere, with all that it carried, and can be sent back."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name, queue_arn
from tests.conformance.receiving import bodies, receive, receive_once
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


def _fail(aws: AwsClients, source: str, times: int) -> list[str]:
    """Receives and gives back `times` times; the receive counts."""
    counts = []
    for _ in range(times):
        [message] = wait_for("a message", lambda: receive_once(aws, source, VisibilityTimeout=1), bool)
        counts.append(message["Attributes"]["ApproximateReceiveCount"])
        aws.client("sqs").change_message_visibility(
            QueueUrl=source, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return counts


@scenario("sqs.redrive.after-limit")
def test_a_message_received_too_often_goes_to_the_dead_letter_queue_and_not_earlier(
    aws: AwsClients, source: str, dead: str
) -> None:
    aws.client("sqs").send_message(QueueUrl=source, MessageBody="poison")
    assert _fail(aws, source, 2) == ["1", "2"]
    assert receive_once(aws, dead, wait=0) == []
    assert receive_once(aws, source) == []
    assert bodies(receive(aws, dead)) == ["poison"]


@scenario("sqs.redrive.keeps-message")
def test_a_dead_letter_keeps_its_id_attributes_and_time_and_names_its_source(
    aws: AwsClients, source: str, dead: str
) -> None:
    attributes = {"event": {"DataType": "String", "StringValue": "EVT-1"}}
    sent = aws.client("sqs").send_message(QueueUrl=source, MessageBody="poison", MessageAttributes=attributes)
    [first] = receive_once(aws, source, wait=5, VisibilityTimeout=0)
    _fail(aws, source, 1)
    receive_once(aws, source, wait=0)
    [message] = receive(aws, dead)
    assert (message["MessageId"], message["MessageAttributes"]) == (sent["MessageId"], attributes)
    assert message["Attributes"]["SentTimestamp"] == first["Attributes"]["SentTimestamp"]
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == queue_arn(aws, source)


@scenario("sqs.redrive.list-sources", lane="control plane", aws="sqs:ListDeadLetterSourceQueues")
def test_a_dead_letter_queue_knows_its_sources(aws: AwsClients, source: str, dead: str) -> None:
    assert aws.client("sqs").list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [source]


@scenario("sqs.redrive.survives-update", lane="control plane", aws="sqs:SetQueueAttributes")
def test_a_redrive_policy_survives_the_setting_of_another_attribute(
    aws: AwsClients, sqs: Any, source: str, dead: str
) -> None:
    sqs.set_queue_attributes(QueueUrl=source, Attributes={"VisibilityTimeout": "45"})
    names = ["RedrivePolicy", "VisibilityTimeout"]
    answered = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=names)["Attributes"]
    policy = json.loads(answered["RedrivePolicy"])
    assert policy["deadLetterTargetArn"] == queue_arn(aws, dead)
    assert int(policy["maxReceiveCount"]) == 2
    assert answered["VisibilityTimeout"] == "45"


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
    _fail(aws, source, 2)
    receive_once(aws, source, wait=0)
    name = "ApproximateNumberOfMessages"
    wait_for(
        "the dead letter",
        lambda: aws.client("sqs").get_queue_attributes(QueueUrl=dead, AttributeNames=[name])["Attributes"][name],
        "1".__eq__,
    )
    aws.client("sqs").start_message_move_task(SourceArn=queue_arn(aws, dead))
    assert bodies(receive(aws, source)) == ["poison"]
    assert receive_once(aws, dead, wait=0) == []
