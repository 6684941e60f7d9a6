"""What AWS's control planes see behind the APIs, as root: ECS services, secrets, roles, RDS instances."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from harness.embedded.clients import ROOT, Credentials, client
from harness.embedded.task_log import TaskLog
from harness.embedded.tasks import OneOffTask, TaskSpecification
from harness.failure import HarnessError
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import ImageReference

TASKS_A_CALL = 100  # DescribeTasks (API reference)
SERVICE_GROUP = "service:"  # begins the group of a service's task
SECRET_ARN_PARTS = 7  # arn:partition:secretsmanager:region:account:secret:name
POSTGRES = "postgres"
LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class DesiredService:
    """A service and what it wants: so many tasks of this specification."""

    name: str
    desired_count: int
    specification: TaskSpecification


@dataclass(frozen=True)
class DatabaseInstance:
    """An RDS instance, with the password that its secret holds (None: no secret has its user's yet)."""

    identifier: str
    database: str
    username: str
    password: str | None


class ControlPlane:
    """Reads the emulator at `endpoint`; every call raises botocore's errors when it is not there."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._ecs, self._rds, self._sts, self._secrets = (
            client(service, endpoint, ROOT) for service in ("ecs", "rds", "sts", "secretsmanager")
        )
        self._definitions: dict[str, TaskSpecification] = {}
        self._unreadable: set[str] = set()
        self._tasks: dict[str, OneOffTask | None] = {}

    def services(self) -> Iterator[DesiredService]:
        """Every active service of every cluster whose task definition can be read; another keeps no service from its tasks."""
        for cluster in self._ecs.list_clusters()["clusterArns"]:
            for page in self._ecs.get_paginator("list_services").paginate(cluster=cluster):
                if arns := page["serviceArns"]:
                    services = self._ecs.describe_services(cluster=cluster, services=arns)["services"]
                    yield from filter(None, map(self._desired, services))

    def _desired(self, service: Mapping[str, Any]) -> DesiredService | None:
        if service["status"] != "ACTIVE":
            return None
        try:
            specification = self._specification(service["taskDefinition"])
        except ClientError as error:
            if service["serviceArn"] not in self._unreadable:
                self._unreadable.add(service["serviceArn"])
                LOGGER.warning("service %s runs no task: %s", service["serviceName"], error)
            return None
        return DesiredService(service["serviceName"], service["desiredCount"], specification)

    def one_off_tasks(self) -> list[OneOffTask]:
        """Every task of RunTask that is to run and whose definition can be read: of the records in ECS those that belong to no service."""
        tasks: dict[str, OneOffTask | None] = {}
        for cluster in self._ecs.list_clusters()["clusterArns"]:
            pages = self._ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus="RUNNING")
            arns = [arn for page in pages for arn in page["taskArns"]]
            tasks |= {arn: self._tasks[arn] for arn in arns if arn in self._tasks}  # a record never changes
            new = [arn for arn in arns if arn not in tasks]
            for start in range(0, len(new), TASKS_A_CALL):
                described = self._ecs.describe_tasks(cluster=cluster, tasks=new[start : start + TASKS_A_CALL])["tasks"]
                tasks |= {task["taskArn"]: self._one_off(task) for task in described}
        self._tasks = tasks
        return [task for task in tasks.values() if task]

    def _one_off(self, task: Mapping[str, Any]) -> OneOffTask | None:
        if task.get("group", "").startswith(SERVICE_GROUP):
            return None
        try:
            specification = self._specification(task["taskDefinitionArn"]).overridden(task.get("overrides") or {})
        except ClientError as error:
            LOGGER.warning("task %s is not run: %s", task["taskArn"], error)
            return None
        return OneOffTask(task["taskArn"], task["clusterArn"], task["createdAt"], specification)

    def report_stopped(self, task: OneOffTask, reason: str, exit_code: int | None) -> None:
        """Tell ECS how a task ended, as its agent does; without `exit_code` it never ran."""
        container = {"containerName": task.specification.container, "status": "STOPPED", "reason": reason}
        status = {} if exit_code is None else {"exitCode": exit_code}
        self._ecs.submit_task_state_change(
            cluster=task.cluster, task=task.arn, status="STOPPED", reason=reason, containers=[container | status]
        )

    def task_log(self, task: OneOffTask, file: Path) -> TaskLog | None:
        """Return where a task's output goes, its stream made under the execution role; None where its container says nothing of that."""
        options, specification = task.specification.awslogs, task.specification
        if not options:
            return None
        logs = client("logs", self._endpoint, self._execution_role(specification, task.task_id))
        stream = f"{options['stream-prefix']}/{specification.container}/{task.task_id}"
        log = TaskLog(logs, options["group"], stream, file)
        log.create()
        return log

    def _specification(self, arn: str) -> TaskSpecification:
        if arn not in self._definitions:  # a revision never changes
            definition = self._ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            self._definitions[arn] = TaskSpecification.of_definition(definition)
        return self._definitions[arn]

    def assume_role(self, role_arn: str, session_name: str) -> dict[str, Any]:
        """Temporary credentials of a role, as STS gives them."""
        answer = self._sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name[:64])
        return dict(answer["Credentials"])

    def secret_values(self, specification: TaskSpecification, task_id: str) -> dict[str, str]:
        """Values of a task's secrets, read under its execution role."""
        if not specification.secrets:
            return {}
        reader = client("secretsmanager", self._endpoint, self._execution_role(specification, task_id))
        return {name: _secret_value(reader, name, reference) for name, reference in specification.secrets.items()}

    def image_registry(self, specification: TaskSpecification, task_id: str) -> ImageRegistry:
        """Return the registry of a task's image, with a token that ECR gives to the task's execution role."""
        if not specification.execution_role_arn:
            raise HarnessError("the task definition has no executionRoleArn, the role that pulls its image")
        ecr = client("ecr", self._endpoint, self._execution_role(specification, task_id))
        return ImageRegistry.of_ecr(ecr, ImageReference.parse(specification.image).registry, self._endpoint)

    def _execution_role(self, specification: TaskSpecification, task_id: str) -> Credentials:
        credentials = self.assume_role(specification.execution_role_arn, task_id)
        return Credentials(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])

    def databases(self) -> list[DatabaseInstance]:
        """The PostgreSQL instances that RDS reports."""
        instances = [
            instance for instance in self._rds.describe_db_instances()["DBInstances"] if instance["Engine"] == POSTGRES
        ]
        passwords = self._passwords() if instances else {}
        return [
            DatabaseInstance(
                instance["DBInstanceIdentifier"],
                instance.get("DBName") or POSTGRES,
                instance["MasterUsername"],
                passwords.get(instance["MasterUsername"]),
            )
            for instance in instances
        ]

    def _passwords(self) -> Mapping[str, str]:
        """Passwords by user name, from secrets that hold a JSON object with `username` and `password`."""
        passwords: dict[str, str] = {}
        for secret in self._secrets.list_secrets()["SecretList"]:
            try:
                value = json.loads(self._secrets.get_secret_value(SecretId=secret["ARN"]).get("SecretString", ""))
            except (ValueError, self._secrets.exceptions.ResourceNotFoundException):
                continue  # no JSON, or no value yet: no credentials of a database
            if isinstance(value, dict) and {"username", "password"} <= value.keys():
                passwords[str(value["username"])] = str(value["password"])
        return passwords


def _secret_value(reader: Any, name: str, reference: str) -> str:
    """Value for a `valueFrom`: an ARN, with an optional JSON key, version stage and version id after it."""
    parts = reference.split(":")
    arn, extra = ":".join(parts[:SECRET_ARN_PARTS]), [*parts[SECRET_ARN_PARTS:], "", "", ""]
    key, stage, version = extra[:3]
    selected = {"VersionStage": stage} if stage else {}
    value = str(
        reader.get_secret_value(SecretId=arn, **selected, **({"VersionId": version} if version else {}))["SecretString"]
    )
    if not key:
        return value
    try:
        return str(json.loads(value)[key])
    except (ValueError, KeyError, TypeError) as error:
        raise HarnessError(f"ResourceInitializationError: secret of {name} has no JSON key {key}") from error
