"""Secrets Manager and CloudWatch Logs: secrets, their versions, log groups."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from harness.provider.engine.aws import Aws
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import BY_ARN, Tags
from harness.provider.types.naming import Named
from harness.provider.values import Block

_CURRENT = "AWSCURRENT"  # a label that can move to another version, and cannot be taken away
_SERVICE = "secretsmanager"


@dataclass(frozen=True, kw_only=True)
class _Secret(Named):
    """A secret: its policy has operations of its own, and a deleted secret stays for its recovery window."""

    def observe(self, aws: Aws, state: State) -> Any:
        resource = super().observe(aws, state)
        return None if "DeletedDate" in resource else resource

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        policy = aws.call(_SERVICE, "GetResourcePolicy", **self.named(state)).get("ResourcePolicy")
        return {**super().observed(aws, block, state, resource), "policy": policy}

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        days = state["recovery_window_in_days"]
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        aws.call(_SERVICE, "DeleteSecret", **self.named(state), **how)


@dataclass(frozen=True, kw_only=True)
class _SecretVersion(Plain):
    """A secret's value. One that was given write-only is never read, so that no state can hold it."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        parameters = super().creation(aws, block, planned)
        if planned.get("secret_binary"):
            parameters["SecretBinary"] = base64.b64decode(planned["secret_binary"])
        return parameters

    def made(self, aws: Aws, block: Block, planned: State, answer: Mapping[str, Any]) -> dict[str, Any]:
        told = {"version_id": answer["VersionId"], "version_stages": sorted(answer.get("VersionStages", []))}
        return {**told, "has_secret_string_wo": True if planned.get("secret_string_wo") else None}

    def observe(self, aws: Aws, state: State) -> Any:
        secret = {"SecretId": state["secret_id"]}
        if not state.get("has_secret_string_wo"):
            return aws.call(_SERVICE, "GetSecretValue", **secret, VersionId=state["version_id"])
        more: dict[str, str] = {}
        while True:
            page = aws.call(_SERVICE, "ListSecretVersionIds", **secret, IncludeDeprecated=True, **more)
            for version in page["Versions"]:
                if version["VersionId"] == state["version_id"]:
                    return {**version, "ARN": page["ARN"]}
            if "NextToken" not in page:
                return None
            more = {"NextToken": page["NextToken"]}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = {
            "arn": resource["ARN"],
            "secret_arn": resource["ARN"],
            "version_id": resource["VersionId"],
            "version_stages": sorted(resource.get("VersionStages", [])),
            "has_secret_string_wo": state.get("has_secret_string_wo"),
        }
        if not state.get("has_secret_string_wo"):
            binary = resource.get("SecretBinary")
            seen["secret_string"] = resource.get("SecretString")
            seen["secret_binary"] = None if binary is None else base64.b64encode(binary).decode()
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        before, after = set(prior.get("version_stages") or []), set(planned.get("version_stages") or [])
        for stage in sorted(after - before):
            self._label(aws, planned, stage, MoveToVersionId=planned["version_id"], **self._holder(aws, planned, stage))
        for stage in sorted(before - after - {_CURRENT}):
            self._label(aws, planned, stage, RemoveFromVersionId=planned["version_id"])

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        """Only labels can be taken away; a version without one is deleted by the service, the current one with its secret."""
        for stage in sorted(set(state.get("version_stages") or []) - {_CURRENT}):
            self._label(aws, state, stage, RemoveFromVersionId=state["version_id"])

    def is_missing(self, error: ClientError) -> bool:
        return super().is_missing(error) or "deletion" in str(error.response["Error"].get("Message"))

    @staticmethod
    def _label(aws: Aws, state: State, stage: str, **versions: str) -> None:
        aws.call(_SERVICE, "UpdateSecretVersionStage", SecretId=state["secret_id"], VersionStage=stage, **versions)

    @staticmethod
    def _holder(aws: Aws, state: State, stage: str) -> dict[str, str]:
        """The version that a label has to be taken from, as UpdateSecretVersionStage wants it."""
        stages = aws.call(_SERVICE, "DescribeSecret", SecretId=state["secret_id"]).get("VersionIdsToStages", {})
        holder = next((version for version, held in stages.items() if stage in held), None)
        return {"RemoveFromVersionId": holder} if holder else {}


@dataclass(frozen=True, kw_only=True)
class _LogGroup(Named):
    """A log group: retention, key and protection change by operations of their own."""

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        super().modify(aws, block, prior, planned, changed)
        if "deletion_protection_enabled" in changed:
            given = {"deletionProtectionEnabled": bool(planned["deletion_protection_enabled"])}
            aws.call("logs", "PutLogGroupDeletionProtection", logGroupIdentifier=planned["name"], **given)


TYPES: dict[str, Plain] = {
    "aws_secretsmanager_secret": _Secret(
        service=_SERVICE, create="CreateSecret", made_at="", read="DescribeSecret", update="UpdateSecret", key={"SecretId": "id"},
        id="{arn}", names={"policy": "ResourcePolicy"}, own={"policy": ("PutResourcePolicy", "DeleteResourcePolicy")},
        force_new=frozenset({"name", "name_prefix", "type"}), unmade=frozenset({"replica", "type"}),
        defaults={"force_overwrite_replica_secret": False, "recovery_window_in_days": 30},
        tags=Tags(key={"SecretId": "id"}),
    ),
    "aws_secretsmanager_secret_version": _SecretVersion(
        service=_SERVICE, create="PutSecretValue", read="GetSecretValue", key={"SecretId": "secret_id"}, id="{secret_id}|{version_id}",
        names={"secret_id": "SecretId", "secret_string_wo": "SecretString"},
        force_new=frozenset({"secret_id", "secret_binary", "secret_string", "secret_string_wo_version"}),
    ),
    "aws_cloudwatch_log_group": _LogGroup(
        service="logs", create="CreateLogGroup", read="DescribeLogGroups", delete="DeleteLogGroup", key={"logGroupName": "name"},
        read_key={"logGroupNamePrefix": "name"}, at="logGroups[?logGroupName=='{name}'] | [0]", id="{name}",
        names={"name": "logGroupName", "arn": "logGroupArn"}, force_new=frozenset({"log_group_class", "name", "name_prefix"}),
        defaults={"retention_in_days": 0, "skip_destroy": False},
        own={"retention_in_days": ("PutRetentionPolicy", "DeleteRetentionPolicy"), "kms_key_id": ("AssociateKmsKey", "DisassociateKmsKey")},
        tags=BY_ARN,
    ),
}  # fmt: skip
