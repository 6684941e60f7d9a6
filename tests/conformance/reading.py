"""Records of a Kinesis stream, waited for."""

from collections.abc import Callable
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for

PAGES = 4
"""Of each reading: a page may be empty although records follow."""


def records_from(
    aws: AwsClients, name: str, shard: str, key: str | None = None, **iterator: Any
) -> Callable[[], list[dict[str, Any]]]:
    """An observation: the records of a shard from `iterator` (GetShardIterator's words) on, of one partition key or all."""
    kinesis = aws.client("kinesis")

    def observe() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        place = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, **iterator)["ShardIterator"]
        for _ in range(PAGES):
            page = kinesis.get_records(ShardIterator=place)
            found += [record for record in page["Records"] if key in {None, record["PartitionKey"]}]
            place = page.get("NextShardIterator")
            if not place:
                break
        return found

    return observe


def read(aws: AwsClients, name: str, key: str, count: int) -> list[dict[str, Any]]:
    """The records of a partition key in all shards from the beginning; waits for `count` of them."""
    shards = [shard["ShardId"] for shard in aws.client("kinesis").list_shards(StreamName=name)["Shards"]]
    readers = [records_from(aws, name, shard, key, ShardIteratorType="TRIM_HORIZON") for shard in shards]
    return wait_for(
        f"{count} records",
        lambda: [record for reader in readers for record in reader()],
        lambda found: len(found) >= count,
    )
