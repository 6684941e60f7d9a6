"""Kinesis as the way in: records of one key in the order of their sequence numbers, each exactly as it was put."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_stream, new_name
from tests.conformance.reading import read, records_from
from tests.conformance.refusing import refused

LONGEST = 1024 * 1024
pytestmark = scenario(service="kinesis", lane="data plane", feature="records", aws="kinesis:PutRecords")


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """One stream of two shards for all: every scenario has keys of its own."""
    return a_stream(aws, new_name(), module_cleanup, ShardCount=2)


def _put(aws: AwsClients, name: str, key: str, *data: bytes) -> list[dict[str, Any]]:
    """Puts one after the other; the answers."""
    return [aws.client("kinesis").put_record(StreamName=name, PartitionKey=key, Data=one) for one in data]


@scenario("kinesis.records.order", feature="order of one partition key")
def test_records_of_one_key_are_read_in_the_order_in_which_they_were_put(
    aws: AwsClients, name: str, fresh: str
) -> None:
    kinesis, put = aws.client("kinesis"), [f"{number}".encode() for number in range(12)]
    kinesis.put_records(StreamName=name, Records=[{"Data": data, "PartitionKey": fresh} for data in put])
    assert [record["Data"] for record in read(aws, name, fresh, len(put))] == put


@scenario("kinesis.records.as-put", aws="kinesis:Record")
def test_a_record_has_its_data_key_and_time_to_the_last_byte(aws: AwsClients, name: str, fresh: str) -> None:
    data, before = bytes(range(256)) * 4, datetime.now(UTC)
    [answer] = _put(aws, name, f"{fresh}-Ü", data)
    [record] = read(aws, name, f"{fresh}-Ü", 1)
    assert (record["Data"], record["SequenceNumber"]) == (data, answer["SequenceNumber"])
    assert abs(record["ApproximateArrivalTimestamp"] - before) < timedelta(minutes=1)


@scenario("kinesis.records.sequence-numbers", feature="sequence numbers", aws="kinesis:PutRecord")
def test_sequence_numbers_of_a_shard_grow_from_record_to_record(aws: AwsClients, name: str, fresh: str) -> None:
    answers = _put(aws, name, fresh, *(b"{}" for _ in range(8)))
    numbers = [int(answer["SequenceNumber"]) for answer in answers]
    assert numbers == sorted(set(numbers))
    assert [int(record["SequenceNumber"]) for record in read(aws, name, fresh, 8)] == numbers


@scenario("kinesis.records.hashing", feature="partition keys", aws="kinesis-guide:key-concepts")
def test_a_key_goes_to_the_shard_whose_range_holds_its_md5(aws: AwsClients, name: str, fresh: str) -> None:
    shards = aws.client("kinesis").list_shards(StreamName=name)["Shards"]
    for number in range(8):
        key = f"{fresh}-{number}"
        place = int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16)
        [expected] = [
            shard["ShardId"]
            for shard in shards
            if int(shard["HashKeyRange"]["StartingHashKey"]) <= place <= int(shard["HashKeyRange"]["EndingHashKey"])
        ]
        assert _put(aws, name, key, b"{}")[0]["ShardId"] == expected, key


@scenario("kinesis.records.explicit-hash", feature="partition keys", aws="kinesis:PutRecord")
def test_an_explicit_hash_overrides_the_key(kinesis: Any, name: str, fresh: str) -> None:
    for shard in kinesis.list_shards(StreamName=name)["Shards"]:
        explicit = shard["HashKeyRange"]["StartingHashKey"]
        answer = kinesis.put_record(StreamName=name, PartitionKey=fresh, ExplicitHashKey=explicit, Data=b"{}")
        assert answer["ShardId"] == shard["ShardId"]


@scenario("kinesis.put-records.answer", feature="batches")
def test_a_batch_is_answered_entry_by_entry_in_its_order(aws: AwsClients, name: str, fresh: str) -> None:
    entries = [{"Data": f"{number}".encode(), "PartitionKey": f"{fresh}-{number}"} for number in range(6)]
    answer = aws.client("kinesis").put_records(StreamName=name, Records=entries)
    assert (answer["FailedRecordCount"], len(answer["Records"])) == (0, 6)
    for number, entry in enumerate(answer["Records"]):
        [record] = read(aws, name, f"{fresh}-{number}", 1)
        assert (record["SequenceNumber"], record["Data"]) == (entry["SequenceNumber"], f"{number}".encode())
        assert "ErrorCode" not in entry


@scenario("kinesis.put-records.limits", feature="limits")
def test_a_batch_of_more_than_500_is_refused(aws: AwsClients, name: str, fresh: str) -> None:
    with refused("ValidationException", "InvalidArgumentException", status=400):
        aws.client("kinesis").put_records(
            StreamName=name, Records=[{"Data": b"{}", "PartitionKey": fresh} for _ in range(501)]
        )


@scenario("kinesis.records.largest", feature="limits", aws="kinesis-guide:service-sizes-and-limits")
def test_a_record_of_one_mebibyte_is_taken_and_one_byte_more_refused(aws: AwsClients, name: str, fresh: str) -> None:
    _put(aws, name, fresh, b"x" * (LONGEST - len(fresh)))
    assert len(read(aws, name, fresh, 1)[0]["Data"]) == LONGEST - len(fresh)
    with refused("ValidationException", "InvalidArgumentException", status=400):
        _put(aws, name, fresh, b"x" * (LONGEST + 1))


@scenario("kinesis.records.longest-key", feature="limits", aws="kinesis:PutRecord")
def test_a_key_of_more_than_256_characters_is_refused(aws: AwsClients, name: str) -> None:
    with refused("ValidationException", "InvalidArgumentException", status=400):
        _put(aws, name, "k" * 257, b"{}")


@scenario("kinesis.errors.no-such-stream", feature="error codes", aws="kinesis:PutRecord")
def test_a_stream_that_is_not_there_is_said_so(aws: AwsClients) -> None:
    missing = new_name()
    with refused("ResourceNotFoundException", status=400) as refusal:
        _put(aws, missing, "k", b"{}")
    assert missing in refusal.message


@scenario("kinesis.iterator.after", feature="shard iterators", aws="kinesis:GetShardIterator")
@pytest.mark.parametrize(("kind", "expected"), [("AT_SEQUENCE_NUMBER", b"1"), ("AFTER_SEQUENCE_NUMBER", b"2")])
def test_reading_starts_at_or_after_a_sequence_number(
    aws: AwsClients, name: str, fresh: str, kind: str, expected: bytes
) -> None:
    answers = _put(aws, name, fresh, b"0", b"1", b"2", b"3")
    found = records_from(
        aws,
        name,
        answers[1]["ShardId"],
        fresh,
        ShardIteratorType=kind,
        StartingSequenceNumber=answers[1]["SequenceNumber"],
    )
    first = wait_for("a record", found, bool)[0]
    assert first["Data"] == expected


@scenario("kinesis.iterator.latest", feature="shard iterators", aws="kinesis:GetShardIterator")
def test_latest_gives_only_what_comes_after_it_was_asked_for(aws: AwsClients, name: str, fresh: str) -> None:
    kinesis, [old] = aws.client("kinesis"), _put(aws, name, fresh, b"old")
    where = {"StreamName": name, "ShardId": old["ShardId"], "ShardIteratorType": "LATEST"}
    state = {"iterator": kinesis.get_shard_iterator(**where)["ShardIterator"], "found": []}
    _put(aws, name, fresh, b"new")

    def observe() -> list[bytes]:
        page = kinesis.get_records(ShardIterator=state["iterator"])
        state["iterator"] = page["NextShardIterator"]
        state["found"] += [record["Data"] for record in page["Records"] if record["PartitionKey"] == fresh]
        return list(state["found"])

    assert wait_for("a record", observe, bool) == [b"new"]


@scenario("kinesis.iterator.timestamp", feature="shard iterators", aws="kinesis:GetShardIterator")
def test_reading_starts_at_a_time(aws: AwsClients, name: str, fresh: str) -> None:
    _put(aws, name, fresh, b"old")
    [old] = read(aws, name, fresh, 1)
    border = old["ApproximateArrivalTimestamp"] + timedelta(seconds=1)
    wait_for("the next second", lambda: datetime.now(UTC), lambda now: now > border)
    [new] = _put(aws, name, fresh, b"new")
    found = records_from(aws, name, new["ShardId"], fresh, ShardIteratorType="AT_TIMESTAMP", Timestamp=border)
    assert [record["Data"] for record in wait_for("a record", found, bool)] == [b"new"]


@scenario("kinesis.iterator.limit", feature="shard iterators", aws="kinesis:GetRecords")
def test_a_page_holds_at_most_its_limit_and_the_next_iterator_goes_on(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_stream(aws, new_name(), cleanup)
    kinesis, put = aws.client("kinesis"), [b"0", b"1", b"2"]
    _put(aws, name, "k", *put)
    read(aws, name, "k", 3)
    [shard] = kinesis.list_shards(StreamName=name)["Shards"]
    where = {"StreamName": name, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    first = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**where)["ShardIterator"], Limit=2)
    second = kinesis.get_records(ShardIterator=first["NextShardIterator"], Limit=2)
    assert [[record["Data"] for record in page["Records"]] for page in (first, second)] == [put[:2], put[2:]]
    assert second["MillisBehindLatest"] == 0


@scenario("kinesis.iterator.wrong", feature="error codes", aws="kinesis:GetRecords")
def test_an_iterator_that_is_none_is_refused(aws: AwsClients) -> None:
    with refused("InvalidArgumentException", "ValidationException", status=400):
        aws.client("kinesis").get_records(ShardIterator="not an iterator")
