"""ECS: revisions of a task definition, services and their updates, and how what is missing is answered."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import SOON, await_answer, wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_cluster, a_role
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="ecs", lane="control plane")
GONE = ("INACTIVE", "ClientException")
"""How a deregistered revision is described: the API's pages disagree on whether it can be described at all."""
CONTAINER = {"name": "app", "image": "public.ecr.aws/docker/library/busybox:1.36", "memory": 64, "essential": True}


@pytest.fixture
def cluster(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    a_cluster(aws, name, cleanup)
    return name


def registered(ecs: Any, family: str, cleanup: Cleanup, **more: Any) -> dict[str, Any]:
    """One more revision of the family."""
    definition = dict(
        ecs.register_task_definition(family=family, containerDefinitions=[CONTAINER], **more)["taskDefinition"]
    )
    cleanup(ecs.deregister_task_definition, taskDefinition=definition["taskDefinitionArn"])
    return definition


@pytest.fixture
def service(ecs: Any, cluster: str, name: str, cleanup: Cleanup) -> str:
    """The name of a service that wants no task."""
    registered(ecs, name, cleanup)
    ecs.create_service(
        cluster=cluster,
        serviceName=name,
        taskDefinition=name,
        desiredCount=0,
        launchType="EC2",
        tags=[{"key": "owner", "value": name}],
        enableECSManagedTags=True,
    )
    cleanup(ecs.delete_service, cluster=cluster, service=name, force=True)
    wait_for("the service is known", lambda: ecs.describe_services(cluster=name, services=[name])["services"], bool)
    return name


def described(ecs: Any, name: str) -> dict[str, Any]:
    [found] = ecs.describe_services(cluster=name, services=[name])["services"]
    return dict(found)


def updated(ecs: Any, name: str, **wanted: Any) -> dict[str, Any]:
    """Update the service, wait until it is described as wanted, and return its description."""
    ecs.update_service(cluster=name, service=name, **wanted)
    return wait_for(
        "the service is updated", lambda: described(ecs, name), lambda found: wanted.items() <= found.items(), SOON
    )


def clusters(ecs: Any) -> list[str]:
    """Return the ARNs of all clusters."""
    return [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]


@scenario("ecs.revisions.numbered", feature="task definitions", aws="ecs:RegisterTaskDefinition")
def test_a_family_counts_its_revisions_and_its_name_means_the_newest(ecs: Any, name: str, cleanup: Cleanup) -> None:
    first, second = registered(ecs, name, cleanup), registered(ecs, name, cleanup, networkMode="bridge")
    assert [one["revision"] for one in (first, second)] == [1, 2]
    assert second["taskDefinitionArn"].endswith(f":task-definition/{name}:2")
    found = ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    assert (found["revision"], found["status"]) == (2, "ACTIVE")
    assert ecs.describe_task_definition(taskDefinition=f"{name}:1")["taskDefinition"]["revision"] == 1


def status(ecs: Any, definition: str) -> str:
    """Return the status of a task definition, or the code by which its description is refused."""
    if refused := refusal(ecs.describe_task_definition, taskDefinition=definition):
        return refused[0]
    return str(ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["status"])


@scenario("ecs.revisions.deregistered", feature="task definitions", aws="ecs:DeregisterTaskDefinition")
def test_a_deregistered_revision_is_inactive_and_its_number_is_not_used_again(
    ecs: Any, name: str, cleanup: Cleanup
) -> None:
    registered(ecs, name, cleanup)
    registered(ecs, name, cleanup)
    ecs.deregister_task_definition(taskDefinition=f"{name}:2")
    wait_for("the revision is inactive", lambda: status(ecs, f"{name}:2"), GONE.__contains__, SOON)
    assert registered(ecs, name, cleanup)["revision"] == 3


@scenario("ecs.revisions.newest-active", feature="task definitions", aws="ecs:DescribeTaskDefinition")
def test_a_familys_name_means_its_newest_active_revision(ecs: Any, name: str, cleanup: Cleanup) -> None:
    registered(ecs, name, cleanup)
    registered(ecs, name, cleanup)
    ecs.deregister_task_definition(taskDefinition=f"{name}:2")
    await_answer(1, lambda: ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]["revision"])


@scenario("ecs.revisions.read-back", feature="task definitions", aws="ecs:TaskDefinition")
def test_a_container_definition_is_read_as_it_was_registered(
    aws: AwsClients, ecs: Any, name: str, cleanup: Cleanup
) -> None:
    secret = {"name": "PASSWORD", "valueFrom": "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-abcdef"}
    told = {
        **CONTAINER, "command": ["sleep", "1"], "environment": [{"name": "A", "value": "1"}], "secrets": [secret], "stopTimeout": 60,
        "readonlyRootFilesystem": True, "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "us-east-1"}},
        "healthCheck": {"command": ["CMD", "true"], "interval": 10, "timeout": 5, "retries": 3},
    }  # fmt: skip
    ecs.register_task_definition(
        family=name, containerDefinitions=[told], executionRoleArn=a_role(aws, name, cleanup, "ecs-tasks")
    )
    cleanup(ecs.deregister_task_definition, taskDefinition=f"{name}:1")
    [found] = ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]["containerDefinitions"]
    assert {attribute: found.get(attribute) for attribute in told} == told


@scenario("ecs.revisions.fargate-sizes", feature="validation", aws="ecs:RegisterTaskDefinition")
def test_fargate_takes_no_size_that_it_does_not_have(ecs: Any, name: str) -> None:
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "9999"}
    refused = refusal(ecs.register_task_definition, family=name, containerDefinitions=[CONTAINER], **fargate)
    assert refused == ("ClientException", 400)


@scenario("ecs.revisions.not-found", feature="error codes", aws="ecs:DescribeTaskDefinition")
def test_a_task_definition_that_is_not_there_is_a_client_exception(ecs: Any, name: str) -> None:
    assert refusal(ecs.describe_task_definition, taskDefinition=name) == ("ClientException", 400)


@scenario("ecs.clusters.missing", feature="clusters", aws="ecs:DescribeClusters")
def test_a_cluster_that_is_not_there_is_a_failure_of_the_answer(ecs: Any, name: str) -> None:
    answer = ecs.describe_clusters(clusters=[name])
    assert (answer["clusters"], [one["reason"] for one in answer["failures"]]) == ([], ["MISSING"])


@scenario("ecs.clusters.not-found", feature="error codes")
@each_operation("ecs", "list_services", "list_tasks")
def test_a_cluster_that_is_not_there_has_nothing_to_list(ecs: Any, name: str, operation: str) -> None:
    assert refusal(getattr(ecs, operation), cluster=name) == ("ClusterNotFoundException", 400)


@scenario("ecs.clusters.not-deleted", feature="error codes", aws="ecs:DeleteCluster")
def test_a_cluster_that_is_not_there_cannot_be_deleted(ecs: Any, name: str) -> None:
    assert refusal(ecs.delete_cluster, cluster=name) == ("ClusterNotFoundException", 400)


@scenario("ecs.clusters.same-again", feature="clusters", aws="ecs:CreateCluster")
def test_a_cluster_made_twice_is_one(ecs: Any, cluster: str) -> None:
    again = ecs.create_cluster(clusterName=cluster)["cluster"]
    assert again["clusterArn"] == ecs.describe_clusters(clusters=[cluster])["clusters"][0]["clusterArn"]
    await_answer(1, lambda: clusters(ecs).count(again["clusterArn"]))


@scenario("ecs.clusters.settings", feature="clusters", aws="ecs:UpdateClusterSettings")
def test_a_clusters_settings_are_changed_and_read_back(ecs: Any, cluster: str) -> None:
    ecs.update_cluster_settings(cluster=cluster, settings=[{"name": "containerInsights", "value": "enabled"}])
    await_answer(
        [{"name": "containerInsights", "value": "enabled"}],
        lambda: ecs.describe_clusters(clusters=[cluster], include=["SETTINGS"])["clusters"][0]["settings"],
    )


@scenario("ecs.clusters.not-empty", feature="clusters", aws="ecs:DeleteCluster")
def test_a_cluster_with_a_service_is_not_deleted(ecs: Any, service: str) -> None:
    assert refusal(ecs.delete_cluster, cluster=service) == ("ClusterContainsServicesException", 400)


@scenario("ecs.clusters.deleted", feature="clusters", aws="ecs:DeleteCluster")
def test_a_deleted_cluster_is_inactive_and_no_longer_listed(ecs: Any, cluster: str) -> None:
    deleted = ecs.delete_cluster(cluster=cluster)["cluster"]
    assert deleted["status"] == "INACTIVE"
    await_answer(False, lambda: deleted["clusterArn"] in clusters(ecs))


@scenario("ecs.services.missing", feature="services", aws="ecs:DescribeServices")
def test_a_service_that_is_not_there_is_a_failure_of_the_answer_and_cannot_be_updated(ecs: Any, cluster: str) -> None:
    answer = ecs.describe_services(cluster=cluster, services=["none"])
    assert (answer["services"], [one["reason"] for one in answer["failures"]]) == ([], ["MISSING"])
    refused = refusal(ecs.update_service, cluster=cluster, service="none", desiredCount=0)
    assert refused == ("ServiceNotFoundException", 400)


@scenario("ecs.services.unknown-definition", feature="services", aws="ecs:CreateService")
def test_a_service_of_a_task_definition_that_is_not_there_is_refused(ecs: Any, cluster: str) -> None:
    refused = refusal(
        ecs.create_service, cluster=cluster, serviceName="x", taskDefinition=f"{cluster}:7", desiredCount=0
    )
    assert refused == ("ClientException", 400)


@scenario("ecs.services.exists", feature="services", aws="ecs:CreateService")
def test_a_services_name_is_given_once_in_a_cluster(ecs: Any, service: str) -> None:
    refused = refusal(ecs.create_service, cluster=service, serviceName=service, taskDefinition=service, desiredCount=1)
    assert refused == ("InvalidParameterException", 400)


@scenario("ecs.services.new-revision", feature="updates", aws="ecs:UpdateService")
def test_a_service_given_another_revision_keeps_everything_else(ecs: Any, service: str, cleanup: Cleanup) -> None:
    before = described(ecs, service)
    second = registered(ecs, service, cleanup)["taskDefinitionArn"]
    after = updated(ecs, service, taskDefinition=second)
    assert before["taskDefinition"].endswith(":1")
    kept = (
        "desiredCount",
        "launchType",
        "enableECSManagedTags",
        "schedulingStrategy",
        "deploymentConfiguration",
        "createdAt",
    )
    assert {name: after.get(name) for name in kept} == {name: before.get(name) for name in kept}
    [primary] = [one for one in after["deployments"] if one["status"] == "PRIMARY"]
    assert primary["taskDefinition"] == second


@scenario("ecs.services.count", feature="updates", aws="ecs:UpdateService")
def test_a_service_that_is_scaled_wants_as_many_tasks_and_keeps_its_revision(ecs: Any, service: str) -> None:
    """No instance is there to run one: what is wanted is what is judged."""
    before = described(ecs, service)
    after = updated(ecs, service, desiredCount=1)
    assert (before["desiredCount"], after["taskDefinition"]) == (0, before["taskDefinition"])


@scenario("ecs.services.deployment-settings", feature="updates", aws="ecs:UpdateService")
def test_deployment_settings_are_changed_without_the_revision(ecs: Any, service: str) -> None:
    wanted = {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 150,
        "minimumHealthyPercent": 50,
    }
    ecs.update_service(cluster=service, service=service, deploymentConfiguration=wanted)
    found = wait_for(
        "the settings are changed",
        lambda: described(ecs, service),
        lambda found: wanted.items() <= found["deploymentConfiguration"].items(),
        SOON,
    )
    assert found["taskDefinition"].endswith(f"/{service}:1")


@scenario("ecs.services.deleted", feature="services", aws="ecs:DeleteService")
def test_a_deleted_service_is_no_longer_listed_and_its_name_is_free(ecs: Any, service: str) -> None:
    arn = described(ecs, service)["serviceArn"]
    await_answer([arn], lambda: ecs.list_services(cluster=service)["serviceArns"])
    ecs.delete_service(cluster=service, service=service)
    await_answer([], lambda: ecs.list_services(cluster=service)["serviceArns"])


@scenario("ecs.tags.of-a-service", feature="tagging", aws="ecs:DescribeServices")
def test_a_services_tags_are_described_where_they_are_asked_for(ecs: Any, service: str) -> None:
    [found] = ecs.describe_services(cluster=service, services=[service], include=["TAGS"])["services"]
    assert {"key": "owner", "value": service} in found["tags"]


@scenario("ecs.tags.not-asked", feature="tagging", aws="ecs:DescribeServices")
def test_a_services_tags_are_not_described_where_nobody_asked(ecs: Any, service: str) -> None:
    assert described(ecs, service).get("tags", []) == []
