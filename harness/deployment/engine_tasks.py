"""Waiting until the engine's tasks run."""

import socket
import time
from collections.abc import Mapping
from typing import Any

from harness.deadline import DeadlineError, wait_for
from harness.deployment.access import client, database_environment
from harness.deployment.recording import EngineError
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder, read_json
from harness.targets.absence import cannot_run
from harness.targets.target import Target

SECONDS = 90.0
STEADY_SECONDS = 3.0
CONNECT_SECONDS = 5.0


def await_tasks(target: Target, outputs: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """Return how many engine tasks run, once as many run as the service wants. Raises EngineError with what keeps them from it."""
    if not outputs["engine_service_name"]:
        raise EngineError(f"no engine task runs: target {target.name} has no ECS service of the engine")
    ecs = client("ecs", environment)
    names = {"cluster": outputs["engine_cluster_name"], "services": [outputs["engine_service_name"]]}
    service = ecs.describe_services(**names)["services"][0]
    wanted = int(service["desiredCount"])
    if wanted == 0:
        raise EngineError("no engine task runs: the service's desired count is 0, as it lacks image, database or rules")
    if reason := cannot_run(target, "ecs", "rds"):
        raise EngineError(f"no engine task runs: {reason}")
    _require_database(target, outputs, environment)

    def running() -> int:
        if target.started_by != "harness":
            return int(ecs.describe_services(**names)["services"][0]["runningCount"])
        tasks = read_json(RunFolder.of_target(target.name).tasks_file).get("tasks", [])
        current = [one for one in tasks if one["task_definition_arn"] == service["taskDefinition"]]
        return sum(one["state"] == "RUNNING" and _steady(ProcessRecord.from_json(one)) for one in current)

    try:
        return wait_for("engine tasks running", running, lambda count: count >= wanted, SECONDS)
    except DeadlineError as error:
        problems = read_json(RunFolder.of_target(target.name).tasks_file).get("problems", {})
        why = "; ".join([*problems.values(), *_stop_reasons(ecs, names)]) or "see make logs"
        raise EngineError(f"{error}, {wanted} wanted; {why}") from error


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
        raise EngineError(f"no engine task runs: nothing listens at the database's address {where}") from error
    except OSError:
        return


def _stop_reasons(ecs: Any, names: Mapping[str, Any]) -> list[str]:
    """Return why the service's tasks stopped, as the target tells it, each reason once."""
    asked = {"cluster": names["cluster"], "serviceName": names["services"][0], "desiredStatus": "STOPPED"}
    arns = ecs.list_tasks(**asked)["taskArns"]
    tasks = ecs.describe_tasks(cluster=names["cluster"], tasks=arns[:10])["tasks"] if arns else []
    return list(dict.fromkeys(task["stoppedReason"] for task in tasks if task.get("stoppedReason")))


def _steady(record: ProcessRecord) -> bool:
    """Whether a task has lived long enough to be past its start: one that crashes at once is started again and again."""
    return record.alive() and time.time() - record.created > STEADY_SECONDS
