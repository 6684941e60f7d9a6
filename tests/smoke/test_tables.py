"""DynamoDB: positions, entitlements (the read projection) and queue-state."""

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import TABLES, table

pytestmark = scenario(service="dynamodb", lane="control plane", aws="dynamodb:TableDescription")

each_table = pytest.mark.parametrize("output", TABLES)


@scenario("dynamodb.tables.active", feature="table status")
@each_table
def test_a_table_is_active(system: System, output: str) -> None:
    assert table(system, output)["TableStatus"] == "ACTIVE"


@scenario("dynamodb.tables.stream", feature="streams", aws="dynamodb:StreamSpecification")
@each_table
def test_a_table_streams_new_and_old_images(system: System, output: str) -> None:
    expected = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table(system, output).get("StreamSpecification") == expected


@scenario("dynamodb.tables.recovery", feature="point-in-time recovery", aws="dynamodb:DescribeContinuousBackups")
@each_table
def test_a_table_can_be_restored_to_a_point_in_time(system: System, output: str) -> None:
    backups = system.client("dynamodb").describe_continuous_backups(TableName=system.outputs[output])
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


@scenario("dynamodb.tables.expiry", feature="time to live", aws="dynamodb:DescribeTimeToLive")
@each_table
def test_items_expire_in_queue_state_alone(system: System, output: str) -> None:
    told = system.client("dynamodb").describe_time_to_live(TableName=system.outputs[output])["TimeToLiveDescription"]
    expires = output == "queue_state_table_name"
    assert (told["TimeToLiveStatus"] in ("ENABLED", "ENABLING"), told.get("AttributeName")) == (
        expires, "expires_at" if expires else None
    )  # fmt: skip


@scenario("dynamodb.tables.encrypted", feature="encryption", aws="dynamodb:SSEDescription")
@each_table
def test_a_table_is_encrypted_with_kms(system: System, output: str) -> None:
    encryption = table(system, output).get("SSEDescription", {})
    assert (encryption.get("Status"), encryption.get("SSEType")) == ("ENABLED", "KMS")


@scenario("dynamodb.tables.by-request", feature="billing mode")
@each_table
def test_a_table_is_paid_by_request(system: System, output: str) -> None:
    assert table(system, output).get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"


@scenario("dynamodb.tables.index", feature="global secondary indexes", aws="dynamodb:GlobalSecondaryIndexDescription")
@pytest.mark.parametrize(
    ("output", "index"),
    [("entitlements_table_name", "by_corporate_action"), ("queue_state_table_name", "by_account")],
)
def test_a_table_has_its_index(system: System, output: str, index: str) -> None:
    indexes = {found["IndexName"]: found["IndexStatus"] for found in table(system, output)["GlobalSecondaryIndexes"]}
    assert indexes == {index: "ACTIVE"}
