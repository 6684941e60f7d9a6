"""Requests that DynamoDB refuses before it looks at any item: names, enumerations, bounds, and expressions that do not fit each other."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, new_name
from tests.conformance.refusing import refused
from tests.conformance.tables import FRESH, KEY, TABLE, call, indexed_table, refuse, row

pytestmark = scenario(service="dynamodb", lane="data plane", feature="error codes")
VALUE = {":v": {"S": "x"}}
PARTITION = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": FRESH}}}
SET = {"Key": KEY, "UpdateExpression": "SET v = :v", "ExpressionAttributeValues": VALUE}
EQUAL = {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": FRESH}]}
UNUSED = {"ExpressionAttributeNames": {"#unused": "v"}}
SAID = {"ExpressionAttributeNames": {"#v": "v"}}


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return indexed_table(aws, module_cleanup)


@scenario("dynamodb.request.table-name")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("put-none", "PutItem", TableName=None, Item=KEY),
        row("put-empty", "PutItem", TableName="", Item=KEY),
        row("put-256-characters", "PutItem", TableName="a" * 256, Item=KEY),
        row("put-other-characters", "PutItem", TableName="no name!", Item=KEY),
        row("update-empty", "UpdateItem", TableName="", Key=KEY),
        row("update-other-characters", "UpdateItem", TableName="no name!", Key=KEY),
        row("delete-empty", "DeleteItem", TableName="", Key=KEY),
        row("delete-other-characters", "DeleteItem", TableName="no name!", Key=KEY),
        row("query-other-characters", "Query", TableName="no name!", **PARTITION),
    ],
)
def test_a_name_that_no_table_can_have_is_refused_as_such(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.unknown-word")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("return-values", "PutItem", Item=KEY, ReturnValues="SOME"),
        row("select", "Query", Select="SOME", **PARTITION),
        row("select-lower-case", "Scan", Select="count"),
        row("capacity", "Query", ReturnConsumedCapacity="SOME", **PARTITION),
    ],
)
def test_a_word_that_a_parameter_does_not_know_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.before-table")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("put", "PutItem", Item=KEY, ReturnValues="SOME", ReturnItemCollectionMetrics="SOME"),
        row("update", "UpdateItem", ReturnValues="SOME", ReturnConsumedCapacity="SOME", **SET),
        row("delete", "DeleteItem", Key=KEY, ReturnValues="SOME", ReturnConsumedCapacity="SOME"),
    ],
)
def test_a_wrong_request_is_refused_before_its_table_is_looked_for(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked | {"TableName": new_name()})


@scenario("dynamodb.request.empty", feature="limits")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("batch-get", "BatchGetItem", RequestItems={}),
        row("batch-write", "BatchWriteItem", RequestItems={}),
        row("transaction-get", "TransactGetItems", TransactItems=[]),
        row("transaction-write", "TransactWriteItems", TransactItems=[]),
        row("update-expression", "UpdateItem", Key=KEY, UpdateExpression=""),
        row("key-condition", "Query", **PARTITION | {"KeyConditionExpression": ""}),
        row("filter", "Query", FilterExpression="", **PARTITION),
        row("projection", "Query", ProjectionExpression="", **PARTITION),
        row("values", "UpdateItem", **SET | {"ExpressionAttributeValues": {}}),
        row("no-condition", "Query"),
        row("limit-of-query", "Query", Limit=0, **PARTITION),
        row("limit-of-scan", "Scan", Limit=0),
    ],
)
def test_a_request_for_nothing_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.unused")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("values-of-no-expression", "PutItem", Item=KEY, ExpressionAttributeValues=VALUE),
        row("names-of-no-expression", "GetItem", Key=KEY, **UNUSED),
        row("update-value", "UpdateItem", **SET | {"ExpressionAttributeValues": VALUE | {":w": {"S": "y"}}}),
        row("update-name", "UpdateItem", **SET, **UNUSED),
        row("get-name", "GetItem", Key=KEY, ProjectionExpression="w", **UNUSED),
        row("query-name", "Query", **PARTITION, **UNUSED),
        row("scan-name", "Scan", ProjectionExpression="w", **UNUSED),
        row("delete-name", "DeleteItem", Key=KEY, ConditionExpression="attribute_not_exists(w)", **UNUSED),
        row("batch-name", "BatchGetItem", RequestItems={TABLE: {"Keys": [KEY], "ProjectionExpression": "w", **UNUSED}}),
    ],
)
def test_a_name_or_value_that_no_expression_uses_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.undefined")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("filter-name", "Query", FilterExpression="attribute_exists(#undefined)", **PARTITION),
        row("update-value", "UpdateItem", **SET | {"ExpressionAttributeValues": None}),
        row("value-without-colon", "Scan", FilterExpression="v = w", ExpressionAttributeValues={"w": {"S": "x"}}),
    ],
)
def test_a_name_or_value_that_is_not_defined_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.expression-beside-parameter", feature="legacy parameters")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row(
            "put",
            "PutItem",
            Item=KEY,
            Expected={"pk": {"Exists": False}},
            ConditionExpression="attribute_not_exists(pk)",
        ),
        row("update", "UpdateItem", AttributeUpdates={"w": {"Action": "PUT", "Value": {"S": "y"}}}, **SET),
        row("get", "GetItem", Key=KEY, AttributesToGet=["v"], ProjectionExpression="#v", **SAID),
        row("query", "Query", KeyConditions={"pk": EQUAL}, **PARTITION),
        row(
            "scan",
            "Scan",
            ScanFilter={"v": EQUAL},
            FilterExpression="v = :v",
            ExpressionAttributeValues=VALUE,
        ),
    ],
)
def test_an_expression_beside_the_parameter_that_it_replaces_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.reserved-word")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("condition", "PutItem", Item=KEY, ConditionExpression="attribute_not_exists(status)"),
        row("update", "UpdateItem", **SET | {"UpdateExpression": "SET status = :v"}),
        row("filter", "Scan", FilterExpression="status = :v", ExpressionAttributeValues=VALUE),
        row("projection", "GetItem", Key=KEY, ProjectionExpression="status"),
    ],
)
def test_a_reserved_word_is_refused_where_an_attribute_is_named(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.projection")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("syntax", "GetItem", Key=KEY, ProjectionExpression="!v"),
        row(
            "syntax-in-transaction",
            "TransactGetItems",
            TransactItems=[{"Get": {"TableName": TABLE, "Key": KEY, "ProjectionExpression": "!v"}}],
        ),
        row("get-path-twice", "GetItem", Key=KEY, ProjectionExpression="v, v"),
        row("query-path-twice", "Query", ProjectionExpression="v, w, v", **PARTITION),
        row("scan-path-twice", "Scan", ProjectionExpression="v, v"),
        row("select-without-one", "Query", Select="SPECIFIC_ATTRIBUTES", **PARTITION),
        row("more-than-index-has", "Scan", IndexName="by_global", Select="ALL_ATTRIBUTES"),
        row("beside-select", "Scan", Select="COUNT", AttributesToGet=["v"]),
    ],
)
def test_a_projection_that_is_none_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.request.no-such-table")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("put", "PutItem", Item=KEY),
        row("update", "UpdateItem", **SET),
        row("delete", "DeleteItem", Key=KEY),
        row("query", "Query", **PARTITION),
        row("scan", "Scan"),
        row("batch-get", "BatchGetItem", RequestItems={TABLE: {"Keys": [KEY]}}),
        row("batch-write", "BatchWriteItem", RequestItems={TABLE: [{"PutRequest": {"Item": KEY}}]}),
        row("transaction-get", "TransactGetItems", TransactItems=[{"Get": {"TableName": TABLE, "Key": KEY}}]),
        row("transaction-write", "TransactWriteItems", TransactItems=[{"Put": {"TableName": TABLE, "Item": KEY}}]),
        row("throughput", "UpdateTable", ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}),
        row("expiry", "UpdateTimeToLive", TimeToLiveSpecification={"Enabled": True, "AttributeName": "v"}),
    ],
)
def test_a_table_that_is_not_there_is_said_to_be_missing(
    aws: AwsClients, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    with refused("ResourceNotFoundException", status=400):
        call(aws, operation, new_name(), fresh, **asked)
