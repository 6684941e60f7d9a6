"""The database and its subnet group."""

from collections.abc import Iterable
from typing import Any

import pytest

from harness.provider.engine.aws import Aws
from harness.provider.engine.resource import Plain, State
from harness.provider.schema.provider_schema import load
from harness.provider.service import Provider, ProviderError
from harness.provider.values import UNKNOWN, Block, empty
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

DATABASE = """
resource "aws_kms_key" "k" {
  deletion_window_in_days = 7
}
resource "aws_vpc" "v" {
  cidr_block = "10.44.0.0/16"
}
resource "aws_subnet" "s" {
  for_each          = { a = "10.44.0.0/20", b = "10.44.16.0/20" }
  vpc_id            = aws_vpc.v.id
  availability_zone = "us-east-1${each.key}"
  cidr_block        = each.value
}
resource "aws_security_group" "g" {
  name   = "database"
  vpc_id = aws_vpc.v.id
}
resource "aws_db_subnet_group" "n" {
  name        = "subnets"
  description = "%(description)s"
  subnet_ids  = [for each in aws_subnet.s : each.id]
}
resource "aws_db_instance" "i" {
  identifier                      = "%(identifier)s"
  engine                          = "postgres"
  engine_version                  = "%(version)s"
  instance_class                  = "%(instance)s"
  allocated_storage               = 20
  max_allocated_storage           = %(most)s
  storage_type                    = "gp3"
  storage_encrypted               = true
  kms_key_id                      = aws_kms_key.k.arn
  db_name                         = "asset_servicing"
  port                            = 15999
  username                        = "%(username)s"
  password_wo                     = "%(password)s"
  password_wo_version             = %(password_version)d
  db_subnet_group_name            = aws_db_subnet_group.n.name
  vpc_security_group_ids          = [aws_security_group.g.id]
  publicly_accessible             = false
  multi_az                        = false
  backup_retention_period         = %(retention)d
  copy_tags_to_snapshot           = true
  apply_immediately               = true
  deletion_protection             = %(protected)s
  skip_final_snapshot             = %(skip)s
  final_snapshot_identifier       = "final"
  enabled_cloudwatch_logs_exports = %(logs)s
}
"""
INSTANCE, GROUP = "aws_db_instance.i", "aws_db_subnet_group.n"
database = Root(DATABASE, {
    "description": "d", "identifier": "servicing", "version": "17", "instance": "db.t4g.micro", "username": "asset_servicing",
    "password": "first-password", "password_version": 1, "retention": 7, "protected": "false", "skip": "true",
    "logs": '["postgresql", "upgrade"]', "most": "200",
})  # fmt: skip


def instance(stack: Stack) -> Any:
    """The instance as RDS describes it."""
    [found] = stack.client("rds").describe_db_instances(DBInstanceIdentifier="servicing")["DBInstances"]
    return found


class TestDatabase(Life):
    root = database
    named = {
        INSTANCE: {
            "id": "{resource_id}",
            "address": "127.0.0.1",
            "port": "15999",
            "endpoint": "127.0.0.1:15999",
            "engine_version": "17",
        }
    }
    imported_by = {GROUP: "subnets", INSTANCE: "servicing"}
    only_of_hcl = [INSTANCE]  # its password's version, and what is for the deletion
    changes = {
        "retention": 3, "instance": "db.t4g.small", "version": "17.4", "logs": '["postgresql"]', "description": "e", "most": "null",
    }  # fmt: skip
    updated = [INSTANCE, GROUP]
    replaced = [({"username": "another"}, [INSTANCE])]
    drifted = {INSTANCE: "update", GROUP: "update"}

    def applied(self, stack: Stack) -> None:
        made, found = stack.resources()[INSTANCE], instance(stack)
        assert (made["id"], made["engine_version_actual"]) == (found["DbiResourceId"], found["EngineVersion"])
        assert found["Endpoint"]["Port"] == 15999
        assert found["KmsKeyId"] == stack.resources()["aws_kms_key.k"]["arn"]
        assert [each["VpcSecurityGroupId"] for each in found["VpcSecurityGroups"]] == made["vpc_security_group_ids"]
        assert found["TagList"] == [{"Key": "Application", "Value": "provider-tests"}]
        assert (found["StorageType"], found["MaxAllocatedStorage"], found["BackupRetentionPeriod"]) == ("gp3", 200, 7)

    def changed(self, stack: Stack) -> None:
        sent = parameters(stack, "ModifyDBInstance")
        assert sent["CloudwatchLogsExportConfiguration"] == {"DisableLogTypes": ["upgrade"]}
        found = instance(stack)
        shown = [found[name] for name in ("BackupRetentionPeriod", "DBInstanceClass", "EngineVersion")]
        assert shown == [3, "db.t4g.small", "17.4"]
        assert "MaxAllocatedStorage" not in found

    def drift(self, stack: Stack) -> None:
        rds, made = stack.client("rds"), stack.resources()
        rds.modify_db_instance(DBInstanceIdentifier="servicing", BackupRetentionPeriod=1, ApplyImmediately=True)
        rds.modify_db_subnet_group(DBSubnetGroupName="subnets", SubnetIds=[made['aws_subnet.s["a"]']["id"]])
        rds.add_tags_to_resource(ResourceName=made[INSTANCE]["arn"], Tags=[{"Key": "Foreign", "Value": "x"}])

    def left(self, stack: Stack) -> Iterable[Any]:
        rds = stack.client("rds")
        yield from rds.describe_db_instances()["DBInstances"]
        groups = rds.describe_db_subnet_groups()["DBSubnetGroups"]
        yield from (each for each in groups if each["DBSubnetGroupName"] == "subnets")


def parameters(stack: Stack, operation: str) -> Any:
    """What the last command sent with its only call of an operation."""
    [found] = [each.parameters for each in stack.calls if each.operation == operation]
    return found


def test_the_password_reaches_the_api_and_never_the_state(stack: Stack) -> None:
    stack.apply(database())
    assert parameters(stack, "CreateDBInstance")["MasterUserPassword"] == "first-password"
    assert "first-password" not in stack.tfstate.read_text()


def test_a_new_password_counts_when_its_version_is_raised(stack: Stack) -> None:
    stack.apply(database())
    assert stack.plan(database(password="second-password")) == {}
    stack.apply(database(password="second-password", retention=6))
    assert "MasterUserPassword" not in parameters(stack, "ModifyDBInstance")
    assert stack.apply(database(password="second-password", retention=6, password_version=2)) == {INSTANCE: "update"}
    changed = parameters(stack, "ModifyDBInstance")
    assert changed == {
        "DBInstanceIdentifier": "servicing",
        "ApplyImmediately": True,
        "MasterUserPassword": "second-password",
    }
    assert "second-password" not in stack.tfstate.read_text()
    assert stack.plan() == {}


def test_a_minor_version_that_aws_took_by_itself_is_no_change_and_a_major_one_is(stack: Stack) -> None:
    stack.apply(database())
    rds = stack.client("rds")
    rds.modify_db_instance(DBInstanceIdentifier="servicing", EngineVersion="17.4", ApplyImmediately=True)
    assert stack.plan() == {}
    rds.modify_db_instance(DBInstanceIdentifier="servicing", EngineVersion="16.9", ApplyImmediately=True)
    assert stack.plan() == {INSTANCE: "update"}


def test_an_instance_that_is_protected_is_not_deleted(stack: Stack) -> None:
    stack.apply(database(protected="true"))
    with pytest.raises(Exception, match="Cannot delete a DB instance when DeletionProtection is enabled"):
        stack.destroy()
    assert instance(stack)["DBInstanceStatus"] == "available"
    assert INSTANCE in stack.resources()
    stack.apply(database())  # without protection: so that it can go


def test_the_final_snapshot_that_was_asked_for_is_left(stack: Stack) -> None:
    stack.apply(database(skip="false"))
    stack.destroy()
    rds = stack.client("rds")
    assert [each["DBSnapshotIdentifier"] for each in rds.describe_db_snapshots()["DBSnapshots"]] == ["final"]
    rds.delete_db_snapshot(DBSnapshotIdentifier="final")


def test_a_deleted_instance_is_made_again(stack: Stack) -> None:
    stack.apply(database())
    stack.client("rds").delete_db_instance(DBInstanceIdentifier="servicing", SkipFinalSnapshot=True)
    assert stack.plan() == {INSTANCE: "create"}


def test_a_state_kept_after_a_failure_holds_no_write_only_value(monkeypatch: pytest.MonkeyPatch) -> None:
    class Vanishing(Plain):
        def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
            return {**planned, "id": "db-1"}

        def look(self, aws: Aws, block: Block, state: State) -> dict[str, Any] | None:
            return None

    types = {"aws_db_instance": Vanishing(service="rds", create="", id="{id}")}
    monkeypatch.setattr("harness.provider.service.resource_types", lambda: types)
    provider = Provider(load(), {"AWS_REGION": "us-east-1"})
    provider.configure({})
    config = {
        **empty(provider.block("aws_db_instance")),
        "instance_class": "db.t4g.micro",
        "password_wo": "first-password",
    }
    with pytest.raises(ProviderError, match="does not show") as caught:
        provider.apply("aws_db_instance", None, {**config, "password_wo": None, "id": UNKNOWN}, config)
    assert caught.value.state is not None
    assert (caught.value.state["id"], caught.value.state["password_wo"]) == ("db-1", None)
