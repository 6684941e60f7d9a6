"""The engine agent: does for the tasks of services and of RunTask what Fargate does, with processes of this machine."""

import logging
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.embedded.container_credentials import ContainerCredentials
from harness.embedded.control_plane import DesiredService
from harness.embedded.run_folder import RunFolder, write_json
from harness.embedded.task_log import TaskLog
from harness.embedded.tasks import Backoff, OneOffTask, Task, TaskSpecification, new_task_id, start_task
from harness.failure import HarnessError

ENGINE_COMMAND = (sys.executable, "-m", "servicing_engine")
RUN_TASK = "RunTask"
"""Stands for a service's name where a task belongs to none."""
LOGGER = logging.getLogger(__name__)

PullImage = Callable[[TaskSpecification, str], Path]  # (specification, task id) -> folder with the engine
SecretValues = Callable[[TaskSpecification, str], Mapping[str, str]]
LogOf = Callable[[OneOffTask, Path], TaskLog | None]
ReportStopped = Callable[[OneOffTask, str, int | None], None]  # (task, reason, exit status or None: it never ran)
_START_FAILURES = (HarnessError, ClientError, BotoCoreError, OSError)


@dataclass(frozen=True)
class Surroundings:
    """Where the agent puts logs, and what it runs."""

    run: RunFolder
    platform_environment: Mapping[str, str]  # what the target injects, as Simfra and Fargate do: endpoint, region
    command: Sequence[str] = ENGINE_COMMAND


@dataclass
class Agent:
    """Brings the running tasks to what the services want, and runs each task of RunTask once. Not for several threads: one loop calls
    `reconcile`."""

    surroundings: Surroundings
    credentials: ContainerCredentials
    pull: PullImage
    secret_values: SecretValues
    log_of: LogOf
    report_stopped: ReportStopped
    began: datetime
    """A task of RunTask that was made before this instant was another agent's."""
    clock: Callable[[], float] = monotonic
    tasks: list[Task] = field(default_factory=list)
    backoffs: dict[str, Backoff] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _ended: dict[str, tuple[OneOffTask, str, int | None]] = field(default_factory=dict)
    _written: dict[str, Any] = field(default_factory=dict)

    def reconcile(self, services: Iterable[DesiredService], one_offs: Iterable[OneOffTask] = ()) -> None:
        """One round: bury what has ended, stop what is too much or outdated, start what is missing and may start.

        `services` and `one_offs` are all that is to run. Raises botocore's errors if ECS cannot be told how a task of RunTask ended: the
        next round tells it.
        """
        wanted, asked = {service.name: service for service in services}, {task.arn: task for task in one_offs}
        self._bury()
        for task in self.tasks:
            service = wanted.get(task.service)
            runs_service = service is not None and service.specification == task.specification
            if not (task.one_off.arn in asked if task.one_off else runs_service):
                task.stop(self.clock())
        for service in wanted.values():
            self._scale(service)
        for one_off in asked.values():
            if one_off.arn not in self._taken:
                self._run_once(one_off)
        for task in self.tasks:
            task.enforce(self.clock())
            self._send_output(task)
        self._write()
        self._taken &= asked.keys()
        self._report()

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
        try:
            self._launch(service.name, service.specification, new_task_id())
        except _START_FAILURES as problem:
            self.problems[service.name] = str(problem)
            LOGGER.warning("service %s: no task started: %s", service.name, problem)
            backoff.crashed(self.clock(), 0.0)
            return
        self.problems.pop(service.name, None)

    def _run_once(self, one_off: OneOffTask) -> None:
        """Start a task of RunTask. One that cannot start, or that an agent before this one had, has ended: AWS tries none again."""
        self._taken.add(one_off.arn)
        if one_off.created_at < self.began:
            self._ended[one_off.arn] = one_off, "the agent that ran it has ended", None
            return
        try:
            log = self.log_of(one_off, self._log_file(one_off.task_id))
            task = self._launch(RUN_TASK, one_off.specification, one_off.task_id)
        except _START_FAILURES as problem:
            LOGGER.warning("task %s does not start: %s", one_off.task_id, problem)
            self._ended[one_off.arn] = one_off, str(problem), None
            return
        task.one_off, task.output = one_off, log

    def _log_file(self, task_id: str) -> Path:
        return self.surroundings.run.logs / "engine" / f"{task_id}.log"

    def _launch(self, owner: str, specification: TaskSpecification, task_id: str) -> Task:
        """Start a task's process. Raises what keeps it from that."""
        around = self.surroundings
        image = self.pull(specification, task_id)
        secrets = self.secret_values(specification, task_id)
        grant = self.credentials.grant(task_id, specification.task_role_arn)
        access = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": grant.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": grant.token}
        task = start_task(
            service=owner, specification=specification, command=[*around.command, *specification.command], image=image,
            environment={**around.platform_environment, **specification.environment, **secrets, **access},
            task_id=task_id, log=self._log_file(task_id), storage=around.run.temporary, now=self.clock(),
        )  # fmt: skip
        self.tasks.append(task)
        LOGGER.warning("%s: task %s started as process %d", owner, task_id, task.process.pid)
        return task

    def _bury(self) -> None:
        for task in [task for task in self.tasks if task.process.poll() is not None]:
            self.tasks.remove(task)
            self.credentials.revoke(task.task_id)
            shutil.rmtree(task.storage, ignore_errors=True)  # as Fargate's ephemeral storage goes with its task
            LOGGER.warning("%s: task %s ended with %d", task.service, task.task_id, task.process.returncode)
            if task.one_off:
                self._send_output(task)
                reason = "Essential container in task exited"
                self._ended[task.one_off.arn] = task.one_off, reason, _exit_status(task.process.returncode)
            elif task.kill_at is None:  # nobody asked it to
                self.problems[task.service] = (
                    f"task {task.task_id} ended with {task.process.returncode}; its log: {task.log}"
                )
                backoff = self.backoffs.setdefault(task.service, Backoff())
                backoff.crashed(self.clock(), self.clock() - task.started_at)

    def _send_output(self, task: Task) -> None:
        """Send on what the task has written. As with the driver, a service of logs that fails keeps no task from its work."""
        try:
            if task.output:
                task.output.send(ended=task.process.poll() is not None)
        except (ClientError, BotoCoreError) as problem:
            LOGGER.warning("task %s: its output is not sent: %s", task.task_id, problem)

    def _report(self) -> None:
        """Tell ECS how tasks of RunTask ended. Raises botocore's errors, and the rest is told in the next round."""
        for arn, (task, reason, exit_status) in list(self._ended.items()):
            self.report_stopped(task, reason, exit_status)
            del self._ended[arn]

    def _write(self) -> None:
        content = {"tasks": [task.to_json() for task in self.tasks], "problems": dict(self.problems)}
        if content != self._written:
            try:
                write_json(self.surroundings.run.tasks_file, content)
            except OSError as problem:  # a full disk keeps no task from being stopped
                LOGGER.warning("%s: %s", self.surroundings.run.tasks_file, problem)
                return
            self._written = content


def _exit_status(returncode: int) -> int:
    """Return a process's exit status as a container's: one that a signal ended has 128 and the signal's number."""
    return 128 - returncode if returncode < 0 else returncode
