"""RDS: an instance described, changed, tagged and protected; subnet and parameter groups; how a wrong request is refused."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.scenarios.scenario import scenario
from harness.terminal_states import DATABASE
from tests.conformance.makers import Cleanup, a_parameter_group
from tests.conformance.makers.instances import SMALL, available, create_instance, described
from tests.conformance.refusing import refusal

pytestmark = scenario(service="rds", lane="control plane")


@pytest.fixture(scope="module")
def rds(aws: AwsClients) -> Any:
    return aws.client("rds")


@pytest.fixture(scope="module")
def instance(aws: AwsClients, rds: Any) -> Iterator[str]:
    """The identifier of an encrypted instance, one for this module: making one takes minutes on AWS."""
    calls, name, kms = Cleanup(), f"conformance-{uuid.uuid4().hex[:10]}", aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    calls(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=7)
    tags = [{"Key": "owner", "Value": name}]
    try:
        create_instance(aws, name, StorageEncrypted=True, KmsKeyId=key, BackupRetentionPeriod=1, Tags=tags)
        calls(rds.delete_db_instance, DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        available(rds, name)
        yield name
    finally:
        calls.run()


@scenario("rds.instances.filter", feature="describe filters", aws="rds:DescribeDBInstances")
def test_a_filter_by_identifier_finds_that_instance_and_one_by_another_engine_does_not(rds: Any, instance: str) -> None:
    def found(**filters: list[str]) -> list[str]:
        asked = [{"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()]
        return [one["DBInstanceIdentifier"] for one in rds.describe_db_instances(Filters=asked)["DBInstances"]]

    assert found(db_instance_id=[instance]) == [instance]
    assert found(db_instance_id=[instance], engine=["mysql"]) == []


@scenario("rds.instances.exists", feature="error codes", aws="rds:CreateDBInstance")
def test_an_identifier_is_given_once(rds: Any, instance: str) -> None:
    assert refusal(rds.create_db_instance, DBInstanceIdentifier=instance, **SMALL) == ("DBInstanceAlreadyExists", 400)


@scenario("rds.instances.not-found", feature="error codes", aws="rds:DescribeDBInstances")
def test_an_instance_that_is_not_there_is_not_found(rds: Any, name: str) -> None:
    missing = ("DBInstanceNotFound", 404)
    assert refusal(rds.describe_db_instances, DBInstanceIdentifier=name) == missing
    assert refusal(rds.modify_db_instance, DBInstanceIdentifier=name, BackupRetentionPeriod=3) == missing
    assert refusal(rds.delete_db_instance, DBInstanceIdentifier=name, SkipFinalSnapshot=True) == missing


@scenario("rds.instances.modified", feature="updates", aws="rds:ModifyDBInstance")
def test_a_retention_changed_at_once_leaves_encryption_key_class_and_tags_as_they_were(rds: Any, instance: str) -> None:
    before = available(rds, instance)
    rds.modify_db_instance(DBInstanceIdentifier=instance, BackupRetentionPeriod=5, ApplyImmediately=True)
    after = wait_for(
        "the retention",
        lambda: described(rds, instance),
        lambda found: found["BackupRetentionPeriod"] == 5,
        ended=DATABASE,
    )
    kept = (
        "StorageEncrypted",
        "KmsKeyId",
        "DBInstanceClass",
        "Engine",
        "MasterUsername",
        "AllocatedStorage",
        "DBInstanceArn",
    )
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert {"Key": "owner", "Value": instance} in rds.list_tags_for_resource(ResourceName=after["DBInstanceArn"])[
        "TagList"
    ]


@scenario("rds.instances.protected", feature="deletion protection", aws="rds:DeleteDBInstance")
def test_a_protected_instance_is_not_deleted(rds: Any, instance: str) -> None:
    available(rds, instance)
    rds.modify_db_instance(DBInstanceIdentifier=instance, DeletionProtection=True, ApplyImmediately=True)
    try:
        await_answer(True, lambda: available(rds, instance)["DeletionProtection"])
        refused = refusal(rds.delete_db_instance, DBInstanceIdentifier=instance, SkipFinalSnapshot=True)
        assert refused == ("InvalidParameterCombination", 400)
    finally:
        rds.modify_db_instance(DBInstanceIdentifier=instance, DeletionProtection=False, ApplyImmediately=True)


@scenario("rds.instances.final-snapshot", feature="deletion", aws="rds:DeleteDBInstance")
def test_an_instance_is_not_deleted_without_a_word_about_its_final_snapshot(
    aws: AwsClients, rds: Any, name: str, cleanup: Cleanup
) -> None:
    """On an instance of its own: a target that deletes it takes it from nobody else."""
    create_instance(aws, name)
    cleanup(rds.delete_db_instance, DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    available(rds, name)
    assert refusal(rds.delete_db_instance, DBInstanceIdentifier=name) == ("InvalidParameterCombination", 400)


@scenario("rds.instances.backup-range", feature="validation", aws="rds:ModifyDBInstance")
def test_backups_are_kept_for_at_most_35_days(rds: Any, instance: str) -> None:
    before = available(rds, instance)["BackupRetentionPeriod"]
    refused = refusal(
        rds.modify_db_instance, DBInstanceIdentifier=instance, BackupRetentionPeriod=36, ApplyImmediately=True
    )
    assert refused == ("InvalidParameterValue", 400)
    assert described(rds, instance)["BackupRetentionPeriod"] == before


@scenario("rds.parameter-groups.modified", feature="parameter groups", aws="rds:ModifyDBParameterGroup")
def test_parameters_that_are_set_are_described_as_the_users(
    aws: AwsClients, rds: Any, name: str, cleanup: Cleanup
) -> None:
    a_parameter_group(aws, name, cleanup)
    wanted = [("log_min_duration_statement", "500"), ("rds.force_ssl", "1")]
    parameters = [{"ParameterName": key, "ParameterValue": value, "ApplyMethod": "immediate"} for key, value in wanted]
    rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=parameters)

    def of_the_user() -> list[tuple[str, str]]:
        pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=name, Source="user")
        return sorted((one["ParameterName"], one["ParameterValue"]) for page in pages for one in page["Parameters"])

    await_answer(wanted, of_the_user)


@scenario("rds.parameter-groups.error-codes", feature="error codes", aws="rds:CreateDBParameterGroup")
def test_a_parameter_group_is_made_once_and_is_not_found_when_it_is_gone(rds: Any, name: str, cleanup: Cleanup) -> None:
    ask = {"DBParameterGroupName": name, "DBParameterGroupFamily": "postgres16", "Description": "conformance"}
    assert refusal(rds.describe_db_parameter_groups, DBParameterGroupName=name) == ("DBParameterGroupNotFound", 404)
    rds.create_db_parameter_group(**ask)
    cleanup(rds.delete_db_parameter_group, DBParameterGroupName=name)
    assert refusal(rds.create_db_parameter_group, **ask) == ("DBParameterGroupAlreadyExists", 400)


@scenario("rds.subnet-groups.not-found", feature="error codes", aws="rds:DescribeDBSubnetGroups")
def test_a_subnet_group_that_is_not_there_is_not_found(rds: Any, name: str) -> None:
    assert refusal(rds.describe_db_subnet_groups, DBSubnetGroupName=name) == ("DBSubnetGroupNotFoundFault", 404)
