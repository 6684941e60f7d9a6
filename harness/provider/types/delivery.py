"""CodeCommit, CodeBuild and CodeDeploy: repository, build project, application and deployment group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.mapping import emptied, to_api
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import BY_ARN, Tags
from harness.provider.equality import changed
from harness.provider.values import Block


@dataclass(frozen=True, kw_only=True)
class _Repository(Plain):
    """A repository: each of its settings has an operation of its own."""

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        """A default branch that the configuration leaves to CodeCommit, or that does not exist yet, is no difference."""
        seen = super().observed(aws, block, state, resource)
        if not state.get("default_branch") or not seen["default_branch"]:
            del seen["default_branch"]
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        if "description" in changed:
            aws.call(
                "codecommit",
                "UpdateRepositoryDescription",
                **self.named(planned),
                repositoryDescription=planned["description"] or "",
            )
        if "kms_key_id" in changed and planned["kms_key_id"]:
            aws.call(
                "codecommit", "UpdateRepositoryEncryptionKey", **self.named(planned), kmsKeyId=planned["kms_key_id"]
            )
        branch = planned["default_branch"] if "default_branch" in changed else None
        if branch and "defaultBranch" in self.observe(aws, planned):  # a repository without branches has none to choose
            aws.call("codecommit", "UpdateDefaultBranch", **self.named(planned), defaultBranchName=branch)


@dataclass(frozen=True, kw_only=True)
class _Project(Plain):
    """A build project: its tags are a parameter like others, and visibility is not to be had on the target."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        _refuse_visibility(planned)
        return super().creation(aws, block, planned)

    def observe(self, aws: Aws, state: State) -> Any:
        return at(self.at, aws.call("codebuild", "BatchGetProjects", names=[state["name"]]))

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        return {**super().observed(aws, block, state, resource), "id": resource["arn"]}

    def change(self, aws: Aws, block: Block, prior: State, planned: State) -> None:
        """One UpdateProject for everything."""
        _refuse_visibility(planned)
        changes = changed(prior, planned)
        shape = aws.request_shape("codebuild", "UpdateProject")
        parameters = {**emptied(planned, changes, shape, self.names), **to_api(block, planned, shape, self.names)}
        tags = self.tags.to_api(planned["tags_all"] or {}) if self.tags else []
        if changes - {"timeouts", "tags"}:
            aws.call("codebuild", "UpdateProject", **{**parameters, "tags": tags})


def _refuse_visibility(planned: State) -> None:
    if planned["project_visibility"] != "PRIVATE":
        raise LookupError("the target has no UpdateProjectVisibility: project_visibility must be PRIVATE")


@dataclass(frozen=True, kw_only=True)
class _Deploy(Plain):
    """A type of CodeDeploy, found by names that may change: its id holds what CodeDeploy generated."""

    imports: str  # the import id, as a template

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        return {**seen, "id": self.identity({**state, **seen})}

    def imported(self, identifier: str) -> dict[str, Any] | None:
        names = [part.strip("{}") for part in self.imports.split(":")]
        parts = identifier.split(":")
        return {**dict(zip(names, parts, strict=True)), "id": identifier} if len(parts) == len(names) else None


@dataclass(frozen=True, kw_only=True)
class _Application(_Deploy):
    """An application: only its name changes."""

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        aws.call("codedeploy", "UpdateApplication", applicationName=prior["name"], newApplicationName=planned["name"])


@dataclass(frozen=True, kw_only=True)
class _Group(_Deploy):
    """A deployment group: alarms and Auto Scaling groups are lists of names for Terraform, of structures for CodeDeploy."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        return {**super().creation(aws, block, planned), **_alarms(planned)}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        alarms = [alarm["name"] for alarm in resource.get("alarmConfiguration", {}).get("alarms", [])]
        seen["alarm_configuration"] = [{**entry, "alarms": sorted(alarms)} for entry in seen["alarm_configuration"]]
        return {**seen, "autoscaling_groups": sorted(group["name"] for group in resource.get("autoScalingGroups", []))}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        shape = aws.request_shape("codedeploy", "UpdateDeploymentGroup")
        wanted = {
            **emptied(planned, changed, shape, self.names),
            **to_api(block, planned, shape, self.names),
            **_alarms(planned),
        }
        names = {"currentDeploymentGroupName": prior["deployment_group_name"]}
        if "deployment_group_name" in changed:
            names["newDeploymentGroupName"] = planned["deployment_group_name"]
        aws.call("codedeploy", "UpdateDeploymentGroup", **{**wanted, **names})


def _alarms(planned: State) -> dict[str, Any]:
    """The parameter alarmConfiguration; LookupError for what has no parameter of the same form and is not made here."""
    if planned.get("ec2_tag_set"):
        raise LookupError("ec2_tag_set is not among the blocks that our stand-in provider can make")
    for given in planned.get("alarm_configuration") or []:
        alarms = [{"name": name} for name in given.get("alarms") or []]
        flags = {
            "enabled": bool(given.get("enabled")),
            "ignorePollAlarmFailure": bool(given.get("ignore_poll_alarm_failure")),
        }
        return {"alarmConfiguration": {**flags, "alarms": alarms}}
    return {}


_GROUP_NAMES: Mapping[str, str | None] = {
    "app_name": "applicationName", "id": None, "tags": None, "trigger_configuration": "triggerConfigurations",
    "ec2_tag_filter": "ec2TagFilters", "on_premises_instance_tag_filter": "onPremisesInstanceTagFilters", "ec2_tag_set": None,
    "ecs_service": "ecsServices", "blue_green_deployment_config": "blueGreenDeploymentConfiguration",
    "load_balancer_info.elb_info": "elbInfoList", "load_balancer_info.target_group_info": "targetGroupInfoList",
    "load_balancer_info.target_group_pair_info": "targetGroupPairInfoList",
    "load_balancer_info.target_group_pair_info.target_group": "targetGroups",
}  # fmt: skip
_DEPLOY_TAGS = Tags(create="tags", read="ListTagsForResource")

TYPES: dict[str, Plain] = {
    "aws_codecommit_repository": _Repository(
        service="codecommit", create="CreateRepository", read="GetRepository", delete="DeleteRepository", at="repositoryMetadata",
        key={"repositoryName": "repository_name"}, id="{repository_name}",
        names={"description": "repositoryDescription", "id": None, "tags": None},
        force_new=frozenset({"repository_name"}), missing=("RepositoryDoesNotExistException",),
        tags=BY_ARN,
    ),
    "aws_codebuild_project": _Project(
        service="codebuild", create="CreateProject", read="BatchGetProjects", delete="DeleteProject", at="projects[0]", made_at="project",
        key={"name": "name"}, id="{arn}", id_parts=r"(?:arn:.*/)?(?P<name>[^/]+)",
        names={
            "build_timeout": "timeoutInMinutes", "queued_timeout": "queuedTimeoutInMinutes", "id": None, "tags": None,
            "environment.environment_variable": "environmentVariables", "secondary_source_version": "secondarySourceVersions",
        },
        force_new=frozenset({"name"}),
        defaults={
            "build_timeout": 60, "queued_timeout": 480, "badge_enabled": False, "project_visibility": "PRIVATE",
            "environment.image_pull_credentials_type": "CODEBUILD", "environment.environment_variable.type": "PLAINTEXT",
            "cache.type": "NO_CACHE", "logs_config.cloudwatch_logs.status": "ENABLED", "logs_config.s3_logs.status": "DISABLED",
            "file_system_locations.type": "EFS",
        },
        unread=frozenset({  # MiniStack keeps none of these
            "auto_retry_limit", "badge_enabled", "badge_url", "build_batch_config", "cache", "concurrent_build_limit",
            "file_system_locations", "logs_config", "project_visibility", "public_project_alias", "queued_timeout",
            "resource_access_role", "secondary_artifacts", "secondary_source_version", "secondary_sources", "vpc_config",
        }),
        tags=Tags(create="tags", tag="", untag="", at="tags", pair=("key", "value")),
    ),
    "aws_codedeploy_app": _Application(
        service="codedeploy", create="CreateApplication", read="GetApplication", delete="DeleteApplication", at="application",
        made_at="", key={"applicationName": "name"}, id="{application_id}:{name}", imports="{name}", arn="application:{name}",
        names={"name": "applicationName", "id": None, "tags": None}, force_new=frozenset({"compute_platform"}),
        defaults={"compute_platform": "Server"}, recomputed={"id": ("name",), "arn": ("name",)},
        missing=("ApplicationDoesNotExistException",), tags=_DEPLOY_TAGS,
    ),
    "aws_codedeploy_deployment_group": _Group(
        service="codedeploy", create="CreateDeploymentGroup", read="GetDeploymentGroup", delete="DeleteDeploymentGroup",
        at="deploymentGroupInfo", made_at="", key={"applicationName": "app_name", "deploymentGroupName": "deployment_group_name"},
        id="{deployment_group_id}", imports="{app_name}:{deployment_group_name}",
        arn="deploymentgroup:{app_name}/{deployment_group_name}", names=_GROUP_NAMES,
        defaults={
            "deployment_config_name": "CodeDeployDefault.OneAtATime", "outdated_instances_strategy": "UPDATE",
            "deployment_style.deployment_option": "WITHOUT_TRAFFIC_CONTROL", "deployment_style.deployment_type": "IN_PLACE",
        },
        recomputed={"arn": ("app_name", "deployment_group_name")},
        missing=("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException"), tags=_DEPLOY_TAGS,
    ),
}  # fmt: skip
