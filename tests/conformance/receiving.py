"""Messages of a queue, and its counts and attributes, waited for.

A `wait` of 0 asks some of AWS's servers only: it proves that nothing is there where one server has all, and accuses nobody elsewhere.
"""

import time
from collections.abc import Callable
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, stretched, wait_for

Message = dict[str, Any]
AGAIN = 5.0
"""Seconds after which something that has not arrived is sent again."""
PROPAGATED = 60.0
"""Seconds that a changed attribute of a queue may take (API_SetQueueAttributes)."""
COUNTED = 90.0
"""Seconds that the counts of a queue may take: a minute after the last message, or a little more (API_GetQueueAttributes)."""
COUNTS = {
    "waiting": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


def receive_once(aws: AwsClients, url: str, wait: int = 1, **options: Any) -> list[Message]:
    """One ReceiveMessage with all attributes; nothing is deleted."""
    asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    answer = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=wait, **asked | options)
    return list(answer.get("Messages", []))


def take(aws: AwsClients, url: str, wait: int = 1, **options: Any) -> list[Message]:
    """Receive once, and delete what came."""
    messages = receive_once(aws, url, wait, **options)
    for message in messages:
        aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def nothing() -> None:
    """Do nothing."""


def repeated(send: Callable[[], object]) -> Callable[[], None]:
    """Return a function that sends when it is called first, and then not before AGAIN seconds have passed."""
    due = 0.0

    def again() -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + stretched(AGAIN)
            send()

    return again


def receive(
    aws: AwsClients,
    url: str,
    count: int = 1,
    seconds: float = 30,
    accept: Callable[[list[Message]], bool] | None = None,
    again: Callable[[], object] = nothing,
    **options: Any,
) -> list[Message]:
    """Return the next messages in the order in which they came, each deleted as it comes: `count` or more, or until `accept` takes them.

    `again` is called first, and again every AGAIN seconds.
    """
    found: list[Message] = []
    send = repeated(again)

    def observe() -> list[Message]:
        send()
        found.extend(take(aws, url, **options))
        return found

    return wait_for(
        "the messages" if accept else f"{count} messages",
        observe,
        accept or (lambda messages: len(messages) >= count),
        seconds,
    )


def send_until(
    aws: AwsClients,
    url: str,
    send: Callable[[], Any],
    accept: Callable[[list[Message]], bool] = bool,
    seconds: float = 30,
) -> tuple[list[Any], list[Message]]:
    """Send until `accept` takes the messages that arrived, again every AGAIN seconds; return the answers of `send`, and the messages.

    A new subscription, rule, target or mapping counts on AWS after a short period, and what is sent before is lost.
    """
    sent: list[Any] = []
    messages = receive(aws, url, seconds=seconds, accept=accept, again=lambda: sent.append(send()))
    return sent, messages


def await_silence(aws: AwsClients, url: str, witness: str, send: Callable[[], Any], seconds: float = 30) -> None:
    """Send until what arrives at the queue `witness` no longer arrives at `url`: what is switched off goes on for a moment on AWS."""

    def arrived() -> list[Message]:
        for _ in range(2):  # when the second is there, so is the first
            send_until(aws, witness, send)
        return take(aws, url, wait=0)

    await_answer([], arrived, seconds=seconds)


def is_each_once(received: list[str], sent: set[str]) -> bool:
    """Return True if all that was sent was received, and at most one message twice, which at-least-once delivery permits."""
    return set(received) == sent and len(received) <= len(sent) + 1


def await_counts(aws: AwsClients, url: str, **expected: int) -> None:
    """Wait until the queue counts so many messages, by the names of COUNTS."""
    await_answer(expected, _counts, aws, url, *expected, seconds=COUNTED)


def _counts(aws: AwsClients, url: str, *names: str) -> dict[str, int]:
    asked = [COUNTS[name] for name in names]
    answered = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    return {name: int(answered[COUNTS[name]]) for name in names}


def update_queue(aws: AwsClients, url: str, **changed: str) -> dict[str, str]:
    """Set attributes of the queue, wait until they are so, and return all attributes."""
    sqs = aws.client("sqs")
    sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
    return wait_for(
        f"the queue has {changed}",
        lambda: dict(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]),
        lambda attributes: attributes.items() >= changed.items(),
        PROPAGATED,
    )


def bodies(messages: list[Message]) -> list[str]:
    """What the messages say."""
    return [message["Body"] for message in messages]
