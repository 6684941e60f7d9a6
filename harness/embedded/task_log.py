"""A task's output on its way to CloudWatch Logs, as the awslogs driver sends it: a line is an event of the task's own stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

EVENTS_A_CALL = 1_000
"""PutLogEvents takes 10,000 events and 1 MiB a call (API reference)."""


@dataclass
class TaskLog:
    """`file` goes to a stream of `group`; `sent_bytes` of it are there. `logs` acts as the task's execution role."""

    logs: Any
    group: str
    stream: str
    file: Path
    sent_bytes: int = 0

    def create(self) -> None:
        """Make the stream. Raises botocore's errors, for which Fargate does not start the task."""
        self.logs.create_log_stream(logGroupName=self.group, logStreamName=self.stream)

    def send(self, ended: bool = False) -> None:
        """Send the complete lines that were written since; of a task that has `ended` also what follows the last newline."""
        with self.file.open("rb") as file:
            file.seek(self.sent_bytes)
            content = file.read()
        complete = content if ended else content[: content.rfind(b"\n") + 1]
        lines = complete.decode(errors="replace").split("\n")
        for start in range(0, len(lines), EVENTS_A_CALL):
            self._put(lines[start : start + EVENTS_A_CALL])
        self.sent_bytes += len(complete)

    def _put(self, lines: Sequence[str]) -> None:
        now = int(time() * 1000)
        events = [{"timestamp": now, "message": line} for line in lines if line]  # an event without text is refused
        if events:
            self.logs.put_log_events(logGroupName=self.group, logStreamName=self.stream, logEvents=events)
