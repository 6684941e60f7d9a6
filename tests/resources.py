"""Where the system's resources are, from Terraform's outputs and the AWS APIs: ARNs, and what an API says of one resource."""

import json
from typing import Any
from urllib.parse import urlsplit

from harness.system import System

TABLES = ("positions_table_name", "entitlements_table_name", "queue_state_table_name")
BUCKETS = ("calculations_bucket", "reports_bucket", "artifacts_bucket")
SOURCE_QUEUES = ("entitlement_requests_queue_url", "notifications_queue_url")
QUEUES = (*SOURCE_QUEUES, "dead_letter_queue_url")
FUNCTIONS = ("ingest_normalizer", "api_handler", "reconciliation")
PROFILES = ("withholding_rates", "market_calendars")
PROJECTS = ("package", "image")
ROLES = (*FUNCTIONS, "engine_execution", "engine_task", "build", "pipeline")
ALIAS = "live"


def account_id(system: System) -> str:
    """The account of everything, from the key's ARN."""
    return str(system.outputs["kms_key_arn"].split(":")[4])


def stream(system: System) -> dict[str, Any]:
    name = system.outputs["position_stream_name"]
    return dict(system.client("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"])


def table(system: System, output: str) -> dict[str, Any]:
    return dict(system.client("dynamodb").describe_table(TableName=system.outputs[output])["Table"])


def bucket_arn(system: System, output: str) -> str:
    partition = system.outputs["kms_key_arn"].split(":")[1]
    return f"arn:{partition}:s3:::{system.outputs[output]}"


def queue(system: System, output: str) -> dict[str, str]:
    """All attributes; those that hold JSON are texts."""
    url = system.outputs[output]
    return dict(system.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])


def topic(system: System) -> dict[str, str]:
    arn = system.outputs["notifications_topic_arn"]
    return dict(system.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"])


def event_bus(system: System) -> dict[str, Any]:
    return dict(system.client("events").describe_event_bus(Name=system.outputs["event_bus_name"]))


def function(system: System, name: str) -> dict[str, Any]:
    """The configuration that callers reach: the one behind the alias."""
    deployed = system.outputs["function_names"][name]
    return dict(system.client("lambda").get_function_configuration(FunctionName=deployed, Qualifier=ALIAS))


def service(system: System) -> dict[str, Any]:
    names = {"cluster": system.outputs["engine_cluster_name"], "services": [system.outputs["engine_service_name"]]}
    return dict(system.client("ecs").describe_services(**names)["services"][0])


def task_definition(system: System) -> dict[str, Any]:
    arn = service(system)["taskDefinition"]
    return dict(system.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"])


def container(system: System) -> dict[str, Any]:
    """The one container of an engine task."""
    [only] = task_definition(system)["containerDefinitions"]
    return dict(only)


def repository(system: System) -> dict[str, Any]:
    name = system.outputs["engine_repository_url"].split("/", 1)[1]
    return dict(system.client("ecr").describe_repositories(repositoryNames=[name])["repositories"][0])


def database(system: System) -> dict[str, Any]:
    """The RDS instance that has the outputs' address and database."""
    outputs, pages = system.outputs, system.client("rds").get_paginator("describe_db_instances").paginate()
    [found] = [
        instance
        for page in pages
        for instance in page["DBInstances"]
        if instance.get("DBName") == outputs["database_name"]
        and instance["Endpoint"]["Address"] == outputs["database_address"]
        and str(instance["Endpoint"]["Port"]) == str(outputs["database_port"])
    ]
    return dict(found)


def secret(system: System) -> dict[str, Any]:
    return dict(system.client("secretsmanager").describe_secret(SecretId=system.outputs["database_secret_arn"]))


def database_credentials(system: System) -> dict[str, str]:
    """The secret's username and password."""
    reader = system.client("secretsmanager")
    return dict(json.loads(reader.get_secret_value(SecretId=system.outputs["database_secret_arn"])["SecretString"]))


def profile(system: System, name: str) -> dict[str, Any]:
    names = {
        "ApplicationId": system.outputs["appconfig_application_id"],
        "ConfigurationProfileId": system.outputs["appconfig_profile_ids"][name],
    }
    return dict(system.client("appconfig").get_configuration_profile(**names))


def rest_api(system: System) -> dict[str, Any]:
    """The API whose id is in the base URL."""
    apis = system.client("apigateway").get_paginator("get_rest_apis").paginate()
    url = urlsplit(system.outputs["api_base_url"])
    parts = {*(url.hostname or "").split("."), *url.path.split("/")}
    [found] = [api for page in apis for api in page["items"] if api["id"] in parts]
    return dict(found)


def project(system: System, name: str) -> dict[str, Any]:
    deployed = system.outputs["codebuild_project_names"][name]
    return dict(system.client("codebuild").batch_get_projects(names=[deployed])["projects"][0])


def pipeline(system: System) -> dict[str, Any]:
    return dict(system.client("codepipeline").get_pipeline(name=system.outputs["codepipeline_name"])["pipeline"])


def source_repository(system: System) -> dict[str, Any]:
    name = system.outputs["codecommit_repository_name"]
    return dict(system.client("codecommit").get_repository(repositoryName=name)["repositoryMetadata"])


def log_group(system: System, writer: str) -> dict[str, Any]:
    """The log group of a function, a build, `engine` or `pipeline`; {} where there is none."""
    name = _log_group_name(system, writer)
    found = system.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((dict(group) for group in found if group["logGroupName"] == name), {})


def _log_group_name(system: System, writer: str) -> str:
    if writer in FUNCTIONS:
        return f"/aws/lambda/{system.outputs['function_names'][writer]}"
    if writer in PROJECTS:
        return f"/aws/codebuild/{system.outputs['codebuild_project_names'][writer]}"
    if writer == "pipeline":
        return f"/aws/codepipeline/{system.outputs['codepipeline_name']}"
    return str(container(system)["logConfiguration"]["options"]["awslogs-group"])


def statements(document: str | dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a policy, given as text or as boto3's decoded document."""
    content = json.loads(document) if isinstance(document, str) else document
    found = content["Statement"]
    return [found] if isinstance(found, dict) else list(found)


def listed(value: Any) -> list[Any]:
    """IAM writes one value with or without a list around it."""
    return value if isinstance(value, list) else [value]
