"""The engine's tasks where they are processes that the harness started, and their service."""

import json
import subprocess
import sys
from typing import Any

import psutil
import pytest

from harness.deadline import wait_for
from harness.system import System
from harness.targets.registry import choose


def require_processes(system: System) -> None:
    """Skip the test where tasks are no processes of this machine."""
    if choose(system.target).started_by != "harness":
        pytest.skip("unsupported: this target's tasks are not processes that the harness can kill")


def tasks(system: System) -> list[dict[str, Any]]:
    """Return the service's tasks that run or are being stopped, as the harness tells them."""
    command = [sys.executable, "-m", "harness", "status", "--json", "--target", system.target]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)  # it fails where something is stuck
    own = system.outputs["engine_service_name"]
    return [
        task for task in json.loads(shown.stdout)["tasks"] if task["service"] == own and psutil.pid_exists(task["pid"])
    ]


def running_tasks(system: System) -> list[dict[str, Any]]:
    """Return the tasks that run."""
    return [task for task in tasks(system) if task["state"] == "RUNNING"]


class Service:
    """The engine's service, scaled through ECS."""

    def __init__(self, system: System) -> None:
        self._system, self._ecs = system, system.client("ecs")
        self._cluster, self._name = system.outputs["engine_cluster_name"], system.outputs["engine_service_name"]

    @property
    def desired_count(self) -> int:
        """How many tasks the service wants."""
        found = self._ecs.describe_services(cluster=self._cluster, services=[self._name])["services"][0]
        return int(found["desiredCount"])

    def scale(self, count: int) -> None:
        """Set the desired count, and wait until as many tasks are left."""
        self._ecs.update_service(cluster=self._cluster, service=self._name, desiredCount=count)
        wait_for(f"{count} tasks", lambda: len(tasks(self._system)), count.__eq__, 90)
