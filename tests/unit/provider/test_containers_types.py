"""Image repository, cluster, task definition and service."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from harness.provider.types.tasks import same_containers
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

CONTAINERS = """
resource "aws_kms_key" "k" {
  deletion_window_in_days = 7
}
resource "aws_ecr_repository" "r" {
  name                 = "engine"
  image_tag_mutability = "%(mutability)s"
  force_delete         = %(force)s
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.k.arn
  }
  image_scanning_configuration {
    scan_on_push = true
  }
}
resource "aws_ecr_lifecycle_policy" "r" {
  repository = aws_ecr_repository.r.name
  policy = jsonencode({ rules = [{ rulePriority = 1, description = "The newest stay", action = { type = "expire" },
    selection = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = %(images)d } }] })
}
resource "aws_ecs_cluster" "c" {
  name = "cluster"
  setting {
    name  = "containerInsights"
    value = "%(insights)s"
  }
}
resource "aws_ecs_task_definition" "t" {
  family                   = "engine"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = "arn:aws:iam::000000000000:role/task"
  task_role_arn            = "arn:aws:iam::000000000000:role/task"
  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }
  container_definitions = jsonencode([{
    name                   = "engine"
    image                  = "${aws_ecr_repository.r.repository_url}:%(image)s"
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = 60
    environment            = [{ name = "B", value = "2" }, { name = "A", value = "1" }]
    secrets                = [{ name = "P", valueFrom = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s:password::" }]
    logConfiguration       = { logDriver = "awslogs", options = { awslogs-group = "engine" } }
    %(more)s
  }])
}
resource "aws_ecs_service" "s" {
  name                               = "engine"
  cluster                            = aws_ecs_cluster.c.arn
  task_definition                    = aws_ecs_task_definition.t.arn
  desired_count                      = %(desired)d
  launch_type                        = "%(launch)s"
  platform_version                   = "LATEST"
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"
  wait_for_steady_state              = true
  deployment_circuit_breaker {
    enable   = true
    rollback = %(rollback)s
  }
  network_configuration {
    subnets          = ["subnet-1", "subnet-2"]
    security_groups  = ["sg-1"]
    assign_public_ip = false
  }
}
"""
SERVICE, TASK, REPOSITORY = "aws_ecs_service.s", "aws_ecs_task_definition.t", "aws_ecr_repository.r"
POLICY, CLUSTER = "aws_ecr_lifecycle_policy.r", "aws_ecs_cluster.c"
containers = Root(CONTAINERS, {
    "mutability": "IMMUTABLE", "force": "true", "images": 30, "insights": "enabled", "image": "one", "more": "", "desired": 2,
    "launch": "FARGATE", "rollback": "true",
})  # fmt: skip
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}  # fmt: skip


@pytest.fixture(autouse=True)
def role(stack: Stack) -> Any:
    """The role of the tasks: ECS refuses a definition that names none that exists."""
    iam = stack.client("iam")
    iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps(TRUST))
    yield
    iam.delete_role(RoleName="task")


def service(stack: Stack) -> Any:
    """The service as ECS describes it."""
    [found] = stack.client("ecs").describe_services(cluster="cluster", services=["engine"], include=["TAGS"])[
        "services"
    ]
    return found


class TestContainers(Life):
    root = containers
    named = {
        TASK: {"id": "engine", "arn": "{arn_without_revision}:{revision}"},
        REPOSITORY: {"repository_url": "000000000000.dkr.ecr.us-east-1.amazonaws.com/engine"},
    }
    imported_by = {REPOSITORY: "engine", POLICY: "engine", CLUSTER: "cluster", TASK: "{arn}", SERVICE: "cluster/engine"}
    only_of_hcl = [REPOSITORY, SERVICE]
    changes = {"desired": 0, "rollback": "false", "insights": "disabled", "mutability": "MUTABLE"}
    updated = [SERVICE, CLUSTER, REPOSITORY]
    replaced = [({"launch": "EC2"}, [SERVICE]), ({"images": 31}, [POLICY])]
    drifted = {SERVICE: "update", CLUSTER: "update", REPOSITORY: "update", POLICY: "create", TASK: "create"}

    def applied(self, stack: Stack) -> None:
        found = service(stack)
        assert stack.resources()[SERVICE]["id"] == found["serviceArn"]
        assert (found["desiredCount"], found["launchType"], found["propagateTags"]) == (2, "FARGATE", "SERVICE")
        assert found["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert found["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
        assert found["tags"] == [{"key": "Application", "value": "provider-tests"}]

    def changed(self, stack: Stack) -> None:
        found = service(stack)
        assert found["desiredCount"] == 0
        assert found["deploymentConfiguration"]["deploymentCircuitBreaker"]["rollback"] is False

    def drift(self, stack: Stack) -> None:
        made, ecs, ecr = stack.resources(), stack.client("ecs"), stack.client("ecr")
        ecs.update_service(cluster="cluster", service="engine", desiredCount=5)
        ecs.untag_resource(resourceArn=made[CLUSTER]["arn"], tagKeys=["Application"])
        ecr.put_image_scanning_configuration(repositoryName="engine", imageScanningConfiguration={"scanOnPush": False})
        ecr.delete_lifecycle_policy(repositoryName="engine")
        ecs.deregister_task_definition(taskDefinition=made[TASK]["arn"])

    def left(self, stack: Stack) -> Iterable[Any]:
        last = [each for each in stack.calls if each.operation in ("UpdateService", "DeleteService")]
        assert [each.operation for each in last] == ["UpdateService", "DeleteService"]
        assert (last[0].parameters["desiredCount"], last[1].parameters["force"]) == (0, True)
        yield from stack.client("ecs").list_clusters()["clusterArns"]
        yield from stack.client("ecs").list_task_definitions(familyPrefix="engine")["taskDefinitionArns"]
        yield from stack.client("ecr").describe_repositories()["repositories"]


def test_a_new_image_makes_a_new_revision_and_the_service_takes_it_in_place(stack: Stack) -> None:
    stack.apply(containers())
    before = stack.resources()[TASK]
    assert stack.plan(containers(image="two")) == {TASK: "replace", SERVICE: "update"}
    stack.apply(containers(image="two"))
    after = stack.resources()[TASK]
    assert after["revision"] == before["revision"] + 1
    assert service(stack)["taskDefinition"] == after["arn"]
    old = stack.client("ecs").describe_task_definition(taskDefinition=before["arn"])["taskDefinition"]
    assert old["status"] == "INACTIVE"
    assert stack.plan() == {}


def test_containers_that_mean_the_same_are_no_change(stack: Stack) -> None:
    stack.apply(containers())
    assert stack.plan(containers(more="portMappings = []\n volumesFrom = []\n cpu = 0")) == {}
    assert stack.plan(containers(more="privileged = true"))[TASK] == "replace"


def test_a_service_deleted_behind_terraforms_back_is_made_again(stack: Stack) -> None:
    stack.apply(containers())
    stack.client("ecs").delete_service(cluster="cluster", service="engine", force=True)
    assert stack.apply(containers()) == {SERVICE: "create"}
    assert service(stack)["status"] == "ACTIVE"


def test_a_repository_with_images_goes_only_by_force(stack: Stack) -> None:
    stack.apply(containers(force="false"))
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}
    stack.client("ecr").put_image(repositoryName="engine", imageManifest=json.dumps(manifest), imageTag="one")
    with pytest.raises(Exception, match="RepositoryNotEmptyException"):
        stack.destroy()
    stack.apply(containers(force="true"))
    stack.destroy()
    assert stack.client("ecr").describe_repositories()["repositories"] == []


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([{"name": "a", "cpu": 0, "essential": True, "portMappings": []}], [{"name": "a"}], True),
        ([{"environment": [{"name": "b"}, {"name": "a"}]}], [{"environment": [{"name": "a"}, {"name": "b"}]}], True),
        (
            [{"portMappings": [{"containerPort": 1, "hostPort": 1, "protocol": "tcp"}]}],
            [{"portMappings": [{"containerPort": 1}]}],
            True,
        ),
        ([{"portMappings": [{"containerPort": 1, "hostPort": 2}]}], [{"portMappings": [{"containerPort": 1}]}], False),
        ([{"command": ["a", "b"]}], [{"command": ["b", "a"]}], False),
        ([{"name": "a", "essential": False}], [{"name": "a"}], False),
        ([{"environment": [{"name": "a", "value": "1"}]}], [{"environment": [{"name": "a", "value": "2"}]}], False),
    ],
)
def test_containers_are_compared_by_what_they_mean(left: Any, right: Any, expected: bool) -> None:
    assert same_containers(json.dumps(left), json.dumps(right)) is expected
