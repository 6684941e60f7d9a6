"""Kinesis as the way in: records of one key in the order of their sequence numbers, each exactly as it was put."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for

pytestmark = pytest.mark.scenario(
    service="kinesis",
    lane="data plane",
    aws="https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html",
)


@pytest.fixture
def stream(aws: AwsClients, fresh: str) -> Iterator[str]:
    kinesis, name = aws.client("kinesis"), f"conformance-{fresh}"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    try:
        wait_for("the stream", lambda: _status(kinesis, name), "ACTIVE".__eq__)
        yield name
    finally:
        kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


def _status(kinesis: Any, name: str) -> str:
    return str(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"])


def _read(kinesis: Any, name: str, count: int) -> list[dict[str, Any]]:
    """The records of the only shard from its beginning; waits for `count` of them."""
    [shard] = kinesis.list_shards(StreamName=name)["Shards"]
    where = {"StreamName": name, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}

    def observe() -> list[dict[str, Any]]:
        found, iterator = [], kinesis.get_shard_iterator(**where)["ShardIterator"]
        for _ in range(3):
            page = kinesis.get_records(ShardIterator=iterator)
            found += page["Records"]
            iterator = page["NextShardIterator"]
        return found

    return wait_for(f"{count} records", observe, lambda found: len(found) >= count)


@pytest.mark.scenario("kinesis.records.order", feature="order of one partition key")
def test_records_of_one_key_are_read_in_the_order_in_which_they_were_put(aws: AwsClients, stream: str) -> None:
    kinesis, put = aws.client("kinesis"), [f"{number}".encode() for number in range(12)]
    kinesis.put_records(StreamName=stream, Records=[{"Data": data, "PartitionKey": "ACC-1"} for data in put])
    assert [record["Data"] for record in _read(kinesis, stream, len(put))] == put
