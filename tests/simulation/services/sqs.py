"""SQS: standard queues, which deliver at least once and in any order, hide what is received for a while, and give up after some receives."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.services.calls import Calls


@dataclass
class Message:
    """A message of a queue."""

    number: int
    body: str
    visible_at: datetime
    receives: int = 0


class Queue:
    """A queue. `dead_letters`: where a message goes after `most_receives`."""

    def __init__(
        self, visibility_seconds: float = 60, most_receives: int = 0, dead_letters: "Queue | None" = None
    ) -> None:
        self.messages: dict[int, Message] = {}
        self.visibility, self.most_receives, self.dead_letters = visibility_seconds, most_receives, dead_letters


class SQS:
    """The client of all queues, by URL."""

    def __init__(self, calls: Calls, queues: Mapping[str, Queue]) -> None:
        self._calls, self.queues, self._numbers = calls, queues, itertools.count(1)
        calls.scheduler.timers.append(self._next_visible)

    def send_message_batch(self, QueueUrl: str, Entries: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """Take messages, of which some may fail for the moment."""

        def effect() -> dict[str, Any]:
            partial = self._calls.suffers("partial", "SendMessageBatch")
            failed = [entry for entry in Entries if partial and self._calls.scheduler.random.random() < 0.5]
            for entry in Entries:
                if entry not in failed:
                    self.put(self.queues[QueueUrl], entry["MessageBody"])
            code = {"Code": "InternalError", "SenderFault": False}
            return {"Successful": [], "Failed": [{"Id": entry["Id"], **code} for entry in failed]}

        return self._calls.make("sqs", "SendMessageBatch", effect)

    def put(self, queue: Queue, body: str) -> None:
        """Add a message."""
        number = next(self._numbers)
        queue.messages[number] = Message(number, body, self._calls.scheduler.now)
        self._calls.wrote()

    def receive_message(self, QueueUrl: str, **_: Any) -> dict[str, Any]:
        """Return at most one of the visible messages, once there is one; none where nothing else is left to do."""
        queue, scheduler = self.queues[QueueUrl], self._calls.scheduler
        if not self._visible(queue):
            scheduler.idle(lambda: bool(self._visible(queue)))
        return self._calls.make("sqs", "ReceiveMessage", lambda: self._receive(queue))

    def _receive(self, queue: Queue) -> dict[str, Any]:
        if not (visible := self._visible(queue)):
            return {}
        receiver = self._calls.scheduler.current
        message = self._calls.scheduler.random.choice(visible)
        message.receives += 1
        # Luck turns: what fails at each receive becomes a dead letter, rightly, and would say nothing of the system.
        receiver.is_spared = message.receives > queue.most_receives // 2
        if queue.dead_letters and message.receives > queue.most_receives:
            del queue.messages[message.number]
            self.put(queue.dead_letters, message.body)
            return {}
        message.visible_at = self._in(0 if self._calls.suffers("repeated", "delivery") else queue.visibility)
        handle = {"ReceiptHandle": f"{message.number}/{message.receives}", "Attributes": {"SentTimestamp": "0"}}
        return {"Messages": [{"MessageId": str(message.number), "Body": message.body, **handle}]}

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> dict[str, Any]:
        """Hide a message from now on for so long."""

        def effect() -> dict[str, Any]:
            if message := self.queues[QueueUrl].messages.get(_number(ReceiptHandle)):
                message.visible_at = self._in(VisibilityTimeout)
                self._calls.wrote()
            return {}

        return self._calls.make("sqs", "ChangeMessageVisibility", effect)

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:
        """Delete a message."""

        def effect() -> dict[str, Any]:
            self.queues[QueueUrl].messages.pop(_number(ReceiptHandle), None)
            self._calls.wrote()
            return {}

        return self._calls.make("sqs", "DeleteMessage", effect)

    def _visible(self, queue: Queue) -> list[Message]:
        return [message for message in queue.messages.values() if message.visible_at <= self._calls.scheduler.now]

    def _in(self, seconds: float) -> datetime:
        return self._calls.scheduler.now + timedelta(seconds=seconds)

    def _next_visible(self) -> datetime | None:
        """Return when the next hidden message of a queue that is worked off shows again."""
        now, worked = self._calls.scheduler.now, [queue for queue in self.queues.values() if queue.dead_letters]
        hidden = [message.visible_at for queue in worked for message in queue.messages.values()]
        return min((instant for instant in hidden if instant > now), default=None)


def _number(handle: str) -> int:
    return int(handle.partition("/")[0])
