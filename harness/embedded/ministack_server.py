"""MiniStack as a process, with one addition: ECS takes its agent's word for how a task ended.

Without Docker MiniStack keeps a task of RunTask RUNNING for ever, and SubmitTaskStateChange, by which an agent reports on AWS, is only
acknowledged. Started by its path, so that no folder of the checkout is on the path of what MiniStack itself starts.
"""

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
    ecs._ACTION_MAP["SubmitTaskStateChange"] = submit_task_state_change
    app.main()
