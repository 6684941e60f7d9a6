"""Waiting until the engine's tasks run."""

import time
from collections.abc import Mapping
from typing import Any

from harness.deadline import DeadlineError, wait_for
from harness.deployment.access import client
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder, read_json
from harness.failure import HarnessError
from harness.targets.target import Target

SECONDS = 90.0
STEADY_SECONDS = 3.0


def await_tasks(target: Target, outputs: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """How many tasks run, once that is what the service wants; HarnessError with what keeps them from it."""
    ecs = client("ecs", environment)
    names = {"cluster": outputs["engine_cluster_name"], "services": [outputs["engine_service_name"]]}
    service = ecs.describe_services(**names)["services"][0]
    wanted = int(service["desiredCount"])

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
        raise HarnessError(f"{error}, {wanted} wanted; {'; '.join(problems.values()) or 'see make logs'}") from error


def _steady(record: ProcessRecord) -> bool:
    """Whether a task has lived long enough to be past its start: one that crashes at once is started again and again."""
    return record.alive() and time.time() - record.created > STEADY_SECONDS
