"""Waiting until the engine's tasks run."""

import socket
import time
from collections.abc import Mapping
from typing import Any

from harness.deadline import DeadlineError, stretched, wait_for
from harness.deployment.access import database_environment
from harness.deployment.recording import EngineError
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder, read_json
from harness.environment import client
from harness.targets.absence import cannot_run
from harness.targets.target import Target

SECONDS = 90.0
STEADY_SECONDS = 3.0
CONNECT_SECONDS = 5.0
MOST_STOPPED = 3
"""With as many tasks stopped and none running the wait ends: ECS's deployment circuit breaker asks for at least three, too."""


def await_tasks(target: Target, outputs: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """Return how many engine tasks run, once as many run as the service wants. Raises EngineError with what keeps them from it."""
    if not outputs["engine_service_name"]:
        raise EngineError(f"target {target.name} has no ECS service of the engine")
    ecs = client("ecs", environment)
    names = {"cluster": outputs["engine_cluster_name"], "services": [outputs["engine_service_name"]]}
    service = ecs.describe_services(**names)["services"][0]
    wanted = int(service["desiredCount"])
    if wanted == 0:
        raise EngineError("the service's desired count is 0, as it lacks image, database or rules")
    if reason := cannot_run(target, "ecs", "rds"):
        raise EngineError(reason)
    _require_database(target, outputs, environment)

    def running() -> int:
        if target.started_by != "harness":
            return sum(_is_running(task) for task in _tasks(ecs, service, "RUNNING"))
        tasks = read_json(RunFolder.of_target(target.name).tasks_file).get("tasks", [])
        own = (service["serviceName"], service["taskDefinition"])
        current = [task for task in tasks if (task["service"], task["task_definition_arn"]) == own]
        return sum(task["state"] == "RUNNING" and _steady(ProcessRecord.from_json(task)) for task in current)

    before = _stopped(ecs, service)

    def stopped_again(count: int) -> str:
        stopped = {arn: why for arn, why in _stopped(ecs, service).items() if arn not in before}
        return f"{len(stopped)} tasks stopped" if not count and len(stopped) >= MOST_STOPPED else ""

    try:
        return wait_for("engine tasks running", running, lambda count: count >= wanted, SECONDS, ended=stopped_again)
    except DeadlineError as error:
        problems = read_json(RunFolder.of_target(target.name).tasks_file).get("problems", {}).values()
        told = "; ".join(dict.fromkeys([*problems, *_stopped(ecs, service).values()]))
        raise EngineError(f"{error}, {wanted} wanted; {told or 'see make logs'}") from error


def _require_database(target: Target, outputs: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Raises EngineError where nothing listens at the database's address: some emulators keep databases and tasks as records only.

    An address that cannot be reached from here, as one in a private network, tells nothing.
    """
    address = database_environment(target, outputs, environment)
    if "PGHOST" not in address:
        return
    try:
        socket.create_connection((address["PGHOST"], int(address["PGPORT"])), CONNECT_SECONDS).close()
    except ConnectionRefusedError as error:
        where = f"{address['PGHOST']}:{address['PGPORT']}"
        raise EngineError(f"nothing listens at the database's address {where}") from error
    except OSError:
        return


def _stopped(ecs: Any, service: Mapping[str, Any]) -> dict[str, str]:
    """Return why each stopped task of the service's task definition has stopped, by the task's ARN."""
    return {task["taskArn"]: _reason(task) for task in _tasks(ecs, service, "STOPPED")}


def _tasks(ecs: Any, service: Mapping[str, Any], status: str) -> list[dict[str, Any]]:
    """Return the tasks of the service's task definition that are to be in a `status`, RUNNING or STOPPED."""
    cluster = service["clusterArn"]
    arns = ecs.list_tasks(cluster=cluster, serviceName=service["serviceName"], desiredStatus=status)["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    return [task for task in tasks if task["taskDefinitionArn"] == service["taskDefinition"]]


def _is_running(task: Mapping[str, Any]) -> bool:
    started = task.get("startedAt")
    return task["lastStatus"] == "RUNNING" and started is not None and _is_past_start(started.timestamp())


def _reason(task: Mapping[str, Any]) -> str:
    containers = [
        container for container in task.get("containers", []) if container.get("reason") or container.get("exitCode")
    ]
    ends = [container.get("reason") or f"exit status {container['exitCode']}" for container in containers]
    return f"STOPPED ({'; '.join([task.get('stoppedReason') or 'no reason is given', *ends])})"


def _steady(record: ProcessRecord) -> bool:
    return record.alive() and _is_past_start(record.created)


def _is_past_start(started: float) -> bool:
    """Return True if a task has lived long enough to be past its start: one that crashes at once is started again and again."""
    return time.time() - started > stretched(STEADY_SECONDS)
