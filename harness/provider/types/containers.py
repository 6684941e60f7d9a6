"""ECR's repository and lifecycle policy, ECS's cluster. Task definition and service: tasks.py."""

from dataclasses import dataclass, replace
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import BY_ARN
from harness.provider.types.tasks import ECS_TAGS
from harness.provider.values import Block


@dataclass(frozen=True, kw_only=True)
class _Repository(Plain):
    """A repository: two settings have operations of their own; it goes with its images only where `force_delete` says so."""

    def observe(self, aws: Aws, state: State) -> Any:
        return at(self.at, aws.call("ecr", self.read, repositoryNames=[state["name"]]))

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        if (
            not state.get("encryption_configuration")
            and at("encryptionConfiguration.encryptionType", resource) == "AES256"
        ):
            seen["encryption_configuration"] = []  # what AWS says where nobody asked for anything
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        wanted = self.creation(aws, block, planned)
        if changed & {"image_tag_mutability", "image_tag_mutability_exclusion_filter"}:
            parts = ("imageTagMutability", "imageTagMutabilityExclusionFilters")
            given = {name: wanted[name] for name in parts if name in wanted}
            aws.call("ecr", "PutImageTagMutability", **self.named(planned), **given)
        if "image_scanning_configuration" in changed:
            scanning = wanted.get("imageScanningConfiguration", {"scanOnPush": False})
            aws.call("ecr", "PutImageScanningConfiguration", **self.named(planned), imageScanningConfiguration=scanning)


_INSIGHTS_OFF = [{"name": "containerInsights", "value": "disabled"}]


@dataclass(frozen=True, kw_only=True)
class _Cluster(Plain):
    """A cluster: one that was deleted can still be described, as INACTIVE."""

    def observe(self, aws: Aws, state: State) -> Any:
        include = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
        resource = at(self.at, aws.call("ecs", self.read, clusters=[state["id"]], include=include))
        return None if resource is None or resource["status"] == "INACTIVE" else resource

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        if not state.get("setting") and seen["setting"] == _INSIGHTS_OFF:
            seen["setting"] = []  # what AWS says where nobody asked for anything
        return seen


TYPES = {
    "aws_ecr_repository": _Repository(
        service="ecr", create="CreateRepository", made_at="repository", read="DescribeRepositories", at="repositories[0]",
        delete="DeleteRepository", key={"repositoryName": "name"}, id="{name}",
        delete_key={"repositoryName": "name", "force": "force_delete"},
        names={"name": "repositoryName", "arn": "repositoryArn", "repository_url": "repositoryUri",
               "image_tag_mutability_exclusion_filter": "imageTagMutabilityExclusionFilters", "tags": None},
        defaults={"image_tag_mutability": "MUTABLE"}, force_new=frozenset({"name", "encryption_configuration"}),
        missing=("RepositoryNotFoundException",),
        tags=replace(BY_ARN, pair=("Key", "Value")),
    ),
    "aws_ecr_lifecycle_policy": Plain(
        service="ecr", create="PutLifecyclePolicy", read="GetLifecyclePolicy", delete="DeleteLifecyclePolicy",
        key={"repositoryName": "repository"}, id="{repository}",
        names={"policy": "lifecyclePolicyText", "repository": "repositoryName"},
        force_new=frozenset({"policy", "repository"}),
        missing=("LifecyclePolicyNotFoundException", "RepositoryNotFoundException"),
    ),
    "aws_ecs_cluster": _Cluster(
        service="ecs", create="CreateCluster", made_at="cluster", read="DescribeClusters", at="clusters[0]", update="UpdateCluster",
        delete="DeleteCluster", key={"cluster": "arn"}, id="{arn}", import_id="{name}", lingers=True,
        names={"name": "clusterName", "id": "clusterArn", "arn": "clusterArn", "setting": "settings", "tags": None,
               "configuration.execute_command_configuration.log_configuration.s3_bucket_encryption_enabled": "s3EncryptionEnabled"},
        force_new=frozenset({"name"}), missing=("ClusterNotFoundException",),
        tags=ECS_TAGS,
    ),
}  # fmt: skip
