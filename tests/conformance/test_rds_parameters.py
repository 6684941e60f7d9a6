"""Which parameter group a database uses, and what a modification leaves as it was."""

from collections.abc import Iterator

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from harness.terminal_states import DATABASE
from tests.conformance.makers import Cleanup, a_parameter_group, new_name
from tests.conformance.makers.instances import SECONDS_OF_AN_INSTANCE, available, create_instance, described
from tests.conformance.refusing import refusal

pytestmark = scenario(service="rds", lane="control plane", feature="parameter groups", aws="rds:DBInstance")
FAMILY = {"DBParameterGroupFamily": "postgres17"}


@pytest.fixture(scope="module")
def groups(aws: AwsClients, module_cleanup: Cleanup) -> list[str]:
    """Two parameter groups; the first one demands encrypted connections."""
    made = [a_parameter_group(aws, new_name(), module_cleanup, **FAMILY) for _ in range(2)]
    forced = {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}
    aws.client("rds").modify_db_parameter_group(DBParameterGroupName=made[0], Parameters=[forced])
    return made


@pytest.fixture(scope="module")
def instance(aws: AwsClients, groups: list[str]) -> Iterator[str]:
    """An instance with the first group, one for this module: making one takes minutes on AWS."""
    rds, name, calls = aws.client("rds"), new_name(), Cleanup()
    create_instance(aws, name, DBParameterGroupName=groups[0], BackupRetentionPeriod=0)
    try:
        calls(rds.delete_db_instance, DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        available(rds, name)
        yield name
    finally:
        calls.run()
        wait_for(
            "the instance is gone",
            lambda: refusal(rds.describe_db_instances, DBInstanceIdentifier=name),
            bool,  # whatever the code: other scenarios judge that, and this would wait for the right one for 20 minutes
            SECONDS_OF_AN_INSTANCE,
        )


@scenario("rds.parameter-groups.used")
def test_an_instance_says_which_parameter_group_it_uses(aws: AwsClients, instance: str, groups: list[str]) -> None:
    [used] = described(aws.client("rds"), instance)["DBParameterGroups"]
    assert (used["DBParameterGroupName"], used["ParameterApplyStatus"]) == (groups[0], "in-sync")


@scenario("rds.parameter-groups.value", aws="rds:DescribeDBParameters")
def test_a_parameter_that_was_set_is_one_of_the_user(aws: AwsClients, groups: list[str]) -> None:
    pages = aws.client("rds").get_paginator("describe_db_parameters")
    asked = {"DBParameterGroupName": groups[0], "Source": "user"}
    found = {
        one["ParameterName"]: one["ParameterValue"] for page in pages.paginate(**asked) for one in page["Parameters"]
    }
    assert found == {"rds.force_ssl": "1"}


@scenario("rds.parameter-groups.in-use", feature="error codes", aws="rds:DeleteDBParameterGroup")
def test_a_parameter_group_in_use_is_not_deleted(aws: AwsClients, instance: str, groups: list[str]) -> None:
    assert described(aws.client("rds"), instance)["DBInstanceStatus"]
    found = refusal(aws.client("rds").delete_db_parameter_group, DBParameterGroupName=groups[0])
    assert found == ("InvalidDBParameterGroupState", 400)


@scenario("rds.instances.endpoint-kept", feature="updates", aws="rds:ModifyDBInstance")
def test_a_modified_instance_keeps_its_endpoint_and_group(aws: AwsClients, instance: str, groups: list[str]) -> None:
    before = available(aws.client("rds"), instance)
    aws.client("rds").modify_db_instance(DBInstanceIdentifier=instance, CopyTagsToSnapshot=True, ApplyImmediately=True)
    after = wait_for(
        "the change",
        lambda: described(aws.client("rds"), instance),
        lambda found: found["CopyTagsToSnapshot"] is True and found["DBInstanceStatus"] == "available",
        SECONDS_OF_AN_INSTANCE,
        ended=DATABASE,
    )
    assert after["Endpoint"] == before["Endpoint"]
    assert {"Address", "Port"} <= after["Endpoint"].keys()
    assert [one["DBParameterGroupName"] for one in after["DBParameterGroups"]] == [groups[0]]


@scenario("rds.parameter-groups.no-such", feature="error codes", aws="rds:ModifyDBInstance")
def test_a_parameter_group_that_is_not_there_is_refused(aws: AwsClients, instance: str) -> None:
    asked = {"DBInstanceIdentifier": instance, "DBParameterGroupName": new_name(), "ApplyImmediately": True}
    assert refusal(aws.client("rds").modify_db_instance, **asked) == ("DBParameterGroupNotFound", 404)
