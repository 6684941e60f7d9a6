"""The task role's credentials, as a container of the engine gets them: by the address that ECS puts into its environment."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.deadline import wait_for
from harness.feed.records import account, buy
from harness.isin import fresh_isin
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.facts import feed
from tests.resources import service, task_definition

COPIED = (
    "family", "taskRoleArn", "executionRoleArn", "networkMode", "volumes", "requiresCompatibilities", "cpu", "memory", "runtimePlatform",
)  # fmt: skip
SECONDS = 120


@pytest.fixture
def without_keys(system: System) -> Iterator[str]:
    """A revision of the engine's task definition whose container gets no keys but those of its role."""
    ecs, definition = system.client("ecs"), task_definition(system)
    [container] = definition["containerDefinitions"]
    container["secrets"] = [one for one in container["secrets"] if not one["name"].startswith("AWS_")]
    kept = {name: definition[name] for name in COPIED if definition.get(name)}
    kept["family"] += "-own-role"
    made = ecs.register_task_definition(**kept, containerDefinitions=[container])["taskDefinition"]
    yield made["taskDefinitionArn"]
    ecs.deregister_task_definition(taskDefinition=made["taskDefinitionArn"])


@scenario(
    "ecs.tasks.role-credentials",
    service="ecs",
    feature="credentials of the task role",
    lane="security",
    aws="ecs-guide:task-iam-roles",
)
@pytest.mark.engine
def test_a_container_works_with_the_credentials_of_its_role(system: System, without_keys: str, fresh: str) -> None:
    """A single task writes the read projection again: an engine that gets no credentials ends with an error."""
    holder = f"ACC-{fresh}"
    feed(system, [account(holder), buy(f"T-{fresh}", holder, fresh_isin(), "10", "1.00")])
    ecs, deployed = system.client("ecs"), service(system)
    command = {"name": "engine", "command": ["rebuild-projection"]}
    started = ecs.run_task(
        cluster=system.outputs["engine_cluster_name"], taskDefinition=without_keys, launchType="FARGATE",
        networkConfiguration=deployed["networkConfiguration"], overrides={"containerOverrides": [command]},
    )["tasks"][0]["taskArn"]  # fmt: skip

    def task() -> dict[str, Any]:
        """Return the task, {} while it is MISSING."""
        found = ecs.describe_tasks(cluster=system.outputs["engine_cluster_name"], tasks=[started])["tasks"]
        return dict(found[0]) if found else {}

    ended = wait_for("the task ends", task, lambda found: found.get("lastStatus") == "STOPPED", SECONDS)
    assert ended["containers"][0].get("exitCode") == 0, ended.get("stoppedReason") or ended["containers"][0]
