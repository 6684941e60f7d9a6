"""Requests to DynamoDB as rows of a table, sent as they are: botocore checks none of their parameters."""

from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused

TABLE, FRESH = "<table>", "<fresh>"
"""In a row: the name of the scenario's table, and what no other scenario has."""
KEY = {"pk": {"S": FRESH}, "sk": {"S": "s"}}
INDEXED = "desk"
"""The attribute by which the indexes `by_global` and `by_local` find items; both project `kept` besides the keys."""
_UNCHECKED = Config(
    parameter_validation=False, retries={"total_max_attempts": 2, "mode": "standard"}, connect_timeout=5
)


def row(name: str, operation: str, *expected: Any, **asked: Any) -> Any:
    """Return a case of the id `name`: the operation, what is `expected`, and the parameters. Its page is that of the operation."""
    return pytest.param(operation, *expected, asked, id=name, marks=scenario(aws=f"dynamodb:{operation}"))


def filled(asked: Any, **said: str) -> Any:
    """Return `asked` with TABLE and FRESH replaced, in keys and values at any depth."""
    if isinstance(asked, dict):
        return {filled(key, **said): filled(value, **said) for key, value in asked.items()}
    if isinstance(asked, list):
        return [filled(value, **said) for value in asked]
    if isinstance(asked, str):
        return asked.replace(TABLE, said["table"]).replace(FRESH, said["fresh"])
    return asked


def call(aws: AwsClients, operation: str, table: str, fresh: str = "", **asked: Any) -> dict[str, Any]:
    """Return the answer to a row's request, which names `table` unless the operation takes several or the row names another."""
    client = aws.client("dynamodb", config=_UNCHECKED)
    takes_one = "TableName" in client.meta.service_model.operation_model(operation).input_shape.members
    wanted = ({"TableName": TABLE} if takes_one else {}) | asked
    known = {name: value for name, value in filled(wanted, table=table, fresh=fresh).items() if value is not None}
    return dict(getattr(client, xform_name(operation))(**known))


def refuse(aws: AwsClients, operation: str, table: str, fresh: str, asked: dict[str, Any], *codes: str) -> None:
    """Demand that a row's request is refused with one of `codes` (ValidationException), and that no item is there then."""
    with refused(*(codes or ("ValidationException",)), status=400):
        call(aws, operation, table, fresh, **asked)
    assert items_of(aws, table, fresh) == []


def items_of(aws: AwsClients, table: str, fresh: str, **more: Any) -> list[dict[str, Any]]:
    """Return the items of the partition `fresh`."""
    known = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": fresh}}}
    return list(call(aws, "Query", table, fresh, **known | {"ConsistentRead": True} | more)["Items"])


def keys(sort: str | None = None, **others: str) -> dict[str, Any]:
    """Return CreateTable's keys: `pk`, a text, and `sk` of the type `sort` if there is one; `others`: further attributes' types."""
    types = {"pk": "S"} | ({"sk": sort} if sort else {})
    roles = zip(types, ("HASH", "RANGE"), strict=False)
    return {
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": kind} for n, kind in (types | others).items()],
        "KeySchema": [{"AttributeName": attribute, "KeyType": role} for attribute, role in roles],
    }


def indexed_table(aws: AwsClients, cleanup: Cleanup) -> str:
    """Return the name of a new table with keys `pk` and `sk` and the indexes `by_global` and `by_local`."""
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["kept"]}
    of_all, of_one = [{"AttributeName": INDEXED, "KeyType": "HASH"}], [{"AttributeName": INDEXED, "KeyType": "RANGE"}]
    global_index = {"IndexName": "by_global", "KeySchema": of_all, "Projection": projection}
    local_index = {"IndexName": "by_local", "KeySchema": keys()["KeySchema"] + of_one, "Projection": projection}
    indexes = {"GlobalSecondaryIndexes": [global_index], "LocalSecondaryIndexes": [local_index]}
    return a_table(aws, new_name(), cleanup, **keys("S", **{INDEXED: "S"}), **indexes)
