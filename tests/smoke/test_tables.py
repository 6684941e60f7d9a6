"""DynamoDB: positions, entitlements (the read projection) and queue-state."""

import pytest

from harness.system import System
from tests.resources import TABLES, table

pytestmark = pytest.mark.scenario(
    service="dynamodb",
    lane="control plane",
    aws="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html",
)

each_table = pytest.mark.parametrize("output", TABLES)


@pytest.mark.scenario("dynamodb.tables.active", feature="table status")
@each_table
def test_a_table_is_active(system: System, output: str) -> None:
    assert table(system, output)["TableStatus"] == "ACTIVE"


@pytest.mark.scenario(
    "dynamodb.tables.stream",
    feature="streams",
    aws="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_StreamSpecification.html",
)
@each_table
def test_a_table_streams_new_and_old_images(system: System, output: str) -> None:
    expected = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table(system, output).get("StreamSpecification") == expected


@pytest.mark.scenario(
    "dynamodb.tables.recovery",
    feature="point-in-time recovery",
    aws="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html",
)
@each_table
def test_a_table_can_be_restored_to_a_point_in_time(system: System, output: str) -> None:
    backups = system.client("dynamodb").describe_continuous_backups(TableName=system.outputs[output])
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


@pytest.mark.scenario(
    "dynamodb.tables.encrypted",
    feature="encryption",
    aws="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html",
)
@each_table
def test_a_table_is_encrypted_with_kms(system: System, output: str) -> None:
    encryption = table(system, output).get("SSEDescription", {})
    assert (encryption.get("Status"), encryption.get("SSEType")) == ("ENABLED", "KMS")


@pytest.mark.scenario("dynamodb.tables.by-request", feature="billing mode")
@each_table
def test_a_table_is_paid_by_request(system: System, output: str) -> None:
    assert table(system, output).get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"


@pytest.mark.scenario(
    "dynamodb.tables.index",
    feature="global secondary indexes",
    aws="https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GlobalSecondaryIndexDescription.html",
)
@pytest.mark.parametrize(
    ("output", "index"),
    [("entitlements_table_name", "by_corporate_action"), ("queue_state_table_name", "by_account")],
)
def test_a_table_has_its_index(system: System, output: str, index: str) -> None:
    indexes = {found["IndexName"]: found["IndexStatus"] for found in table(system, output)["GlobalSecondaryIndexes"]}
    assert indexes == {index: "ACTIVE"}
