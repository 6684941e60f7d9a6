"""The engine agent: does for the services' tasks what Fargate does, with processes of this machine."""

import logging
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.embedded.container_credentials import ContainerCredentials
from harness.embedded.control_plane import DesiredService
from harness.embedded.run_folder import RunFolder, write_json
from harness.embedded.tasks import Backoff, Task, TaskSpecification, new_task_id, start_task
from harness.failure import HarnessError

ENGINE_COMMAND = (sys.executable, "-m", "servicing_engine")
LOGGER = logging.getLogger(__name__)

PullImage = Callable[[TaskSpecification, str], Path]  # (specification, task id) -> folder with the engine
SecretValues = Callable[[TaskSpecification, str], Mapping[str, str]]


@dataclass(frozen=True)
class Surroundings:
    """Where the agent puts logs, and what it runs."""

    run: RunFolder
    platform_environment: Mapping[str, str]  # what the target injects, as Simfra and Fargate do: endpoint, region
    command: Sequence[str] = ENGINE_COMMAND


@dataclass
class Agent:
    """Brings the running tasks to what the services want. Not for several threads: one loop calls `reconcile`."""

    surroundings: Surroundings
    credentials: ContainerCredentials
    pull: PullImage
    secret_values: SecretValues
    clock: Callable[[], float] = monotonic
    tasks: list[Task] = field(default_factory=list)
    backoffs: dict[str, Backoff] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    _written: dict[str, Any] = field(default_factory=dict)

    def reconcile(self, services: Iterable[DesiredService]) -> None:
        """One round: bury what has ended, stop what is too much or outdated, start what is missing and may start."""
        wanted = {service.name: service for service in services}
        self._bury()
        for task in self.tasks:
            service = wanted.get(task.service)
            if service is None or service.specification != task.specification:
                task.stop(self.clock())
        for service in wanted.values():
            self._scale(service)
        for task in self.tasks:
            task.enforce(self.clock())
        self._write()

    def stop(self) -> None:
        """SIGTERM to all; `reconcile([])` afterwards buries them."""
        for task in self.tasks:
            task.stop(self.clock())

    def _scale(self, service: DesiredService) -> None:
        current = [task for task in self.tasks if task.service == service.name and task.kill_at is None]
        for task in current[service.desired_count :]:
            task.stop(self.clock())
        backoff = self.backoffs.setdefault(service.name, Backoff())
        for _ in range(service.desired_count - len(current)):
            if self.clock() < backoff.not_before:
                return
            self._start(service, backoff)

    def _start(self, service: DesiredService, backoff: Backoff) -> None:
        task_id, specification, around = new_task_id(), service.specification, self.surroundings
        try:
            image = self.pull(specification, task_id)
            secrets = self.secret_values(specification, task_id)
        except (HarnessError, ClientError, BotoCoreError, OSError) as problem:
            self.problems[service.name] = str(problem)
            LOGGER.warning("service %s: no task started: %s", service.name, problem)
            backoff.crashed(self.clock(), 0.0)
            return
        grant = self.credentials.grant(task_id, specification.task_role_arn)
        access = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": grant.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": grant.token}
        environment = {**around.platform_environment, **specification.environment, **secrets, **access}
        logs = around.run.logs / "engine"
        task = start_task(
            service=service.name, specification=specification, command=around.command, image=image,
            environment=environment, task_id=task_id, logs=logs, storage=around.run.temporary, now=self.clock(),
        )  # fmt: skip
        self.tasks.append(task)
        self.problems.pop(service.name, None)
        LOGGER.warning("service %s: task %s started as process %d", service.name, task_id, task.process.pid)

    def _bury(self) -> None:
        for task in [task for task in self.tasks if task.process.poll() is not None]:
            self.tasks.remove(task)
            self.credentials.revoke(task.task_id)
            shutil.rmtree(task.storage, ignore_errors=True)  # as Fargate's ephemeral storage goes with its task
            LOGGER.warning("service %s: task %s ended with %d", task.service, task.task_id, task.process.returncode)
            if task.kill_at is None:  # nobody asked it to
                self.problems[task.service] = (
                    f"task {task.task_id} ended with {task.process.returncode}; its log: {task.log}"
                )
                backoff = self.backoffs.setdefault(task.service, Backoff())
                backoff.crashed(self.clock(), self.clock() - task.started_at)

    def _write(self) -> None:
        content = {"tasks": [task.to_json() for task in self.tasks], "problems": dict(self.problems)}
        if content != self._written:
            try:
                write_json(self.surroundings.run.tasks_file, content)
            except OSError as problem:  # a full disk keeps no task from being stopped
                LOGGER.warning("%s: %s", self.surroundings.run.tasks_file, problem)
                return
            self._written = content
