"""Putting lines on the Kinesis stream, and reading what it still holds."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from harness.failure import HarnessError
from harness.feed.lines import Line

RECORDS_A_CALL = 500
BYTES_A_CALL = 4_000_000
"""PutRecords takes 500 records and 5 MiB a call (API reference); some room is left for the keys."""


@dataclass(frozen=True)
class Retained:
    """A record that the stream holds: its id (`<shard>:<sequence number>`), when it arrived (UTC), its partition key and its bytes."""

    record_id: str
    arrived: datetime
    partition_key: str
    data: bytes


def retained(kinesis: Any, stream: str, since: datetime | None = None) -> Iterator[Retained]:
    """Give the stream's records in the order of their arrival, from `since` (aware; None: the oldest) up to what arrives while it is read:
    those that write on must not keep us."""
    began = datetime.now(UTC)
    pages = kinesis.get_paginator("list_shards").paginate(StreamName=stream)
    shard_ids = [shard["ShardId"] for page in pages for shard in page["Shards"]]
    of_shards = (_of_shard(kinesis, stream, shard_id, since, began) for shard_id in shard_ids)
    return heapq.merge(*of_shards, key=lambda record: record.arrived)


def _of_shard(kinesis: Any, stream: str, shard_id: str, since: datetime | None, began: datetime) -> Iterator[Retained]:
    start = (
        {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": since} if since else {"ShardIteratorType": "TRIM_HORIZON"}
    )
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard_id, **start)["ShardIterator"]
    while iterator:
        answer = kinesis.get_records(ShardIterator=iterator)
        records = answer["Records"]
        for record in records:
            arrived = record["ApproximateArrivalTimestamp"].astimezone(UTC)
            yield Retained(f"{shard_id}:{record['SequenceNumber']}", arrived, record["PartitionKey"], record["Data"])
        ended = records[-1]["ApproximateArrivalTimestamp"] > began if records else not answer.get("MillisBehindLatest")
        iterator = None if ended else answer.get("NextShardIterator")


def put_lines(kinesis: Any, stream: str, lines: Sequence[Line]) -> list[str]:
    """Puts every line and returns the record ids (`<shard>:<sequence number>`), one a line, in the lines' order.

    A record that the stream refused for the moment is put again. Raises HarnessError (exit status 1) when some were refused to the end.
    """
    return [
        record_id
        for batch in batches(lines, RECORDS_A_CALL, BYTES_A_CALL)
        for record_id in _put_batch(kinesis, stream, batch)
    ]


class HasData(Protocol):
    """What has bytes that a call takes."""

    @property
    def data(self) -> bytes:
        """Return the bytes."""


_Item = TypeVar("_Item", bound=HasData)


def batches(items: Iterable[_Item], most: int, most_bytes: int) -> Iterator[list[_Item]]:
    """Give the items in their order, at most so many and so many bytes of data at once. One that is larger comes alone."""
    batch: list[_Item] = []
    size = 0
    for item in items:
        if batch and (len(batch) == most or size + len(item.data) > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item.data)
    if batch:
        yield batch


def _put_batch(kinesis: Any, stream: str, batch: list[Line]) -> list[str]:
    record_ids: dict[int, str] = {}

    def put_missing() -> list[Line]:
        missing = [line for line in batch if line.number not in record_ids]
        records = [{"Data": line.data, "PartitionKey": line.partition_key} for line in missing]
        answers = kinesis.put_records(StreamName=stream, Records=records)["Records"]
        record_ids.update(
            {
                line.number: f"{answer['ShardId']}:{answer['SequenceNumber']}"
                for line, answer in zip(missing, answers, strict=True)
                if "SequenceNumber" in answer
            }
        )
        return [line for line in missing if line.number not in record_ids]

    retrying = Retrying(
        stop=stop_after_attempt(8), wait=wait_exponential(multiplier=0.1, max=5), retry=retry_if_result(bool)
    )
    try:
        retrying(put_missing)
    except RetryError as error:
        refused = ", ".join(str(line.number) for line in error.last_attempt.result())
        raise HarnessError(
            f"the stream {stream} refused the lines {refused} eight times; feed the file again later", 1
        ) from error
    return [record_ids[line.number] for line in batch]
