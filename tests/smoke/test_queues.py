"""SQS: entitlement requests, notifications, and the dead letters of both."""

import json

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import QUEUES, SOURCE_QUEUES, queue

pytestmark = scenario(service="sqs", lane="control plane", aws="sqs:GetQueueAttributes")

each_queue = pytest.mark.parametrize("output", QUEUES)
each_source = pytest.mark.parametrize("output", SOURCE_QUEUES)


@scenario("sqs.queues.encrypted", feature="encryption")
@each_queue
def test_a_queue_is_encrypted_with_kms(system: System, output: str) -> None:
    assert queue(system, output).get("KmsMasterKeyId")


@scenario("sqs.queues.retention", feature="retention")
@each_queue
def test_a_queue_keeps_messages_for_two_weeks(system: System, output: str) -> None:
    assert queue(system, output)["MessageRetentionPeriod"] == str(14 * 24 * 3600)


@scenario("sqs.queues.dead-letters", feature="redrive policy", aws="sqs-guide:sqs-dead-letter-queues")
@each_source
def test_what_fails_repeatedly_goes_to_the_dead_letter_queue(system: System, output: str) -> None:
    redrive = json.loads(queue(system, output)["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"] == queue(system, "dead_letter_queue_url")["QueueArn"]


@scenario("sqs.queues.receive-limit", feature="redrive policy", aws="sqs-guide:sqs-dead-letter-queues")
@each_source
def test_a_message_is_tried_five_times(system: System, output: str) -> None:
    assert int(json.loads(queue(system, output)["RedrivePolicy"])["maxReceiveCount"]) == 5


@scenario("sqs.queues.long-polling", feature="long polling")
@each_source
def test_receivers_poll_long(system: System, output: str) -> None:
    seconds = {"entitlement_requests_queue_url": "5", "notifications_queue_url": "20"}
    assert queue(system, output)["ReceiveMessageWaitTimeSeconds"] == seconds[output]


@scenario("sqs.queues.visibility", feature="visibility timeout")
def test_a_request_is_hidden_long_enough_to_be_worked_on(system: System) -> None:
    assert int(queue(system, "entitlement_requests_queue_url")["VisibilityTimeout"]) == 60


@scenario("sqs.queues.redrive-allow", feature="redrive allow policy")
def test_the_dead_letter_queue_takes_from_our_two_queues_only(system: System) -> None:
    allowed = json.loads(queue(system, "dead_letter_queue_url")["RedriveAllowPolicy"])
    sources = sorted(queue(system, output)["QueueArn"] for output in SOURCE_QUEUES)
    assert (allowed["redrivePermission"], sorted(allowed["sourceQueueArns"])) == ("byQueue", sources)
