"""RDS: subnet group and instance."""

from dataclasses import dataclass, replace
from typing import Any

from harness.provider.engine.aws import Aws, at, wait_until
from harness.provider.engine.mapping import emptied, to_api
from harness.provider.engine.resource import State
from harness.provider.engine.tagging import Tags
from harness.provider.types.naming import Named
from harness.provider.values import Block
from harness.terminal_states import DATABASE

_TAGS = Tags(tag="AddTagsToResource", untag="RemoveTagsFromResource", key={"ResourceName": "arn"}, at="TagList")


@dataclass(frozen=True, kw_only=True)
class _SubnetGroup(Named):
    """A subnet group: its subnets are told one by one."""

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        return {**seen, "subnet_ids": sorted(at("Subnets[].SubnetIdentifier", resource))}


# What only creation or deletion takes, or only our side: no request when it changes.
_NO_REQUEST = frozenset(
    {"apply_immediately", "allow_major_version_upgrade", "delete_automated_backups", "final_snapshot_identifier",
     "password_wo", "password_wo_version", "skip_final_snapshot"}
)  # fmt: skip
_SECRETS = frozenset({"password", "password_wo"})
# Where requests name otherwise than answers do.
_ASKED = {
    "customer_owned_ip_enabled": "EnableCustomerOwnedIp",
    "enabled_cloudwatch_logs_exports": "EnableCloudwatchLogsExports",
    "iam_database_authentication_enabled": "EnableIAMDatabaseAuthentication",
    "performance_insights_enabled": "EnablePerformanceInsights",
}
_CHANGED = {**_ASKED, "port": "DBPortNumber", "identifier": "NewDBInstanceIdentifier"}


@dataclass(frozen=True, kw_only=True)
class _Instance(Named):
    """An instance: settles after each request; its id is the resource id, which a change of name does not change.

    The password reaches the API when the instance is made, when `password` changes, and when `password_wo_version` does.
    """

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        names = {**self.names, **_ASKED}
        wanted = to_api(block, planned, aws.request_shape("rds", self.create), names)
        return {**wanted, "Tags": _TAGS.to_api(planned.get("tags_all") or {})}

    def created(self, aws: Aws, block: Block, made: State) -> None:
        if made["status"] != "available":
            self._settled(aws, made)

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        endpoint, actual = resource.get("Endpoint") or {}, resource["EngineVersion"]
        wanted = state.get("engine_version")
        seen |= {
            "address": endpoint.get("Address"),
            "port": endpoint.get("Port"),
            "hosted_zone_id": endpoint.get("HostedZoneId"),
            "endpoint": f"{endpoint['Address']}:{endpoint['Port']}" if endpoint else None,
            "db_subnet_group_name": at("DBSubnetGroup.DBSubnetGroupName", resource),
            "parameter_group_name": at("DBParameterGroups[0].DBParameterGroupName", resource),
            "option_group_name": at("OptionGroupMemberships[0].OptionGroupName", resource),
            "vpc_security_group_ids": sorted(at("VpcSecurityGroups[].VpcSecurityGroupId", resource)),
            # "17" in the HCL is any 17.x, as for the real provider.
            "engine_version": wanted if wanted and f"{actual}.".startswith(f"{wanted}.") else actual,
            "engine_version_actual": actual,
        }
        if secret := resource.get("MasterUserSecret"):
            parts = {"kms_key_id": "KmsKeyId", "secret_arn": "SecretArn", "secret_status": "SecretStatus"}
            seen["master_user_secret"] = [{name: secret.get(key) for name, key in parts.items()}]
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        given = changed - _NO_REQUEST
        if "password_wo_version" in changed:
            given.add("password_wo")
        wanted = self._changes(aws, block, prior, planned, given)
        if not wanted:
            return
        at_once = bool(planned.get("apply_immediately"))
        major = {"AllowMajorVersionUpgrade": True} if planned.get("allow_major_version_upgrade") else {}
        answer = aws.call("rds", self.update, **self.named(prior), ApplyImmediately=at_once, **major, **wanted)
        if at("DBInstance.DBInstanceStatus", answer) != "available":
            self._settled(aws, planned)

    def _changes(self, aws: Aws, block: Block, prior: State, planned: State, given: set[str]) -> dict[str, Any]:
        """The parameters of the changed attributes alone: others may be pending for the maintenance window."""
        names, shape = {**self.names, **_CHANGED}, aws.request_shape("rds", self.update)
        only = {name: planned.get(name) for name in given}
        wanted = {**emptied(planned, given - _SECRETS, shape, names), **to_api(block, only, shape, names)}
        if "max_allocated_storage" in given and not planned.get("max_allocated_storage"):
            wanted["MaxAllocatedStorage"] = planned["allocated_storage"]  # no more than there is: no autoscaling
        if "enabled_cloudwatch_logs_exports" in given:
            before, after = (set(state.get("enabled_cloudwatch_logs_exports") or []) for state in (prior, planned))
            kinds = {"EnableLogTypes": sorted(after - before), "DisableLogTypes": sorted(before - after)}
            wanted["CloudwatchLogsExportConfiguration"] = {kind: logs for kind, logs in kinds.items() if logs}
        return wanted

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        parameters = {
            **self.named(state),
            "SkipFinalSnapshot": bool(state.get("skip_final_snapshot")),
            "DeleteAutomatedBackups": state.get("delete_automated_backups") is not False,
        }
        if not parameters["SkipFinalSnapshot"]:
            if not state.get("final_snapshot_identifier"):
                raise LookupError("final_snapshot_identifier is required when skip_final_snapshot is false")
            parameters["FinalDBSnapshotIdentifier"] = state["final_snapshot_identifier"]
        aws.call("rds", self.delete, **parameters)

    def _settled(self, aws: Aws, state: State) -> None:
        wait_until(
            f"instance {state['identifier']} is available",
            lambda: self.observe(aws, state),
            lambda seen: seen["DBInstanceStatus"] == "available",
            ended=DATABASE,
        )


TYPES = {
    "aws_db_subnet_group": _SubnetGroup(
        service="rds", create="CreateDBSubnetGroup", made_at="DBSubnetGroup", read="DescribeDBSubnetGroups", at="DBSubnetGroups[0]",
        update="ModifyDBSubnetGroup", delete="DeleteDBSubnetGroup", key={"DBSubnetGroupName": "name"}, id="{name}",
        names={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription", "arn": "DBSubnetGroupArn"},
        defaults={"description": "Managed by Terraform"}, force_new=frozenset({"name", "name_prefix"}),
        missing=("DBSubnetGroupNotFoundFault",),
        tags=replace(_TAGS, read="ListTagsForResource"),
    ),
    "aws_db_instance": _Instance(
        naming="identifier",
        service="rds", create="CreateDBInstance", made_at="DBInstance", read="DescribeDBInstances", at="DBInstances[0]",
        update="ModifyDBInstance", delete="DeleteDBInstance", key={"DBInstanceIdentifier": "identifier"}, id="{id}",
        import_id="{identifier}", lingers=True,
        names={
            "id": "DbiResourceId", "resource_id": "DbiResourceId", "identifier": "DBInstanceIdentifier", "arn": "DBInstanceArn",
            "status": "DBInstanceStatus", "instance_class": "DBInstanceClass", "username": "MasterUsername",
            "password": "MasterUserPassword", "password_wo": "MasterUserPassword", "multi_az": "MultiAZ",
            "backup_window": "PreferredBackupWindow", "maintenance_window": "PreferredMaintenanceWindow",
            "ca_cert_identifier": "CACertificateIdentifier", "parameter_group_name": "DBParameterGroupName",
            "replicas": "ReadReplicaDBInstanceIdentifiers", "replicate_source_db": "ReadReplicaSourceDBInstanceIdentifier",
        },
        defaults={"auto_minor_version_upgrade": True, "copy_tags_to_snapshot": False, "delete_automated_backups": True,
                  "monitoring_interval": 0, "publicly_accessible": False, "skip_final_snapshot": False},
        recomputed={"address": ("identifier",), "arn": ("identifier",), "endpoint": ("identifier", "port"),
                    "engine_version_actual": ("engine_version",)},
        force_new=frozenset({
            "availability_zone", "backup_target", "character_set_name", "custom_iam_instance_profile", "db_name", "engine", "kms_key_id",
            "nchar_character_set_name", "snapshot_identifier", "storage_encrypted", "timezone", "username",
        }),
        missing=("DBInstanceNotFound", "DBInstanceNotFoundFault"),
        # MiniStack answers an empty list whatever was asked for.
        unread=frozenset({"enabled_cloudwatch_logs_exports"}),
        tags=_TAGS,
    ),
}  # fmt: skip
