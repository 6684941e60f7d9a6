"""One-off tasks: a command run once as a task of ECS, with a service's definition and network; followed line by line, stopped on Ctrl-C."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.deadline import stretched, wait_for
from harness.failure import HarnessError
from harness.interruption import deferred, uninterrupted

STOPPED, EXITED = "STOPPED", "EssentialContainerExited"
"""The last status of a task, and its stop code where its container ended by itself (ECS, API reference, Task)."""
LOOK_SECONDS = 1.0
QUIET_LOOKS, LATE_SECONDS = 4, 60.0
"""Looks without a new line that end the log of a stopped task, as CloudWatch shows lines late; and how long it may go on."""
_COPIED = ("launchType", "capacityProviderStrategy", "platformVersion", "networkConfiguration")


def run_one_off(
    ecs: Any, logs: Any, cluster: str, service: str, command: Sequence[str], seconds: float, tell: Callable[[str], None]
) -> int:
    """Run a command (what follows the image's entry point) with the task definition, network and capacity of `service`; return its exit
    status. Its output goes to `tell`, line by line.

    Raises HarnessError if the task does not start, is stopped from outside, or runs longer than `seconds`; then, and on Ctrl-C, it is told
    to stop.
    """
    task: _Running | None = None
    try:
        with deferred():
            task = _started(ecs, logs, cluster, service, command, tell)
        return task.followed(seconds)
    except BaseException as ended:
        if task and task.status != STOPPED:
            with uninterrupted():
                reason = "interrupted" if isinstance(ended, KeyboardInterrupt) else str(ended)[:200]
                ecs.stop_task(cluster=cluster, task=task.arn, reason=reason)
            _note(f"task {task.task_id} is told to stop")
        raise


def _started(
    ecs: Any, logs: Any, cluster: str, service: str, command: Sequence[str], tell: Callable[[str], None]
) -> "_Running":
    """Start the task. Raises HarnessError if there is no such service, or ECS refuses."""
    found = ecs.describe_services(cluster=cluster, services=[service])["services"]
    if not found or found[0]["status"] != "ACTIVE":
        raise HarnessError(f"cluster {cluster} has no active service {service}: run `make apply`")
    definition = ecs.describe_task_definition(taskDefinition=found[0]["taskDefinition"])["taskDefinition"]
    container = definition["containerDefinitions"][0]
    answer = ecs.run_task(
        cluster=cluster, taskDefinition=definition["taskDefinitionArn"], count=1, startedBy="harness",
        overrides={"containerOverrides": [{"name": container["name"], "command": list(command)}]},
        **{name: found[0][name] for name in _COPIED if found[0].get(name)},
    )  # fmt: skip
    if not answer["tasks"]:
        reasons = "; ".join(str(failure.get("reason")) for failure in answer["failures"])
        raise HarnessError(f"ECS starts no task for {command[0]}: {reasons}")
    arn = str(answer["tasks"][0]["taskArn"])
    return _Running(ecs, cluster, arn, container["name"], _Output.of(logs, container, arn.rpartition("/")[2], tell))


@dataclass
class _Output:
    """A task's stream of CloudWatch Logs, read on from where it was read before. `stream` is "" if the container logs elsewhere."""

    logs: Any
    group: str
    stream: str
    tell: Callable[[str], None]
    token: str = ""

    @classmethod
    def of(cls, logs: Any, container: Mapping[str, Any], task_id: str, tell: Callable[[str], None]) -> "_Output":
        """Return the output of a task by its container's definition."""
        options = (container.get("logConfiguration") or {}).get("options") or {}
        if "awslogs-group" not in options:
            return cls(logs, "", "", tell)
        stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}"
        return cls(logs, options["awslogs-group"], stream, tell)

    def tell_new(self) -> int:
        """Tell the lines that are new and return their number."""
        told = 0
        while events := self._next():
            for event in events:
                self.tell(event["message"])
            told += len(events)
        return told

    def _next(self) -> list[dict[str, Any]]:
        if not self.stream:
            return []
        after = {"nextToken": self.token} if self.token else {}
        try:
            answer = self.logs.get_log_events(
                logGroupName=self.group, logStreamName=self.stream, startFromHead=True, **after
            )
        except self.logs.exceptions.ResourceNotFoundException:  # it has written nothing yet
            return []
        self.token = answer["nextForwardToken"]
        return list(answer["events"])


@dataclass
class _Running:
    """A task that was started."""

    ecs: Any
    cluster: str
    arn: str
    container: str
    output: _Output
    status: str = ""

    @property
    def task_id(self) -> str:
        """Return the last part of its ARN."""
        return self.arn.rpartition("/")[2]

    def followed(self, seconds: float) -> int:
        """Tell its output until it has stopped, and return its container's exit status. Raises HarnessError."""
        task = wait_for(
            f"task {self.task_id} stopped", self._look, lambda task: task["lastStatus"] == STOPPED, seconds, LOOK_SECONDS,
            shown=lambda _: self.status,
        )  # fmt: skip
        quiet = 0

        def looks_without_a_line() -> int:
            nonlocal quiet
            quiet = 0 if self.output.tell_new() else quiet + 1
            return quiet

        wait_for(
            "the end of its log", looks_without_a_line, lambda looks: looks >= stretched(QUIET_LOOKS), LATE_SECONDS
        )
        return self._exit_status(task)

    def _look(self) -> Mapping[str, Any]:
        self.output.tell_new()
        found = self.ecs.describe_tasks(cluster=self.cluster, tasks=[self.arn])["tasks"]
        task = found[0] if found else {"lastStatus": "PENDING"}  # ECS may not know it for a moment
        if task["lastStatus"] != self.status:
            self.status = task["lastStatus"]
            _note(f"task {self.task_id}: {self.status}")
        return dict(task)

    def _exit_status(self, task: Mapping[str, Any]) -> int:
        [container] = [one for one in task["containers"] if one["name"] == self.container]
        if task.get("stopCode", EXITED) == EXITED and "exitCode" in container:
            return int(container["exitCode"])
        reasons = filter(None, (task.get("stopCode"), task.get("stoppedReason"), container.get("reason")))
        raise HarnessError(f"task {self.task_id} did not come to its end: {'; '.join(reasons) or 'no reason is given'}")


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
