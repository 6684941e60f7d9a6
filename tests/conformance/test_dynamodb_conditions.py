"""Conditional writes, the guard of every projection: each operator that is used, and what a refused write says."""

import re
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.items import item_key, stored_item
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused

FAILED = "ConditionalCheckFailedException"
pytestmark = scenario(
    service="dynamodb",
    lane="data plane",
    feature="conditional writes",
    aws="dynamodb-guide:Expressions.ConditionExpressions",
)


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


@scenario("dynamodb.condition.put-new")
def test_an_item_is_put_only_where_there_is_none(aws: AwsClients, name: str, fresh: str) -> None:
    dynamodb, asked = aws.client("dynamodb"), {"TableName": name, "ConditionExpression": "attribute_not_exists(pk)"}
    dynamodb.put_item(Item=item_key(fresh) | {"v": {"N": "1"}}, **asked)
    with refused(FAILED, status=400) as refusal:
        dynamodb.put_item(Item=item_key(fresh) | {"v": {"N": "2"}}, **asked)
    assert refusal.message == "The conditional request failed"
    assert stored_item(aws, name, fresh)["v"] == {"N": "1"}


@scenario("dynamodb.condition.operators", aws="dynamodb-guide:Expressions.OperatorsAndFunctions")
@pytest.mark.parametrize(
    ("true", "false"),
    [
        pytest.param("version = :two", "version = :three", id="equal"),
        pytest.param("version <> :three", "version <> :two", id="not-equal"),
        pytest.param("version < :three", "version < :two", id="less"),
        pytest.param("version <= :two", "version <= :one", id="at-most"),
        pytest.param("version > :one", "version > :two", id="greater"),
        pytest.param("version >= :two", "version >= :three", id="at-least"),
        pytest.param("version BETWEEN :one AND :two", "version BETWEEN :three AND :three", id="between"),
        pytest.param("version IN (:one, :two)", "version IN (:one, :three)", id="in"),
        pytest.param("attribute_exists(version)", "attribute_exists(absent)", id="exists"),
        pytest.param("attribute_not_exists(absent)", "attribute_not_exists(version)", id="not-exists"),
        pytest.param("attribute_type(version, :number)", "attribute_type(version, :text)", id="type"),
        pytest.param("begins_with(phase, :fi)", "begins_with(phase, :nal)", id="begins-with"),
        pytest.param("contains(marks, :fi)", "contains(marks, :nal)", id="contains"),
        pytest.param("size(phase) = :five", "size(phase) = :two", id="size"),
        pytest.param(
            "version > :one AND begins_with(phase, :fi)", "version > :one AND begins_with(phase, :nal)", id="and"
        ),
        pytest.param(
            "version > :two OR begins_with(phase, :fi)", "version > :two OR begins_with(phase, :nal)", id="or"
        ),
        pytest.param("NOT version > :two", "NOT version > :one", id="not"),
        pytest.param("attribute_not_exists(absent) OR absent < :one", "absent < :one", id="missing-or"),
    ],
)
def test_a_write_happens_where_its_condition_holds_and_only_there(
    aws: AwsClients, dynamodb: Any, name: str, fresh: str, true: str, false: str
) -> None:
    item = item_key(fresh) | {"version": {"N": "2"}, "phase": {"S": "final"}, "marks": {"SS": ["fi", "x"]}}
    dynamodb.put_item(TableName=name, Item=item)
    known = {":one": {"N": "1"}, ":two": {"N": "2"}, ":three": {"N": "3"}, ":five": {"N": "5"}}
    known |= {":fi": {"S": "fi"}, ":nal": {"S": "nal"}, ":number": {"S": "N"}, ":text": {"S": "S"}}

    def write(condition: str, value: str) -> None:
        used = {name: known[name] for name in re.findall(r":\w+", condition)}
        dynamodb.update_item(
            TableName=name,
            Key=item_key(fresh),
            UpdateExpression="SET written = :value",
            ConditionExpression=condition,
            ExpressionAttributeValues=used | {":value": {"S": value}},
        )

    with refused(FAILED):
        write(false, "refused")
    assert stored_item(aws, name, fresh) == item
    write(true, "taken")
    assert stored_item(aws, name, fresh) == item | {"written": {"S": "taken"}}


@scenario("dynamodb.condition.newer-version")
def test_an_older_version_never_overwrites_a_newer_one(aws: AwsClients, name: str, fresh: str) -> None:
    def put(version: int) -> None:
        aws.client("dynamodb").put_item(
            TableName=name,
            Item=item_key(fresh) | {"version": {"N": str(version)}},
            ConditionExpression="attribute_not_exists(pk) OR #version < :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": {"N": str(version)}},
        )

    put(9)
    for older in (9, 8):
        with refused(FAILED):
            put(older)
    put(10)
    assert stored_item(aws, name, fresh)["version"] == {"N": "10"}


@scenario("dynamodb.condition.delete", aws="dynamodb:DeleteItem")
def test_an_item_is_deleted_only_where_the_condition_holds(
    aws: AwsClients, dynamodb: Any, name: str, fresh: str
) -> None:
    dynamodb.put_item(TableName=name, Item=item_key(fresh) | {"v": {"N": "1"}})

    def delete(version: str) -> None:
        dynamodb.delete_item(
            TableName=name,
            Key=item_key(fresh),
            ConditionExpression="v = :v",
            ExpressionAttributeValues={":v": {"N": version}},
        )

    with refused(FAILED):
        delete("2")
    assert stored_item(aws, name, fresh)["v"] == {"N": "1"}
    delete("1")
    assert stored_item(aws, name, fresh) == {}


@scenario("dynamodb.condition.old-item", aws="dynamodb:PutItem")
def test_a_refused_write_gives_the_item_that_was_there_when_asked(aws: AwsClients, name: str, fresh: str) -> None:
    dynamodb, item = aws.client("dynamodb"), item_key(fresh) | {"v": {"N": "1"}}
    dynamodb.put_item(TableName=name, Item=item)
    with refused(FAILED) as refusal:
        dynamodb.put_item(
            TableName=name,
            Item=item_key(fresh),
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refusal.response["Item"] == item


@scenario("dynamodb.condition.update-missing", aws="dynamodb:UpdateItem")
def test_an_update_that_asks_for_the_item_makes_none(aws: AwsClients, name: str, fresh: str) -> None:
    with refused(FAILED):
        aws.client("dynamodb").update_item(
            TableName=name,
            Key=item_key(fresh),
            UpdateExpression="SET v = :v",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":v": {"N": "1"}},
        )
    assert stored_item(aws, name, fresh) == {}


@scenario("dynamodb.condition.wrong-expression", feature="error codes")
@pytest.mark.parametrize(
    ("condition", "values"),
    [
        pytest.param("v === :v", {":v": {"N": "1"}}, id="syntax"),
        pytest.param("v = :missing", {":v": {"N": "1"}}, id="undefined-value"),
        pytest.param("attribute_not_exists(pk)", {":unused": {"N": "1"}}, id="unused-value"),
        pytest.param("#undefined = :v", {":v": {"N": "1"}}, id="undefined-name"),
    ],
)
def test_an_expression_that_is_wrong_is_refused_and_nothing_written(
    aws: AwsClients, name: str, fresh: str, condition: str, values: dict[str, Any]
) -> None:
    with refused("ValidationException", status=400):
        aws.client("dynamodb").put_item(
            TableName=name, Item=item_key(fresh), ConditionExpression=condition, ExpressionAttributeValues=values
        )
    assert stored_item(aws, name, fresh) == {}
