"""Streams: encryption, retention, shards and their lineage, pages, tags, consumers."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from harness.terminal_states import STREAM
from tests.conformance.makers import Cleanup, a_key, a_stream, new_name, stream_active
from tests.conformance.reading import records_from
from tests.conformance.refusing import refused
from tests.conformance.tag_lists import plain

pytestmark = scenario(service="kinesis", lane="control plane", feature="streams", aws="kinesis:DescribeStreamSummary")


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_stream(aws, new_name(), cleanup)


@scenario(
    "kinesis.encryption.survives-update", lane="security", feature="encryption", aws="kinesis:StartStreamEncryption"
)
def test_the_key_survives_a_change_of_retention_and_of_shards(
    aws: AwsClients, cleanup: Cleanup, kinesis: Any, name: str
) -> None:
    arn = a_key(aws, new_name(), cleanup)
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=arn)
    stream_active(aws, name)
    kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=48)
    stream_active(aws, name)
    kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    summary = stream_active(aws, name)
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", arn)
    assert summary["RetentionPeriodHours"] == 48


@scenario("kinesis.encryption.stop", lane="security", feature="encryption", aws="kinesis:StopStreamEncryption")
def test_a_stream_is_unencrypted_after_encryption_was_stopped(
    aws: AwsClients, cleanup: Cleanup, kinesis: Any, name: str
) -> None:
    assert stream_active(aws, name)["EncryptionType"] == "NONE"
    arn = a_key(aws, new_name(), cleanup)
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=arn)
    assert stream_active(aws, name)["EncryptionType"] == "KMS"
    kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=arn)
    assert stream_active(aws, name)["EncryptionType"] == "NONE"


@scenario("kinesis.retention", feature="retention", aws="kinesis:IncreaseStreamRetentionPeriod")
def test_retention_is_raised_and_lowered(aws: AwsClients, kinesis: Any, name: str) -> None:
    assert stream_active(aws, name)["RetentionPeriodHours"] == 24
    kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=168)
    assert stream_active(aws, name)["RetentionPeriodHours"] == 168
    kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
    assert stream_active(aws, name)["RetentionPeriodHours"] == 24


@scenario("kinesis.retention.bounds", feature="retention", aws="kinesis:DecreaseStreamRetentionPeriod")
def test_a_retention_below_a_day_is_refused(aws: AwsClients, name: str) -> None:
    with refused("InvalidArgumentException", status=400):
        aws.client("kinesis").decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=23)


def shards_of(kinesis: Any, name: str) -> list[dict[str, Any]]:
    """Return the shards of a stream, closed ones among them."""
    return list(kinesis.describe_stream(StreamName=name)["StreamDescription"]["Shards"])


@scenario("kinesis.shards.split", feature="resharding", aws="kinesis-guide:kinesis-using-sdk-java-after-resharding")
def test_a_split_shard_is_closed_and_its_children_name_it_and_share_its_range(
    aws: AwsClients, kinesis: Any, name: str
) -> None:
    [parent] = shards_of(kinesis, name)
    middle = 2**127
    kinesis.split_shard(StreamName=name, ShardToSplit=parent["ShardId"], NewStartingHashKey=str(middle))
    stream_active(aws, name)
    shards = {shard["ShardId"]: shard for shard in shards_of(kinesis, name)}
    assert parent["ShardId"] in shards, "the parent is not listed"
    closed, children = shards.pop(parent["ShardId"]), list(shards.values())
    assert "EndingSequenceNumber" in closed["SequenceNumberRange"]
    assert [child["ParentShardId"] for child in children] == [parent["ShardId"]] * 2
    ranges = sorted(
        (int(child["HashKeyRange"]["StartingHashKey"]), int(child["HashKeyRange"]["EndingHashKey"]))
        for child in children
    )
    assert ranges == [(0, middle - 1), (middle, 2**128 - 1)]


@scenario(
    "kinesis.shards.keep-records",
    lane="data plane",
    feature="resharding",
    aws="kinesis-guide:kinesis-using-sdk-java-after-resharding",
)
def test_records_from_before_a_split_stay_readable_and_new_ones_go_to_the_children(
    aws: AwsClients, kinesis: Any, name: str
) -> None:
    [parent] = shards_of(kinesis, name)
    kinesis.put_record(StreamName=name, PartitionKey="k", Data=b"before")
    kinesis.split_shard(StreamName=name, ShardToSplit=parent["ShardId"], NewStartingHashKey=str(2**127))
    stream_active(aws, name)
    child = wait_for(  # for a moment records may still land in the parent
        "a record goes to a child",
        lambda: kinesis.put_record(StreamName=name, PartitionKey="k", Data=b"after")["ShardId"],
        lambda shard: shard != parent["ShardId"],
    )
    for shard, data in ((parent["ShardId"], b"before"), (child, b"after")):
        found = records_from(aws, name, shard, "k", ShardIteratorType="TRIM_HORIZON")
        assert wait_for(f"the records of {shard}", found, bool)[0]["Data"] == data


@scenario("kinesis.shards.merge", feature="resharding", aws="kinesis:MergeShards")
def test_two_adjacent_shards_become_one_that_names_both(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_stream(aws, new_name(), cleanup, ShardCount=2)
    kinesis = aws.client("kinesis")
    first, second = (shard["ShardId"] for shard in shards_of(kinesis, name))
    kinesis.merge_shards(StreamName=name, ShardToMerge=first, AdjacentShardToMerge=second)
    stream_active(aws, name)
    [merged] = [one for one in shards_of(kinesis, name) if "ParentShardId" in one]
    assert (merged["ParentShardId"], merged["AdjacentParentShardId"]) == (first, second)
    assert merged["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(2**128 - 1)}


@scenario("kinesis.shards.ranges", feature="resharding", aws="kinesis:CreateStream")
def test_the_shards_of_a_new_stream_share_the_hash_space_without_gap(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_stream(aws, new_name(), cleanup, ShardCount=3)
    shards = aws.client("kinesis").list_shards(StreamName=name)["Shards"]
    ranges = sorted(
        (int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"])) for shard in shards
    )
    assert (ranges[0][0], ranges[-1][1], len(ranges)) == (0, 2**128 - 1, 3)
    assert [end + 1 for _, end in ranges[:-1]] == [start for start, _ in ranges[1:]]


@scenario("kinesis.list-shards.pages", feature="pagination", aws="kinesis:ListShards")
def test_shards_are_listed_in_pages(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_stream(aws, new_name(), cleanup, ShardCount=3)
    kinesis = aws.client("kinesis")
    first = kinesis.list_shards(StreamName=name, MaxResults=2)
    second = kinesis.list_shards(NextToken=first["NextToken"], MaxResults=2)
    listed = [shard["ShardId"] for page in (first, second) for shard in page["Shards"]]
    assert (len(first["Shards"]), len(set(listed))) == (2, 3)
    assert "NextToken" not in second


@scenario("kinesis.list-streams.pages", feature="pagination", aws="kinesis:ListStreams")
def test_streams_are_listed_in_pages(aws: AwsClients, cleanup: Cleanup, kinesis: Any, name: str) -> None:
    other = a_stream(aws, new_name(), cleanup)
    listed, more = [], True
    while more:
        after = {"ExclusiveStartStreamName": listed[-1]} if listed else {}
        page = kinesis.list_streams(Limit=1, **after)
        listed, more = listed + page["StreamNames"], page["HasMoreStreams"]
        assert len(page["StreamNames"]) <= 1
    assert {name, other} <= set(listed)
    assert len(listed) == len(set(listed))


@scenario("kinesis.list-streams.next-token", feature="pagination", aws="kinesis:ListStreams")
def test_a_page_of_streams_names_the_token_of_the_next(
    aws: AwsClients, cleanup: Cleanup, kinesis: Any, name: str
) -> None:
    a_stream(aws, new_name(), cleanup)
    first = kinesis.list_streams(Limit=1)
    assert first.get("NextToken"), "more streams, but no token"
    assert kinesis.list_streams(NextToken=first["NextToken"])["StreamNames"][:1] != first["StreamNames"]


@scenario("kinesis.tags", feature="tagging", aws="kinesis:AddTagsToStream")
def test_tags_are_added_overwritten_and_removed(kinesis: Any, name: str) -> None:
    kinesis.add_tags_to_stream(StreamName=name, Tags={"system": "asset-servicing", "owner": "a", "cost": "1"})
    kinesis.add_tags_to_stream(StreamName=name, Tags={"owner": "b"})
    kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["cost"])
    tags = plain(kinesis.list_tags_for_stream(StreamName=name)["Tags"])
    assert tags == {"system": "asset-servicing", "owner": "b"}


@scenario("kinesis.tags.at-creation", feature="tagging", aws="kinesis:CreateStream")
def test_tags_given_at_creation_are_there(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_stream(aws, new_name(), cleanup, Tags={"system": "asset-servicing"})
    tags = aws.client("kinesis").list_tags_for_stream(StreamName=name)["Tags"]
    assert tags == [{"Key": "system", "Value": "asset-servicing"}]


@scenario("kinesis.consumers", feature="enhanced fan-out", aws="kinesis:RegisterStreamConsumer")
def test_a_registered_consumer_becomes_active_and_goes_when_deregistered(kinesis: Any, name: str) -> None:
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]
    consumer = wait_for(
        "the consumer is ACTIVE",
        lambda: kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"])["ConsumerDescription"],
        lambda found: found["ConsumerStatus"] == "ACTIVE",
        ended=STREAM,
    )
    assert (consumer["ConsumerName"], consumer["StreamARN"]) == ("reader", arn)
    with refused("ResourceInUseException", status=400):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")
    kinesis.deregister_stream_consumer(ConsumerARN=made["ConsumerARN"])
    wait_for("no consumer", lambda: kinesis.list_stream_consumers(StreamARN=arn)["Consumers"], lambda all_: not all_)


@scenario("kinesis.errors.exists", feature="error codes", aws="kinesis:CreateStream")
def test_a_second_stream_of_one_name_is_refused(aws: AwsClients, name: str) -> None:
    with refused("ResourceInUseException", status=400):
        aws.client("kinesis").create_stream(StreamName=name, ShardCount=1)


@scenario("kinesis.errors.not-there", feature="error codes", aws="kinesis:DeleteStream")
def test_a_stream_that_is_not_there_is_neither_described_nor_deleted(aws: AwsClients) -> None:
    kinesis, missing = aws.client("kinesis"), new_name()
    with refused("ResourceNotFoundException", status=400):
        kinesis.describe_stream_summary(StreamName=missing)
    with refused("ResourceNotFoundException", status=400):
        kinesis.delete_stream(StreamName=missing)
