"""Tables: encryption, recovery, expiry, streams and tags, and what an update of one leaves of the others."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.scenarios.scenario import scenario
from harness.terminal_states import TABLE
from tests.conformance.makers import Cleanup, a_key, a_table, new_name, table_active
from tests.conformance.refusing import refusal, refused
from tests.conformance.tag_lists import plain

pytestmark = scenario(service="dynamodb", lane="control plane", feature="tables", aws="dynamodb:UpdateTable")
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), cleanup)


def _recovery(aws: AwsClients, name: str) -> dict[str, Any]:
    answer = aws.client("dynamodb").describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return dict(answer["PointInTimeRecoveryDescription"])


@scenario("dynamodb.encryption.survives-update", lane="security", feature="encryption")
def test_the_key_survives_updates_of_stream_and_deletion_protection(aws: AwsClients, cleanup: Cleanup) -> None:
    arn = a_key(aws, new_name(), cleanup)
    encrypted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
    name = a_table(aws, new_name(), cleanup, SSESpecification=encrypted)
    dynamodb = aws.client("dynamodb")
    dynamodb.update_table(TableName=name, StreamSpecification=STREAM)
    table_active(aws, name)
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    protected = wait_for(
        "protection", lambda: table_active(aws, name), lambda found: found["DeletionProtectionEnabled"]
    )
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    table_active(aws, name)
    encryption = protected["SSEDescription"]
    assert (encryption["Status"], encryption["SSEType"]) == ("ENABLED", "KMS")
    assert encryption["KMSMasterKeyArn"] == arn
    assert protected["StreamSpecification"] == STREAM


@scenario("dynamodb.encryption.changed", lane="security", feature="encryption")
def test_an_update_changes_the_key(aws: AwsClients, cleanup: Cleanup) -> None:
    encrypted = {"Enabled": True, "SSEType": "KMS"}
    first = a_key(aws, new_name(), cleanup)
    second = a_key(aws, new_name(), cleanup)
    name = a_table(aws, new_name(), cleanup, SSESpecification=encrypted | {"KMSMasterKeyId": first})
    aws.client("dynamodb").update_table(TableName=name, SSESpecification=encrypted | {"KMSMasterKeyId": second})
    wait_for("the second key", lambda: table_active(aws, name)["SSEDescription"]["KMSMasterKeyArn"], second.__eq__)


@scenario("dynamodb.recovery", feature="point-in-time recovery", aws="dynamodb:UpdateContinuousBackups")
def test_point_in_time_recovery_is_off_then_on_and_stays_on(aws: AwsClients, dynamodb: Any, name: str) -> None:
    assert _recovery(aws, name)["PointInTimeRecoveryStatus"] == "DISABLED"
    wanted = {"PointInTimeRecoveryEnabled": True}
    await_answer(  # refused with ContinuousBackupsUnavailableException while a new table's backups are being enabled
        None, refusal, dynamodb.update_continuous_backups, TableName=name, PointInTimeRecoverySpecification=wanted
    )
    dynamodb.update_table(TableName=name, StreamSpecification=STREAM)
    table_active(aws, name)
    recovery = wait_for(
        "recovery is on", lambda: _recovery(aws, name), lambda found: found["PointInTimeRecoveryStatus"] == "ENABLED"
    )
    assert {"EarliestRestorableDateTime", "LatestRestorableDateTime"} <= recovery.keys()


@scenario("dynamodb.expiry", feature="time to live", aws="dynamodb:UpdateTimeToLive")
def test_a_table_names_the_attribute_by_which_its_items_expire(dynamodb: Any, name: str) -> None:
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    wanted = {"Enabled": True, "AttributeName": "expires"}
    assert (
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)["TimeToLiveSpecification"]
        == wanted
    )
    found = wait_for(  # ENABLED within an hour
        "expiry is being switched on",
        lambda: dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
        lambda found: found["TimeToLiveStatus"] in {"ENABLING", "ENABLED"},
    )
    assert found["AttributeName"] == "expires"


@scenario("dynamodb.deletion-protection", feature="deletion protection", aws="dynamodb-guide:WorkingWithTables.Basics")
def test_a_protected_table_is_not_deleted(aws: AwsClients, dynamodb: Any, name: str) -> None:
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=True)
    try:
        wait_for("protection", lambda: table_active(aws, name), lambda found: found["DeletionProtectionEnabled"])
        with refused("ValidationException", status=400):
            dynamodb.delete_table(TableName=name)
    finally:
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    table_active(aws, name)


@scenario("dynamodb.index.added", feature="global secondary indexes")
def test_an_index_added_later_finds_what_was_there_before(dynamodb: Any, name: str) -> None:
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "owner_id": {"S": "o"}}
    dynamodb.put_item(TableName=name, Item=item)
    create = {
        "IndexName": "by_owner",
        "KeySchema": [{"AttributeName": "owner_id", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    dynamodb.update_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk", "owner_id")],
        GlobalSecondaryIndexUpdates=[{"Create": create}],
    )
    wait_for(
        "the index is ACTIVE",
        lambda: dynamodb.describe_table(TableName=name)["Table"],
        lambda found: found["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE",
        seconds=600,
        ended=TABLE,
    )
    asked = {"KeyConditionExpression": "owner_id = :o", "ExpressionAttributeValues": {":o": {"S": "o"}}}
    await_answer([item], lambda: dynamodb.query(TableName=name, IndexName="by_owner", **asked)["Items"])


@scenario("dynamodb.tags", feature="tagging", aws="dynamodb:TagResource")
def test_tags_are_kept_added_overwritten_and_removed(aws: AwsClients, cleanup: Cleanup) -> None:
    made = [{"Key": "system", "Value": "asset-servicing"}, {"Key": "cost", "Value": "1"}]
    name = a_table(aws, new_name(), cleanup, Tags=made)
    dynamodb, arn = aws.client("dynamodb"), table_active(aws, name)["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "a"}])
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "b"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["cost"])
    await_answer(
        {"system": "asset-servicing", "owner": "b"},
        lambda: plain(dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]),
    )


@scenario("dynamodb.list.pages", feature="pagination", aws="dynamodb:ListTables")
def test_tables_are_listed_in_pages(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    other = a_table(aws, new_name(), cleanup)
    pages = list(aws.client("dynamodb").get_paginator("list_tables").paginate(Limit=1))
    listed = [one for page in pages for one in page["TableNames"]]
    assert max(len(page["TableNames"]) for page in pages) == 1
    assert {name, other} <= set(listed)
    assert len(listed) == len(set(listed))


@scenario("dynamodb.errors.exists", feature="error codes", aws="dynamodb:CreateTable")
def test_a_second_table_of_one_name_is_refused(aws: AwsClients, name: str) -> None:
    with refused("ResourceInUseException", status=400):
        aws.client("dynamodb").create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )


@scenario("dynamodb.errors.not-there", feature="error codes", aws="dynamodb:DescribeTable")
def test_a_table_that_is_not_there_is_neither_described_nor_deleted(aws: AwsClients) -> None:
    dynamodb, missing = aws.client("dynamodb"), new_name()
    with refused("ResourceNotFoundException", status=400):
        dynamodb.describe_table(TableName=missing)
    with refused("ResourceNotFoundException", status=400):
        dynamodb.delete_table(TableName=missing)


@scenario("dynamodb.errors.unused-attribute", feature="error codes", aws="dynamodb-guide:Programming.Errors")
def test_an_attribute_that_no_key_uses_is_refused(aws: AwsClients, cleanup: Cleanup) -> None:
    definitions = [{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk", "unused")]
    with refused("ValidationException", status=400):
        a_table(aws, new_name(), cleanup, AttributeDefinitions=definitions)
