"""What an answer says of its cost when asked: consumed capacity by table and index, and the size of an item collection."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup
from tests.conformance.tables import FRESH, INDEXED, KEY, TABLE, call, indexed_table, row

pytestmark = scenario(service="dynamodb", lane="data plane", feature="consumed capacity")
SET = {"UpdateExpression": "SET kept = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}
PARTITION = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": FRESH}}}
ITEM = KEY | {INDEXED: {"S": FRESH}}


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return indexed_table(aws, module_cleanup)


@scenario("dynamodb.capacity.total")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("put", "PutItem", Item=ITEM),
        row("get", "GetItem", Key=KEY, ConsistentRead=True),
        row("update", "UpdateItem", Key=KEY, **SET),
        row("delete", "DeleteItem", Key=KEY),
        row("query", "Query", **PARTITION),
        row("scan", "Scan"),
        row("batch", "BatchWriteItem", RequestItems={TABLE: [{"PutRequest": {"Item": ITEM}}]}),
    ],
)
def test_the_capacity_that_was_consumed_is_told_when_asked_for(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    told = call(aws, operation, name, fresh, ReturnConsumedCapacity="TOTAL", **asked)["ConsumedCapacity"]
    [capacity] = told if isinstance(told, list) else [told]
    assert capacity["TableName"] == name
    assert capacity["CapacityUnits"] > 0


@scenario("dynamodb.capacity.none", aws="dynamodb:PutItem")
def test_no_capacity_is_told_unless_asked_for(aws: AwsClients, name: str, fresh: str) -> None:
    assert "ConsumedCapacity" not in call(aws, "PutItem", name, fresh, Item=ITEM, ReturnConsumedCapacity="NONE")


@scenario("dynamodb.capacity.indexes", aws="dynamodb:Query")
def test_the_tables_share_of_the_capacity_is_told_when_asked_for(aws: AwsClients, name: str, fresh: str) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    told = call(aws, "Query", name, fresh, ReturnConsumedCapacity="INDEXES", **PARTITION)["ConsumedCapacity"]
    assert told["TableName"] == name
    assert told["Table"]["CapacityUnits"] == told["CapacityUnits"] > 0


@scenario("dynamodb.capacity.collection", feature="item collections")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("put", "PutItem", Item=ITEM),
        row("update", "UpdateItem", Key=KEY, **SET),
        row("delete", "DeleteItem", Key=KEY),
    ],
)
def test_the_size_of_an_item_collection_is_told_when_asked_for(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    told = call(aws, operation, name, fresh, ReturnItemCollectionMetrics="SIZE", **asked)["ItemCollectionMetrics"]
    assert told["ItemCollectionKey"] == {"pk": {"S": fresh}}
    lower, upper = told["SizeEstimateRangeGB"]
    assert lower <= upper
