"""ECS and ECR: the servicing engine's cluster, service, task definition and image repository."""

import json

import pytest

from harness.deadline import wait_for
from harness.packaging.oci import ImageReference
from harness.scenarios.scenario import scenario
from harness.system import System
from harness.terminal_states import SERVICE
from tests.resources import container, log_group, repository, service, task_definition

pytestmark = scenario(service="ecs", lane="control plane", aws="ecs:TaskDefinition")

VARIABLES = {
    "APPCONFIG_APPLICATION_ID": "appconfig_application_id",
    "APPCONFIG_ENVIRONMENT_ID": "appconfig_environment_id",
    "CALCULATIONS_BUCKET": "calculations_bucket",
    "DATABASE_HOST": "database_address",
    "DATABASE_NAME": "database_name",
    "DATABASE_PORT": "database_port",
    "DEAD_LETTER_QUEUE_URL": "dead_letter_queue_url",
    "ENTITLEMENTS_TABLE": "entitlements_table_name",
    "ENTITLEMENT_REQUESTS_QUEUE_URL": "entitlement_requests_queue_url",
    "EVENT_BUS_NAME": "event_bus_name",
    "QUEUE_STATE_TABLE": "queue_state_table_name",
    "REPORTS_BUCKET": "reports_bucket",
}


@scenario("ecs.engine-cluster.active", feature="clusters", aws="ecs:Cluster")
def test_the_cluster_is_active(system: System) -> None:
    [cluster] = system.client("ecs").describe_clusters(clusters=[system.outputs["engine_cluster_name"]])["clusters"]
    assert cluster["status"] == "ACTIVE"


@scenario("ecs.engine-cluster.insights", feature="cluster settings", aws="ecs:ClusterSetting")
def test_the_cluster_reports_container_insights(system: System) -> None:
    names = {"clusters": [system.outputs["engine_cluster_name"]], "include": ["SETTINGS"]}
    [cluster] = system.client("ecs").describe_clusters(**names)["clusters"]
    assert {"name": "containerInsights", "value": "enabled"} in cluster.get("settings", [])


@scenario("ecs.engine-service.fargate", feature="services", aws="ecs:Service")
def test_the_service_is_active_on_fargate(system: System) -> None:
    found = service(system)
    assert (found["status"], found["launchType"]) == ("ACTIVE", "FARGATE")


@pytest.mark.engine
@scenario("ecs.engine-service.desired-count", feature="services", aws="ecs:Service")
def test_the_service_wants_at_least_one_task(system: System) -> None:
    assert service(system)["desiredCount"] >= 1


@pytest.mark.engine
@scenario("ecs.engine-service.running-count", feature="services", aws="ecs:Service")
def test_as_many_tasks_run_as_the_service_wants(system: System) -> None:
    wait_for(
        "as many tasks as wanted",
        lambda: service(system),
        lambda found: found["runningCount"] == found["desiredCount"],
        seconds=60,
        ended=SERVICE,
    )


@scenario("ecs.engine-service.no-public-address", feature="network configuration", aws="ecs:AwsVpcConfiguration")
def test_tasks_have_no_public_address(system: System) -> None:
    network = service(system)["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"


@scenario("ecs.engine-service.two-subnets", feature="network configuration", aws="ecs:AwsVpcConfiguration")
def test_tasks_run_in_two_subnets(system: System) -> None:
    assert len(service(system)["networkConfiguration"]["awsvpcConfiguration"]["subnets"]) >= 2


@scenario(
    "ecs.engine-service.circuit-breaker", feature="deployment circuit breaker", aws="ecs:DeploymentCircuitBreaker"
)
def test_a_deployment_that_fails_is_rolled_back(system: System) -> None:
    breaker = service(system)["deploymentConfiguration"].get("deploymentCircuitBreaker", {})
    assert (breaker.get("enable"), breaker.get("rollback")) == (True, True)


@scenario("ecs.engine-task.fargate", feature="task definitions")
def test_the_task_definition_is_for_fargate(system: System) -> None:
    found = task_definition(system)
    assert (found["requiresCompatibilities"], found["networkMode"]) == (["FARGATE"], "awsvpc")


@scenario("ecs.engine-task.roles", feature="task definitions")
@pytest.mark.parametrize(
    ("attribute", "role"), [("executionRoleArn", "engine_execution"), ("taskRoleArn", "engine_task")]
)
def test_a_task_has_its_own_role(system: System, attribute: str, role: str) -> None:
    assert task_definition(system)[attribute] == system.outputs["role_arns"][role]


@scenario("ecs.engine-task.secrets", feature="secrets of a container", aws="ecs:Secret")
@pytest.mark.parametrize(("variable", "key"), [("DATABASE_USERNAME", "username"), ("DATABASE_PASSWORD", "password")])
def test_a_task_takes_database_credentials_from_the_secret(system: System, variable: str, key: str) -> None:
    taken = {secret["name"]: secret["valueFrom"] for secret in container(system)["secrets"]}
    assert taken.get(variable) == f"{system.outputs['database_secret_arn']}:{key}::"


@scenario("ecs.engine-task.environment", feature="environment of a container", aws="ecs:ContainerDefinition")
@pytest.mark.parametrize("variable", VARIABLES)
def test_a_task_is_told_where_its_resources_are(system: System, variable: str) -> None:
    told = {pair["name"]: pair["value"] for pair in container(system)["environment"]}
    assert told.get(variable) == str(system.outputs[VARIABLES[variable]])


@scenario("ecs.engine-task.log-driver", feature="log configuration", aws="ecs:LogConfiguration")
def test_a_task_logs_to_cloudwatch(system: System) -> None:
    assert container(system)["logConfiguration"]["logDriver"] == "awslogs"


@scenario("logs.engine.retention", feature="retention", aws="logs:LogGroup", service="logs")
def test_a_tasks_logs_are_kept_for_a_month(system: System) -> None:
    assert log_group(system, "engine").get("retentionInDays") == 30


@scenario("ecs.engine-task.read-only", feature="container definitions", aws="ecs:ContainerDefinition")
def test_a_task_cannot_write_to_its_own_image(system: System) -> None:
    assert container(system).get("readonlyRootFilesystem") is True


@scenario("ecs.engine-task.stop-timeout", feature="container definitions", aws="ecs:ContainerDefinition")
def test_a_task_has_a_minute_to_drain(system: System) -> None:
    assert container(system).get("stopTimeout") == 60


@scenario(
    "ecr.engine-repository.scan-on-push", feature="image scanning", aws="ecr:ImageScanningConfiguration", service="ecr"
)
def test_images_are_scanned_when_pushed(system: System) -> None:
    assert repository(system)["imageScanningConfiguration"]["scanOnPush"] is True


@scenario("ecr.engine-repository.immutable", feature="tag immutability", aws="ecr:Repository", service="ecr")
def test_an_images_tag_never_moves(system: System) -> None:
    assert repository(system)["imageTagMutability"] == "IMMUTABLE"


@scenario("ecr.engine-repository.encryption", feature="encryption", aws="ecr:EncryptionConfiguration", service="ecr")
def test_images_are_encrypted_with_kms(system: System) -> None:
    assert repository(system).get("encryptionConfiguration", {}).get("encryptionType") == "KMS"


@scenario("ecr.engine-repository.lifecycle", feature="lifecycle policy", aws="ecr:GetLifecyclePolicy", service="ecr")
def test_old_images_expire(system: System) -> None:
    name = system.outputs["engine_repository_url"].split("/", 1)[1]
    policy = json.loads(system.client("ecr").get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
    selected = [(rule["selection"]["tagStatus"], rule["action"]["type"]) for rule in policy["rules"]]
    assert selected == [("untagged", "expire"), ("any", "expire")]


@scenario("ecr.engine-image.by-digest", feature="images", aws="ecr:DescribeImages", service="ecr")
def test_the_image_that_tasks_run_is_in_the_repository_by_its_digest(system: System) -> None:
    image, name = container(system)["image"], system.outputs["engine_repository_url"].split("/", 1)[1]
    reference = ImageReference.parse(image)
    if reference.repository != name:
        pytest.skip(f"unsupported: the engine runs {image}, which ENGINE_IMAGE named, and not an image of {name}")
    asked = {"repositoryName": name, "imageIds": [{"imageDigest": reference.version}]}
    found = system.client("ecr").describe_images(**asked)["imageDetails"]
    assert [one["imageDigest"] for one in found] == [reference.version]
