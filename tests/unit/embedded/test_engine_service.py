"""An ECS service from API to process: roles, secret and credentials as the emulator really gives them."""

import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.deadline import wait_for
from harness.embedded.agent import Agent, Surroundings
from harness.embedded.clients import ROOT, client
from harness.embedded.container_credentials import ContainerCredentials
from harness.embedded.control_plane import ControlPlane
from harness.embedded.images import ImageStore
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder, read_json
from harness.embedded.state import TargetState
from harness.embedded.tasks import TaskSpecification
from harness.failure import HarnessError
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import ImageReference, image_of_zip, tag_of

TASK = """
import json, os, pathlib, boto3
from botocore.exceptions import ClientError
identity = boto3.client("sts").get_caller_identity()["Arn"]
try:
    boto3.client("sqs").list_queues()
    denied = False
except ClientError as error:
    denied = "AccessDenied" in str(error)
seen = {"identity": identity, "denied": denied, "password": os.environ["DATABASE_PASSWORD"], "plain": os.environ["PLAIN"]}
unfinished = pathlib.Path(os.environ["SEEN"] + ".part")
unfinished.write_text(json.dumps(seen))
unfinished.rename(os.environ["SEEN"])
"""
TRUST = {
    "Sid": "Tasks",
    "Effect": "Allow",
    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
    "Action": "sts:AssumeRole",
}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TargetState]:
    run = RunFolder(tmp_path_factory.mktemp("service") / "run")
    run.make()
    yield bring_up(run).state
    take_down(run)


def role(state: TargetState, name: str, *allowed: dict[str, str]) -> str:
    assert state.deployer is not None
    iam = client("iam", state.endpoint, state.deployer)
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    if allowed:
        statements = [{"Sid": f"Own{number}", "Effect": "Allow", **one} for number, one in enumerate(allowed)]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return arn


def pushed(state: TargetState, package: Path) -> str:
    """The reference, by digest, of a package's image in a repository of the target."""
    assert state.deployer is not None
    ecr = client("ecr", state.endpoint, state.deployer)
    url = ecr.create_repository(repositoryName="engine")["repository"]["repositoryUri"]
    image, named = image_of_zip(package), ImageReference.parse(url)
    ImageRegistry.of_ecr(ecr, named.registry, state.endpoint).push(named.repository, image, tag_of(package))
    return f"{url}@{image.digest}"


def test_a_task_of_an_ecs_service_runs_as_its_task_role_with_its_secret(up: TargetState, tmp_path: Path) -> None:
    assert up.deployer is not None
    package, seen = tmp_path / "engine.zip", tmp_path / "seen.json"
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("engine_stand_in.py", TASK)
    secret = client("secretsmanager", up.endpoint, up.deployer).create_secret(
        Name="db", SecretString='{"password": "p"}'
    )
    reads = {"Action": "secretsmanager:GetSecretValue", "Resource": secret["ARN"]}
    pulls = {"Action": "ecr:GetAuthorizationToken", "Resource": "*"}
    ecs = client("ecs", up.endpoint, up.deployer)
    ecs.create_cluster(clusterName="engine")
    container = {
        "name": "engine", "image": pushed(up, package), "stopTimeout": 5,
        "environment": [{"name": "SEEN", "value": str(seen)}, {"name": "PLAIN", "value": "1"}],
        "secrets": [{"name": "DATABASE_PASSWORD", "valueFrom": f"{secret['ARN']}:password::"}],
    }  # fmt: skip
    ecs.register_task_definition(
        family="engine", taskRoleArn=role(up, "task"), executionRoleArn=role(up, "execution", reads, pulls),
        networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512", containerDefinitions=[container],
    )  # fmt: skip
    ecs.create_service(
        cluster="engine", serviceName="engine", taskDefinition="engine", desiredCount=1, launchType="FARGATE"
    )
    run, plane = RunFolder(tmp_path / "run"), ControlPlane(up.endpoint)
    run.make()
    credentials = ContainerCredentials(plane.assume_role)
    credentials.start()
    injected = {"AWS_ENDPOINT_URL": up.endpoint, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    around = Surroundings(run, injected, (sys.executable, "-m", "engine_stand_in"))
    pull = ImageStore(run.images, plane.image_registry).pull
    agent = Agent(
        around, credentials, pull, plane.secret_values, plane.task_log, plane.report_stopped, datetime.now(UTC)
    )
    agent.reconcile(list(plane.services()))
    (task,) = agent.tasks
    wait_for(
        "the task's report", seen.exists, bool, 20, shown=lambda _: task.log.read_text() or str(task.process.poll())
    )
    credentials.stop()
    found = json.loads(seen.read_text())
    assert found == {
        "identity": f"arn:aws:sts::000000000000:assumed-role/task/{task.task_id}",
        "denied": True, "password": "p", "plain": "1",
    }  # fmt: skip


def test_a_service_whose_definition_is_not_there_keeps_no_other_from_its_tasks(up: TargetState) -> None:
    ecs, names = client("ecs", up.endpoint, ROOT), [f"shared-{number}" for number in range(12)]
    ecs.create_cluster(clusterName="shared")
    container = {"name": "one", "image": "000000000000.dkr.ecr.us-east-1.amazonaws.com/engine:1"}
    ecs.register_task_definition(family="kept", containerDefinitions=[container])
    for name, definition in (("lost", "nobodys:1"), *((name, "kept") for name in names)):
        ecs.create_service(cluster="shared", serviceName=name, taskDefinition=definition, desiredCount=1)
    assert {service.name for service in ControlPlane(up.endpoint).services()} >= set(names)


def test_an_execution_role_that_may_not_ask_for_a_token_pulls_nothing(up: TargetState, tmp_path: Path) -> None:
    plane = ControlPlane(up.endpoint)
    specification = TaskSpecification("engine:1", "engine:1", {}, {}, "", role(up, "powerless"))
    with pytest.raises(
        HarnessError, match=r"CannotPullContainerError: engine:1: .*AccessDenied.*GetAuthorizationToken"
    ):
        ImageStore(tmp_path, plane.image_registry).pull(specification, "task")


def test_the_supervisor_says_why_a_service_has_no_task(
    up: TargetState, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert up.deployer is not None
    ecs = client("ecs", up.endpoint, up.deployer)
    ecs.create_cluster(clusterName="other")
    container = {"name": "engine", "image": "registry/engine:000000000000"}
    ecs.register_task_definition(family="missing", containerDefinitions=[container])
    ecs.create_service(cluster="other", serviceName="missing", taskDefinition="missing", desiredCount=1)
    file = next(tmp_path_factory.getbasetemp().glob("service*/run")) / "tasks.json"
    told = "CannotPullContainerError"
    wait_for("the problem", lambda: told in str(read_json(file)), bool, 15, shown=lambda _: str(read_json(file)))
