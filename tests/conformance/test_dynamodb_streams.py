"""Streams of a table: each change once, in the order of its key, with the item before and after."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.items import item_key, write_batch
from tests.conformance.makers import Cleanup, a_table, new_name, table_active

pytestmark = scenario(
    service="dynamodbstreams", lane="data plane", feature="change records", aws="dynamodb:streams_Record"
)


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup, StreamSpecification=_specification("NEW_AND_OLD_IMAGES"))


def _specification(view: str) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": view}


def _changes(aws: AwsClients, name: str, fresh: str, count: int) -> list[dict[str, Any]]:
    """The records of a partition from the stream's beginning, shard by shard; waits for `count` of them."""
    streams, arn = aws.client("dynamodbstreams"), table_active(aws, name)["LatestStreamArn"]

    def observe() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = streams.get_shard_iterator(**where)["ShardIterator"]
            for _ in range(4):
                page = streams.get_records(ShardIterator=iterator)
                found += page["Records"]
                iterator = page.get("NextShardIterator")
                if not iterator:
                    break
        return [record for record in found if record["dynamodb"]["Keys"]["pk"]["S"] == fresh]

    return wait_for(f"{count} changes", observe, lambda found: len(found) >= count)


@scenario("dynamodb.stream.images")
def test_a_change_shows_the_item_before_and_after(aws: AwsClients, name: str, fresh: str) -> None:
    dynamodb, one, two = aws.client("dynamodb"), {"v": {"N": "1"}}, {"v": {"N": "2"}}
    dynamodb.put_item(TableName=name, Item=item_key(fresh) | one)
    dynamodb.update_item(
        TableName=name, Key=item_key(fresh), UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": two["v"]}
    )
    dynamodb.delete_item(TableName=name, Key=item_key(fresh))
    records = _changes(aws, name, fresh, 3)
    assert [
        (record["eventName"], record["dynamodb"].get("OldImage"), record["dynamodb"].get("NewImage"))
        for record in records
    ] == [
        ("INSERT", None, item_key(fresh) | one),
        ("MODIFY", item_key(fresh) | one, item_key(fresh) | two),
        ("REMOVE", item_key(fresh) | two, None),
    ]


@scenario("dynamodb.stream.record")
def test_a_change_has_the_documented_fields(aws: AwsClients, name: str, fresh: str) -> None:
    aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh))
    [record] = _changes(aws, name, fresh, 1)
    expected = {"eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": aws.region}
    assert {field: record[field] for field in expected} == expected
    change = record["dynamodb"]
    assert (change["Keys"], change["StreamViewType"]) == (item_key(fresh), "NEW_AND_OLD_IMAGES")
    assert change["SequenceNumber"].isdigit()
    assert "ApproximateCreationDateTime" in change


@scenario("dynamodb.stream.size")
def test_a_change_says_how_large_it_is(aws: AwsClients, name: str, fresh: str) -> None:
    aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"S": "x" * 100}})
    assert _changes(aws, name, fresh, 1)[0]["dynamodb"]["SizeBytes"] > 100


@scenario("dynamodb.stream.order", feature="stream order", aws="dynamodb-guide:Streams")
def test_changes_of_a_key_come_in_the_order_in_which_they_were_made_each_once(
    aws: AwsClients, name: str, fresh: str
) -> None:
    for number in range(10):
        aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"N": str(number)}})
    records = _changes(aws, name, fresh, 10)
    assert [record["dynamodb"]["NewImage"]["v"]["N"] for record in records] == [str(number) for number in range(10)]
    assert len({record["eventID"] for record in records}) == 10


@scenario("dynamodb.stream.sequence-numbers", feature="stream order", aws="dynamodb-guide:Streams")
def test_sequence_numbers_of_a_keys_changes_grow(aws: AwsClients, name: str, fresh: str) -> None:
    for number in range(3):
        aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"N": str(number)}})
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in _changes(aws, name, fresh, 3)]
    assert numbers == sorted(set(numbers))


@scenario("dynamodb.stream.no-change", feature="change records", aws="dynamodb-guide:Streams")
def test_a_write_that_changes_nothing_makes_no_record(aws: AwsClients, dynamodb: Any, name: str, fresh: str) -> None:
    for item in (item_key(fresh), item_key(fresh), item_key(fresh, "end")):
        dynamodb.put_item(TableName=name, Item=item)
    records = _changes(aws, name, fresh, 2)
    assert [record["dynamodb"]["Keys"]["sk"]["S"] for record in records] == ["s", "end"]


@scenario("dynamodb.stream.transaction", feature="change records", aws="dynamodb-guide:Streams")
def test_a_transaction_and_a_batch_make_a_record_for_each_item(
    aws: AwsClients, dynamodb: Any, name: str, fresh: str
) -> None:
    puts = [{"Put": {"TableName": name, "Item": item_key(fresh, sort)}} for sort in ("a", "b")]
    dynamodb.transact_write_items(TransactItems=puts)
    requests = [{"PutRequest": {"Item": item_key(fresh, sort)}} for sort in ("c", "d")]
    write_batch(aws, name, *requests)
    records = _changes(aws, name, fresh, 4)
    assert sorted(record["dynamodb"]["Keys"]["sk"]["S"] for record in records) == ["a", "b", "c", "d"]


@scenario("dynamodb.stream.refused-write", feature="change records", aws="dynamodb-guide:Streams")
def test_a_refused_write_makes_no_record(aws: AwsClients, dynamodb: Any, name: str, fresh: str) -> None:
    dynamodb.put_item(TableName=name, Item=item_key(fresh))
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName=name, Item=item_key(fresh) | {"v": {"N": "1"}}, ConditionExpression="attribute_not_exists(pk)"
        )
    dynamodb.put_item(TableName=name, Item=item_key(fresh, "end"))
    records = _changes(aws, name, fresh, 2)
    assert [record["dynamodb"]["Keys"]["sk"]["S"] for record in records] == ["s", "end"]


@scenario("dynamodb.stream.views", feature="stream view types", aws="dynamodb:StreamSpecification")
@pytest.mark.parametrize(
    ("view", "images"),
    [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"})],
)
def test_a_record_has_the_images_that_its_stream_asks_for(
    aws: AwsClients, cleanup: Cleanup, fresh: str, view: str, images: set[str]
) -> None:
    name = a_table(aws, new_name(), cleanup, StreamSpecification=_specification(view))
    for value in ("1", "2"):
        aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"N": value}})
    change = _changes(aws, name, fresh, 2)[1]["dynamodb"]
    assert change.keys() & {"NewImage", "OldImage"} == images
