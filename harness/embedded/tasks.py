"""Engine tasks as processes: what one is made of, how it is started and stopped, and how long to wait after a crash."""

import signal
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.embedded import processes
from harness.embedded.task_log import TaskLog
from harness.environment import child

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
STEADY_SECONDS = 10.0  # a task that ran this long starts its back-off anew: ECS throttles failed starts alone
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
    container: str = ""
    command: tuple[str, ...] = ()
    """What follows the image's entry point; it is `python -m servicing_engine` in ours."""
    awslogs: Mapping[str, str] = field(default_factory=dict)
    """Options of the awslogs driver, by their names without `awslogs-`; {} where the container logs elsewhere."""

    @classmethod
    def of_definition(cls, definition: Mapping[str, Any]) -> "TaskSpecification":
        """From DescribeTaskDefinition's `taskDefinition`: its first container, as ours have one."""
        container = definition["containerDefinitions"][0]
        logging = container.get("logConfiguration") or {}
        options = logging.get("options", {}) if logging.get("logDriver") == "awslogs" else {}
        return cls(
            task_definition_arn=definition["taskDefinitionArn"],
            image=container["image"],
            environment={pair["name"]: pair["value"] for pair in container.get("environment") or []},
            secrets={pair["name"]: pair["valueFrom"] for pair in container.get("secrets") or []},
            task_role_arn=definition.get("taskRoleArn", ""),
            execution_role_arn=definition.get("executionRoleArn", ""),
            stop_timeout_seconds=float(container.get("stopTimeout") or DEFAULT_STOP_TIMEOUT_SECONDS),
            container=container["name"],
            command=tuple(container.get("command") or ()),
            awslogs={name.removeprefix("awslogs-"): value for name, value in options.items()},
        )

    def overridden(self, overrides: Mapping[str, Any]) -> "TaskSpecification":
        """Return the specification as RunTask's `overrides` change it: roles, and the container's command and environment."""
        of_container = [one for one in overrides.get("containerOverrides") or [] if one.get("name") == self.container]
        changed = of_container[0] if of_container else {}
        environment = {pair["name"]: pair["value"] for pair in changed.get("environment") or []}
        return replace(
            self,
            command=tuple(changed.get("command") or self.command),
            environment={**self.environment, **environment},
            task_role_arn=overrides.get("taskRoleArn") or self.task_role_arn,
            execution_role_arn=overrides.get("executionRoleArn") or self.execution_role_arn,
        )


@dataclass(frozen=True)
class OneOffTask:
    """A task of RunTask: of no service, run once and never started again. `created_at` is aware."""

    arn: str
    cluster: str
    created_at: datetime
    specification: TaskSpecification

    @property
    def task_id(self) -> str:
        """Return the last part of its ARN."""
        return self.arn.rpartition("/")[2]


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
    one_off: OneOffTask | None = None
    output: TaskLog | None = None

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
    log: Path,
    storage: Path,
    now: float,
) -> Task:
    """Runs `command` in the unpacked `image`, with this environment, PATH, PYTHONPATH and a TMPDIR of its own; nothing is inherited."""
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
