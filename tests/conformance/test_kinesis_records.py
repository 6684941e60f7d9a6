"""Kinesis as the way in: records of one key in the order of their sequence numbers, each exactly as it was put."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
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
    """Put one after the other, each strictly ordered after the one before, and return the answers."""
    kinesis, answers = aws.client("kinesis"), []
    for one in data:
        after = {"SequenceNumberForOrdering": answers[-1]["SequenceNumber"]} if answers else {}
        answers.append(dict(kinesis.put_record(StreamName=name, PartitionKey=key, Data=one, **after)))
    return answers


@scenario("kinesis.records.order", feature="order of one partition key", aws="kinesis:PutRecord")
def test_records_of_one_key_are_read_in_the_order_in_which_they_were_put(
    aws: AwsClients, name: str, fresh: str
) -> None:
    """Put one by one: PutRecords promises no order."""
    put = [f"{number}".encode() for number in range(12)]
    _put(aws, name, fresh, *put)
    assert [record["Data"] for record in read(aws, name, fresh, len(put))] == put


@scenario("kinesis.records.as-put", aws="kinesis:Record")
def test_a_record_has_its_data_key_and_time_to_the_last_byte(aws: AwsClients, name: str, fresh: str) -> None:
    data, before = bytes(range(256)) * 4, datetime.now(UTC)
    [answer] = _put(aws, name, fresh, data)
    [record] = read(aws, name, fresh, 1)
    assert (record["Data"], record["SequenceNumber"]) == (data, answer["SequenceNumber"])
    assert abs(record["ApproximateArrivalTimestamp"] - before) < timedelta(minutes=1)


@scenario("kinesis.records.key-letters", aws="kinesis:PutRecord")
def test_a_key_may_have_any_letters(aws: AwsClients, name: str, fresh: str) -> None:
    key = f"{fresh}-Ü"
    _put(aws, name, key, b"{}")
    assert [record["PartitionKey"] for record in read(aws, name, key, 1)] == [key]


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


@scenario("kinesis.records.largest", feature="limits", aws="kinesis:GetRecords")
def test_a_record_of_one_mebibyte_is_taken_and_one_byte_more_refused(aws: AwsClients, name: str, fresh: str) -> None:
    """On a stream that CreateStream gave no other MaxRecordSizeInKiB than the 1024 it has by default."""
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


def pages_from(kinesis: Any, limit: int = 10_000, **where: Any) -> Callable[[], list[dict[str, Any]]]:
    """Return an observation: the pages from an iterator (`where`: GetShardIterator's words) on, one more at each look."""
    iterators, pages = [kinesis.get_shard_iterator(**where)["ShardIterator"]], []

    def observe() -> list[dict[str, Any]]:
        pages.append(kinesis.get_records(ShardIterator=iterators[-1], Limit=limit))
        iterators.append(pages[-1]["NextShardIterator"])
        return pages

    return observe


def data_of(page: dict[str, Any], key: str) -> list[bytes]:
    return [record["Data"] for record in page["Records"] if record["PartitionKey"] == key]


@scenario("kinesis.iterator.latest", feature="shard iterators", aws="kinesis:GetShardIterator")
def test_latest_gives_only_what_comes_after_it_was_asked_for(aws: AwsClients, name: str, fresh: str) -> None:
    [old] = _put(aws, name, fresh, b"old")
    pages = pages_from(aws.client("kinesis"), StreamName=name, ShardId=old["ShardId"], ShardIteratorType="LATEST")
    _put(aws, name, fresh, b"new")
    found = wait_for("a record", lambda: [data for page in pages() for data in data_of(page, fresh)], bool)
    assert found == [b"new"]


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
def test_a_page_holds_at_most_its_limit_and_the_next_iterator_goes_on(aws: AwsClients, name: str, fresh: str) -> None:
    put = [b"0", b"1", b"2"]
    first = _put(aws, name, fresh, *put)[0]
    where = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": first["SequenceNumber"]}
    pages = pages_from(aws.client("kinesis"), 2, StreamName=name, ShardId=first["ShardId"], **where)
    found = wait_for(
        "three records", lambda: [data_of(page, fresh) for page in pages()], lambda found: sum(map(len, found)) == 3
    )
    assert [data for page in found for data in page] == put
    assert max(map(len, found)) <= 2


@scenario("kinesis.iterator.behind", feature="shard iterators", aws="kinesis:GetRecords")
def test_a_page_at_the_end_of_its_shard_is_not_behind(aws: AwsClients, name: str, fresh: str) -> None:
    [put] = _put(aws, name, fresh, b"{}")
    where = {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": put["SequenceNumber"]}
    pages = pages_from(aws.client("kinesis"), StreamName=name, ShardId=put["ShardId"], **where)
    wait_for("the record", lambda: [data_of(page, fresh) for page in pages()], lambda found: [b"{}"] in found)
    await_answer(0, lambda: pages()[-1]["MillisBehindLatest"])


@scenario("kinesis.iterator.wrong", feature="error codes", aws="kinesis:GetRecords")
def test_an_iterator_that_is_none_is_refused(aws: AwsClients) -> None:
    with refused("InvalidArgumentException", "ValidationException", status=400):
        aws.client("kinesis").get_records(ShardIterator="not an iterator")
