"""Keys of items and of indexes: whole, of the right type, not empty, not too long, never changed, and none twice in one request."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.tables import FRESH, INDEXED, KEY, TABLE, call, indexed_table, items_of, keys, refuse, row

pytestmark = scenario(service="dynamodb", lane="data plane", feature="error codes")
PARTITION = {"pk": {"S": FRESH}}
EMPTY_SORT = PARTITION | {"sk": {"S": ""}}
SET = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "x"}}}
CANCELLED = "TransactionCanceledException"


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return indexed_table(aws, module_cleanup)


@pytest.fixture(scope="module")
def unsorted(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """The name of a table without sort key."""
    return a_table(aws, new_name(), module_cleanup, **keys())


def writing(action: str, **asked: Any) -> dict[str, Any]:
    return {"TransactItems": [{action: {"TableName": TABLE, **asked}}]}


@scenario("dynamodb.key.incomplete")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("get", "GetItem", Key=PARTITION),
        row("delete", "DeleteItem", Key=PARTITION),
        row("update", "UpdateItem", Key=PARTITION, **SET),
        row("put-without-partition", "PutItem", Item={"sk": {"S": FRESH}}),
        row("batch-put", "BatchWriteItem", RequestItems={TABLE: [{"PutRequest": {"Item": PARTITION}}]}),
        row("batch-delete", "BatchWriteItem", RequestItems={TABLE: [{"DeleteRequest": {"Key": PARTITION}}]}),
        row("batch-get", "BatchGetItem", RequestItems={TABLE: {"Keys": [PARTITION]}}),
    ],
)
def test_a_request_without_the_whole_key_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.key.incomplete-in-transaction", feature="transactions", aws="dynamodb:CancellationReason")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        pytest.param("TransactWriteItems", writing("Put", Item=PARTITION), id="put"),
        pytest.param("TransactWriteItems", writing("Update", Key=PARTITION, **SET), id="update"),
        pytest.param("TransactWriteItems", writing("Delete", Key=PARTITION), id="delete"),
        pytest.param(
            "TransactWriteItems",
            writing("ConditionCheck", Key=PARTITION, ConditionExpression="attribute_not_exists(pk)"),
            id="check",
        ),
        pytest.param("TransactGetItems", writing("Get", Key=PARTITION), id="get"),
    ],
)
def test_an_action_without_the_whole_key_cancels_its_transaction(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked, CANCELLED, "ValidationException")


@scenario("dynamodb.key.reason-in-transaction", feature="transactions", aws="dynamodb:TransactGetItems")
def test_a_cancelled_read_says_that_the_key_was_wrong(aws: AwsClients, name: str, fresh: str) -> None:
    refuse(aws, "TransactGetItems", name, fresh, writing("Get", Key={}), CANCELLED)


@scenario("dynamodb.key.foreign")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("get", "GetItem", Key=KEY),
        row("delete", "DeleteItem", Key=KEY),
        row("update", "UpdateItem", Key=KEY, **SET),
    ],
)
def test_a_sort_key_is_refused_where_the_table_has_none(
    aws: AwsClients, unsorted: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, unsorted, fresh, asked)


@scenario("dynamodb.key.empty")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("put-sort-key", "PutItem", Item=EMPTY_SORT),
        row("transaction", "TransactWriteItems", **writing("Update", Key=EMPTY_SORT, **SET)),
    ],
)
def test_a_key_that_is_an_empty_text_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.key.length", feature="limits", aws="dynamodb-guide:Constraints")
def test_a_partition_key_of_2048_bytes_is_taken_and_one_more_refused(
    aws: AwsClients, unsorted: str, fresh: str
) -> None:
    longest = fresh + "x" * (2048 - len(fresh))
    call(aws, "UpdateItem", unsorted, Key={"pk": {"S": longest}}, **SET)
    assert items_of(aws, unsorted, longest) == [{"pk": {"S": longest}, "v": {"S": "x"}}]
    refuse(aws, "UpdateItem", unsorted, f"{longest}x", {"Key": PARTITION, **SET})


@scenario("dynamodb.key.changed", feature="update expressions")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("partition-key", "UpdateItem", Key=KEY, **SET | {"UpdateExpression": "SET pk = :v"}),
        row("legacy", "UpdateItem", Key=KEY, AttributeUpdates={"pk": {"Action": "PUT", "Value": {"S": "x"}}}),
        row(
            "transaction",
            "TransactWriteItems",
            **writing("Update", Key=KEY, **SET | {"UpdateExpression": "SET sk = :v"}),
        ),
    ],
)
def test_an_update_of_a_key_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked, "ValidationException", CANCELLED)


@scenario("dynamodb.key.of-index", feature="secondary indexes", aws="dynamodb-guide:GSI.OnlineOps.ViolationDetection")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        pytest.param("PutItem", {"Item": KEY | {INDEXED: {"N": "1"}}}, id="wrong-type"),
        pytest.param("PutItem", {"Item": KEY | {INDEXED: {"S": ""}}}, id="empty"),
        pytest.param("UpdateItem", {"Key": KEY, **SET, "UpdateExpression": f"SET {INDEXED} = :v", "ExpressionAttributeValues": {":v": {"N": "1"}}}, id="update"),
    ],
)  # fmt: skip
def test_a_value_that_an_index_cannot_have_as_key_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.key.twice", feature="batches")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row(
            "batch-put-and-delete",
            "BatchWriteItem",
            RequestItems={TABLE: [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]},
        ),
        row(
            "batch-other-item",
            "BatchWriteItem",
            RequestItems={TABLE: [{"PutRequest": {"Item": KEY | {"v": {"S": v}}}} for v in "ab"]},
        ),
        row("batch-get", "BatchGetItem", RequestItems={TABLE: {"Keys": [KEY, KEY]}}),
        row("transaction-get", "TransactGetItems", TransactItems=writing("Get", Key=KEY)["TransactItems"] * 2),
        row(
            "transaction-put-and-delete",
            "TransactWriteItems",
            TransactItems=[
                *writing("Put", Item=KEY)["TransactItems"],
                *writing("Delete", Key=dict(reversed(KEY.items())))["TransactItems"],
            ],
        ),
        row(
            "transaction-update",
            "TransactWriteItems",
            TransactItems=writing("Update", Key=KEY, **SET)["TransactItems"] * 2,
        ),
    ],
)
def test_a_key_named_twice_in_one_request_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)
