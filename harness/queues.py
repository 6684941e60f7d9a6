"""SQS queues, looked at without taking anything from them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from harness.failure import UnsupportedError
from harness.interruption import uninterrupted

MESSAGES_A_CALL = 10
HIDDEN_SECONDS = 300
"""How long messages that are looked at stay hidden, and a second more for each call that the queue's messages take. They stay so if this
process is killed before it shows them again."""
_MOST_HIDDEN_SECONDS = 12 * 60 * 60


class Counts(NamedTuple):
    """Messages that wait, and messages that a receiver has and has not deleted yet."""

    waiting: int
    in_flight: int


def counts(sqs: Any, url: str) -> Counts:
    """Return how many messages the queue holds; SQS calls both numbers approximate."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return Counts(*(int(attributes[name]) for name in names))


Messages = Callable[[], Iterator[dict[str, Any]]]


@contextmanager
def peek(sqs: Any, url: str) -> Iterator[Messages]:
    """Give a function that reads the queue's messages; at the end of the block all that it gave are visible again.

    Each call of it gives the visible messages that were not given before, until no new one has come for a second. A message that shows
    again while others are read (reading took longer than it stays hidden) is given once. A message that the block deletes stays deleted.
    """
    receipts: dict[str, str] = {}
    hidden_seconds = min(HIDDEN_SECONDS + sum(counts(sqs, url)) // MESSAGES_A_CALL, _MOST_HIDDEN_SECONDS)

    def messages() -> Iterator[dict[str, Any]]:
        while batch := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=MESSAGES_A_CALL, VisibilityTimeout=hidden_seconds, WaitTimeSeconds=1,
            MessageSystemAttributeNames=["SentTimestamp"], MessageAttributeNames=["All"],
        ).get("Messages"):  # fmt: skip
            new = [message for message in batch if message["MessageId"] not in receipts]
            receipts.update({message["MessageId"]: message["ReceiptHandle"] for message in batch})
            if not new:
                return
            yield from new

    try:
        yield messages
    finally:
        handles = list(receipts.values())
        with uninterrupted():  # a second Ctrl-C would leave them hidden
            for start in range(0, len(handles), MESSAGES_A_CALL):
                entries = [
                    {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for index, handle in enumerate(handles[start : start + MESSAGES_A_CALL])
                ]
                sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)


def every_message(sqs: Any, url: str, messages: Messages) -> Iterator[dict[str, Any]]:
    """Give the messages of a queue, which `messages` reads. Raises UnsupportedError at their end if another reader hides some."""
    expected, shown = sum(counts(sqs, url)), 0
    for message in messages():
        shown += 1
        yield message
    if shown < expected:
        raise UnsupportedError(
            f"the queue {url.rpartition('/')[2]} showed {shown} of its {expected} messages, as another reader has some:"
            " try again in a minute"
        )
