"""Engine tasks as processes: what one is made of, how it is started and stopped, and how long to wait after a crash."""

import signal
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.embedded import processes
from harness.environment import child

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
STEADY_SECONDS = 60.0  # a task that ran this long starts its back-off anew
DEFAULT_STOP_TIMEOUT_SECONDS = 30.0  # of Fargate


@dataclass(frozen=True)
class TaskSpecification:
    """What a task definition says of its container, in the words of ECS. `secrets` maps a variable to a `valueFrom`."""

    task_definition_arn: str
    image: str
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    task_role_arn: str
    execution_role_arn: str
    stop_timeout_seconds: float = DEFAULT_STOP_TIMEOUT_SECONDS

    @classmethod
    def of_definition(cls, definition: Mapping[str, Any]) -> "TaskSpecification":
        """From DescribeTaskDefinition's `taskDefinition`: its first container, as ours have one."""
        container = definition["containerDefinitions"][0]
        return cls(
            task_definition_arn=definition["taskDefinitionArn"],
            image=container["image"],
            environment={pair["name"]: pair["value"] for pair in container.get("environment") or []},
            secrets={pair["name"]: pair["valueFrom"] for pair in container.get("secrets") or []},
            task_role_arn=definition.get("taskRoleArn", ""),
            execution_role_arn=definition.get("executionRoleArn", ""),
            stop_timeout_seconds=float(container.get("stopTimeout") or DEFAULT_STOP_TIMEOUT_SECONDS),
        )


@dataclass
class Backoff:
    """How long a service waits after crashes in a row: 0.5 s, doubled each time, at most 30 s."""

    crashes: int = 0
    not_before: float = 0.0

    def crashed(self, now: float, ran_seconds: float) -> None:
        """Counts a crash at monotonic time `now`."""
        self.crashes = 1 if ran_seconds >= STEADY_SECONDS else self.crashes + 1
        self.not_before = now + min(FIRST_BACKOFF_SECONDS * 2.0 ** (self.crashes - 1), LONGEST_BACKOFF_SECONDS)


@dataclass
class Task:
    """A task that runs, or is being stopped when `kill_at` (monotonic seconds) is set."""

    task_id: str
    service: str
    specification: TaskSpecification
    process: "subprocess.Popen[bytes]" = field(repr=False)
    record: processes.ProcessRecord
    started_at: float
    log: Path
    storage: Path
    kill_at: float | None = None

    def stop(self, now: float) -> None:
        """SIGTERM; `enforce` sends SIGKILL when the task's stop timeout has passed."""
        if self.kill_at is None:
            self.process.send_signal(signal.SIGTERM)
            self.kill_at = now + self.specification.stop_timeout_seconds

    def enforce(self, now: float) -> None:
        """SIGKILL to a task that did not end in its time."""
        if self.kill_at is not None and now > self.kill_at and self.process.poll() is None:
            self.process.kill()

    def to_json(self) -> dict[str, Any]:
        """For the tasks file and `status --json`."""
        state = "STOPPING" if self.kill_at is not None else "RUNNING"
        known = {"task_id": self.task_id, "service": self.service, "state": state, "log": str(self.log)}
        return {**known, "task_definition_arn": self.specification.task_definition_arn, **self.record.to_json()}


def start_task(
    *,
    service: str,
    specification: TaskSpecification,
    command: Sequence[str],
    image: Path,
    environment: Mapping[str, str],
    task_id: str,
    logs: Path,
    storage: Path,
    now: float,
) -> Task:
    """Runs `command` in the unpacked `image`, with this environment, PATH, PYTHONPATH and a TMPDIR of its own; nothing is inherited."""
    log = logs / f"{task_id}.log"
    temporary = storage / task_id
    temporary.mkdir()
    complete = child({**environment, "PYTHONPATH": str(image), "TMPDIR": str(temporary)})
    process = processes.start(command, complete, log, image)
    return Task(
        task_id, service, specification, process, processes.ProcessRecord.of_child(process), now, log, temporary
    )


def new_task_id() -> str:
    """32 hexadecimal digits, as those of ECS."""
    return uuid.uuid4().hex
