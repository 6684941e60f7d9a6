"""A queue of one's own on the notification topic, so that nobody receives from the system's notifications queue."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.system import System


class NotificationTap:
    """What was announced since the tap was opened: every EntitlementCompleted event, in `events`, as often as it came."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self.events: list[dict[str, Any]] = []

    def drain(self, wait_seconds: int = 1) -> list[dict[str, Any]]:
        """Receives what is there, waiting at most `wait_seconds` for the first, and returns all details seen so far."""
        while bodies := self.receive(self._sqs, wait_seconds):
            wait_seconds = 0
            self.events += [json.loads(body) for body in bodies]
        return self.details()

    def receive(self, sqs: Any, wait_seconds: int = 1) -> list[str]:
        """Takes up to ten messages off the queue by a client of the caller's: their bodies, not kept in `events`."""
        answer = sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
        messages = answer.get("Messages", [])
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
            sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
        return [message["Body"] for message in messages]

    def details(self, corporate_action_event_id: str | None = None) -> list[dict[str, Any]]:
        """The details seen so far, of one event or of all."""
        details = [event["detail"] for event in self.events]
        return [d for d in details if corporate_action_event_id in (None, d["corporate_action_event_id"])]


@contextmanager
def notification_tap(system: System) -> Iterator[NotificationTap]:
    """Subscribes a temporary queue to the topic (raw delivery) and removes both at the end."""
    sqs, sns, name = system.client("sqs"), system.client("sns"), f"notification-tap-{uuid.uuid4().hex[:12]}"
    topic = system.outputs["notifications_topic_arn"]
    queue = f"{topic.rpartition(':')[0].replace(':sns:', ':sqs:')}:{name}"
    # With its policy from the beginning: a policy set later may take a minute to hold, and what SNS sends meanwhile is lost.
    queue_url = sqs.create_queue(QueueName=name, Attributes={"Policy": _policy(queue, topic)})["QueueUrl"]
    try:
        subscription = sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=queue,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        try:
            yield NotificationTap(sqs, queue_url)
        finally:
            sns.unsubscribe(SubscriptionArn=subscription)
    finally:
        sqs.delete_queue(QueueUrl=queue_url)


def _policy(queue: str, topic: str) -> str:
    statement = {
        "Sid": "TopicSendsToTap",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
