"""Tables and streams."""

from collections.abc import Iterable
from typing import Any

import pytest

from harness.failure import HarnessError
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

BOTH = """
resource "aws_kms_key" "k" {
  deletion_window_in_days = 7
}
resource "aws_kinesis_stream" "s" {
  name                = "%(stream)s"
  shard_count         = %(shards)s
  retention_period    = %(hours)s
  encryption_type     = "KMS"
  kms_key_id          = aws_kms_key.k.arn
  tags                = { Purpose = "test" }
  stream_mode_details {
    stream_mode = "PROVISIONED"
  }
}
resource "aws_dynamodb_table" "t" {
  name                        = "types-t"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "%(hash)s"
  range_key                   = "sorted"
  stream_enabled              = true
  stream_view_type            = "%(view)s"
  deletion_protection_enabled = %(protected)s
  tags                        = { Purpose = "test" }
  dynamic "attribute" {
    for_each = toset([%(keys)s])
    content {
      name = attribute.value
      type = "S"
    }
  }
  global_secondary_index {
    name            = "by_event"
    hash_key        = "event"
    range_key       = "account"
    projection_type = "ALL"
  }
  global_secondary_index {
    name               = "by_%(index)s"
    hash_key           = "%(index)s"
    projection_type    = "INCLUDE"
    non_key_attributes = ["one", "another"]
  }
  local_secondary_index {
    name            = "locally"
    range_key       = "%(local)s"
    projection_type = "%(local_projection)s"
  }
  point_in_time_recovery {
    enabled = %(recovery)s
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.k.arn
  }
  ttl {
    attribute_name = "expires"
    enabled        = true
  }
}
"""

TABLE, STREAM = "aws_dynamodb_table.t", "aws_kinesis_stream.s"
both = Root(BOTH, {
    "stream": "types-s", "shards": "2", "hours": "168", "hash": "account", "view": "NEW_AND_OLD_IMAGES", "protected": "false",
    "index": "holder", "local": "event", "recovery": "true", "keys": '"account", "event", "holder", "sorted"', "local_projection": "KEYS_ONLY",
})  # fmt: skip


class TestTablesAndStreams(Life):
    root = both
    named = {TABLE: {"arn": "arn:aws:dynamodb:us-east-1:000000000000:table/types-t"}, STREAM: {"id": "{arn}"}}
    imported_by = {TABLE: "types-t", STREAM: "types-s"}
    changes = {
        "shards": "4", "hours": "48", "view": "NEW_IMAGE", "protected": "true", "index": "sorted", "recovery": "false",
        "keys": '"account", "event", "sorted"',
    }  # fmt: skip
    updated = [TABLE, STREAM]
    replaced = [
        ({"stream": "types-other"}, [STREAM]),
        ({"hash": "event"}, [TABLE]),
        ({"local_projection": "ALL"}, [TABLE]),
    ]
    drifted = {TABLE: "update", STREAM: "update"}

    def applied(self, stack: Stack) -> None:
        made, dynamodb, kinesis = stack.resources(), stack.client("dynamodb"), stack.client("kinesis")
        key, table = made["aws_kms_key.k"]["arn"], dynamodb.describe_table(TableName="types-t")["Table"]
        assert table["SSEDescription"]["KMSMasterKeyArn"] == key
        assert {each["IndexName"] for each in table["GlobalSecondaryIndexes"]} == {"by_event", "by_holder"}
        assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert made[TABLE]["stream_arn"] == table["LatestStreamArn"]
        backups = dynamodb.describe_continuous_backups(TableName="types-t")["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        expiry = dynamodb.describe_time_to_live(TableName="types-t")["TimeToLiveDescription"]
        assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
        tags = {each["Key"] for each in dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]}
        assert tags == {"Application", "Purpose"}
        found = kinesis.describe_stream_summary(StreamName="types-s")["StreamDescriptionSummary"]
        assert (found["StreamARN"], found["EncryptionType"], found["KeyId"]) == (made[STREAM]["arn"], "KMS", key)
        assert (found["RetentionPeriodHours"], found["OpenShardCount"]) == (168, 2)
        shown = {each["Key"]: each["Value"] for each in kinesis.list_tags_for_stream(StreamName="types-s")["Tags"]}
        assert shown == {"Application": "provider-tests", "Purpose": "test"}

    def changed(self, stack: Stack) -> None:
        table = stack.client("dynamodb").describe_table(TableName="types-t")["Table"]
        assert {each["IndexName"] for each in table["GlobalSecondaryIndexes"]} == {"by_event", "by_sorted"}
        assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
        assert stack.resources()[TABLE]["stream_arn"] == table["LatestStreamArn"]
        found = stack.client("kinesis").describe_stream_summary(StreamName="types-s")["StreamDescriptionSummary"]
        assert (found["RetentionPeriodHours"], found["OpenShardCount"]) == (48, 4)
        assert stack.apply(both(**{**self.changes, "protected": "false"})) == {TABLE: "update"}

    def drift(self, stack: Stack) -> None:
        dynamodb, kinesis, made = stack.client("dynamodb"), stack.client("kinesis"), stack.resources()
        off = {"PointInTimeRecoveryEnabled": False}
        dynamodb.update_continuous_backups(TableName="types-t", PointInTimeRecoverySpecification=off)
        dynamodb.update_table(TableName="types-t", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_holder"}}])
        kinesis.stop_stream_encryption(StreamName="types-s", EncryptionType="KMS", KeyId=made["aws_kms_key.k"]["arn"])
        kinesis.remove_tags_from_stream(StreamName="types-s", TagKeys=["Purpose"])

    def left(self, stack: Stack) -> Iterable[Any]:
        yield from stack.client("dynamodb").list_tables()["TableNames"]
        yield from stack.client("kinesis").list_streams()["StreamNames"]


def test_metrics_of_shards_are_switched_on_and_off(stack: Stack) -> None:
    measured = both().replace(
        "shard_count ", 'shard_level_metrics = ["IncomingBytes", "OutgoingBytes"]\n  shard_count '
    )
    stack.apply(measured)
    assert stack.plan() == {}
    assert stack.apply(measured.replace(', "OutgoingBytes"', "")) == {STREAM: "update"}
    told = stack.client("kinesis").enable_enhanced_monitoring(StreamName="types-s", ShardLevelMetrics=["IncomingBytes"])
    assert told["CurrentShardLevelMetrics"] == ["IncomingBytes"]  # the one answer in which MiniStack tells of them


def test_what_failed_half_made_is_in_the_state_and_made_anew(stack: Stack) -> None:
    with pytest.raises(HarnessError, match=r"IncreaseStreamRetentionPeriod, .*cannot exceed 8760"):
        stack.apply(both(hours="9999"))
    assert stack.resources()[STREAM]["name"] == "types-s"
    assert stack.plan(both())[STREAM] == "replace"
    assert stack.apply(both())[STREAM] == "create"


def test_what_a_defect_of_ours_left_half_made_is_in_the_state_too(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("harness.provider.types.streams._LEAST_HOURS", "no number")
        with pytest.raises(HarnessError, match="aws_kinesis_stream: creating: a defect of our provider: TypeError"):
            stack.apply(both())
    assert stack.resources()[STREAM]["name"] == "types-s"
    assert stack.apply(both())[STREAM] == "create"


def test_a_table_moves_to_provisioned_capacity_and_back(stack: Stack) -> None:
    stack.apply(both())
    paid = both().replace('"PAY_PER_REQUEST"', '"PROVISIONED"\n  read_capacity = 5\n  write_capacity = 3')
    paid = paid.replace(
        "  global_secondary_index {", "  global_secondary_index {\n    read_capacity = 2\n    write_capacity = 1"
    )
    assert stack.apply(paid) == {TABLE: "update"}
    assert stack.plan() == {}
    table = stack.client("dynamodb").describe_table(TableName="types-t")["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert stack.apply(both()) == {TABLE: "update"}
    assert stack.plan() == {}


def test_expiry_and_encryption_that_are_taken_out_are_switched_off(stack: Stack) -> None:
    stack.apply(both())
    before, _, rest = both().partition("  server_side_encryption {")
    without = f"{before}}}\n"
    assert "expires" in rest
    assert stack.apply(without) == {TABLE: "update"}
    assert stack.plan() == {}
    dynamodb = stack.client("dynamodb")
    expiry = dynamodb.describe_time_to_live(TableName="types-t")["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "DISABLED"
    table = dynamodb.describe_table(TableName="types-t")["Table"]
    assert table.get("SSEDescription", {}).get("Status", "DISABLED") == "DISABLED"


def test_a_protected_table_is_not_destroyed_and_the_apis_own_words_say_so(stack: Stack) -> None:
    stack.apply(both(protected="true"))
    with pytest.raises(HarnessError, match="protected against deletion"):
        stack.destroy()
    stack.apply(both())
