"""MiniStack as a process, with two additions: ECS takes its agent's word for how a task ended, and the collector leaves old objects alone.

Without Docker MiniStack keeps a task of RunTask RUNNING for ever, and SubmitTaskStateChange, by which an agent reports on AWS, is only
acknowledged. What MiniStack holds is items and records that live as long as it does: passes over all of them were a sixth of its processor
time after 75,000 records, each a stop of seconds. Started by its path, so that no folder of the checkout is on the path of what MiniStack
itself starts.
"""

import gc
from typing import Any

from ministack import app
from ministack.services import ecs

STOPPED = "STOPPED"


def submit_task_state_change(data: dict[str, Any]) -> Any:
    """Stop the task of a report whose status is STOPPED: with the first container's exit status, or as failed to start without one."""
    task = ecs._resolve_task(data.get("task", ""), ecs._resolve_cluster_name(data.get("cluster", "default")))
    if task and data.get("status") == STOPPED:
        exit_code = data["containers"][0].get("exitCode") if data.get("containers") else None
        code = "TaskFailedToStart" if exit_code is None else "EssentialContainerExited"
        ecs._mark_task_stopped(task["taskArn"], task, data.get("reason", ""), code, exit_code)
    return ecs.json_response({"acknowledgment": "ACCEPT"})


if __name__ == "__main__":
    gc.set_threshold(10_000, 20, 10_000)  # objects, then collections of the younger generation, until each is collected
    ecs._ACTION_MAP["SubmitTaskStateChange"] = submit_task_state_change
    app.main()
