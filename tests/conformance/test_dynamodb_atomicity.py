"""Transactions and batches at their largest, and why each action of a cancelled transaction failed."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused
from tests.conformance.tables import KEY, TABLE, call, items_of, refuse, row

pytestmark = scenario(service="dynamodb", lane="data plane", feature="limits", aws="dynamodb-guide:transaction-apis")
CANCELLED = "TransactionCanceledException"


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


def sorts(count: int) -> list[dict[str, Any]]:
    return [KEY | {"sk": {"S": f"{number:03}"}} for number in range(count)]


def puts(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Put": {"TableName": TABLE, "Item": key | more}} for key in sorts(count)]


def gets(count: int) -> list[dict[str, Any]]:
    return [{"Get": {"TableName": TABLE, "Key": key}} for key in sorts(count)]


@scenario("dynamodb.transaction.hundred")
def test_a_hundred_items_are_written_and_read_in_one_transaction(aws: AwsClients, name: str, fresh: str) -> None:
    call(aws, "TransactWriteItems", name, fresh, TransactItems=puts(100))
    answers = call(aws, "TransactGetItems", name, fresh, TransactItems=gets(100))["Responses"]
    assert [answer["Item"]["sk"]["S"] for answer in answers] == [f"{number:03}" for number in range(100)]


@scenario("dynamodb.transaction.below-four-megabytes")
def test_a_transaction_below_four_megabytes_is_taken(aws: AwsClients, name: str, fresh: str) -> None:
    call(aws, "TransactWriteItems", name, fresh, TransactItems=puts(10, v={"S": "x" * 350_000}))
    assert len(items_of(aws, name, fresh, ProjectionExpression="sk")) > 0


@scenario("dynamodb.transaction.over")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("four-megabytes", "TransactWriteItems", TransactItems=puts(12, v={"S": "x" * 350_000})),
        row("hundred-reads", "TransactGetItems", TransactItems=gets(101)),
        row("hundred-reads-of-batch", "BatchGetItem", RequestItems={TABLE: {"Keys": sorts(101)}}),
    ],
)
def test_a_request_over_its_limit_is_refused_whole(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, name, fresh, asked)


@scenario("dynamodb.batch.hundred", feature="batches", aws="dynamodb:BatchGetItem")
def test_a_hundred_items_are_read_in_one_batch(aws: AwsClients, name: str, fresh: str) -> None:
    for start in range(0, 100, 25):
        some = [{"PutRequest": {"Item": key}} for key in sorts(100)[start : start + 25]]
        call(aws, "BatchWriteItem", name, fresh, RequestItems={TABLE: some})
    answer = call(aws, "BatchGetItem", name, fresh, RequestItems={TABLE: {"Keys": sorts(100), "ConsistentRead": True}})
    assert (len(answer["Responses"][name]), answer["UnprocessedKeys"]) == (100, {})


NEW = {"ConditionExpression": "attribute_not_exists(pk)"}
SAME = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"S": "other"}}}
FAILING = {
    "put": {"Put": {"TableName": TABLE, "Item": KEY, **NEW}},
    "delete": {"Delete": {"TableName": TABLE, "Key": KEY, **SAME}},
    "check": {"ConditionCheck": {"TableName": TABLE, "Key": KEY, **SAME}},
    "update": {"Update": {"TableName": TABLE, "Key": KEY, "UpdateExpression": "SET w = :v", **SAME}},
}


@scenario("dynamodb.transaction.reasons", feature="transactions", aws="dynamodb:CancellationReason")
@pytest.mark.parametrize("action", FAILING)
def test_each_action_that_fails_is_told_with_its_item_when_asked(
    aws: AwsClients, name: str, fresh: str, action: str
) -> None:
    there = KEY | {"v": {"S": "there"}}
    call(aws, "PutItem", name, fresh, Item=there)
    [(kind, asked)] = FAILING[action].items()
    failing = {kind: asked | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
    other = {"Put": {"TableName": TABLE, "Item": KEY | {"sk": {"S": "new"}}}}
    with refused(CANCELLED, status=400) as refusal:
        call(aws, "TransactWriteItems", name, fresh, TransactItems=[other, failing])
    reasons = refusal.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1].get("Item") == (left := {"pk": {"S": fresh}, "sk": {"S": "s"}, "v": {"S": "there"}})
    assert items_of(aws, name, fresh) == [left]


@scenario("dynamodb.transaction.two-reasons", feature="transactions", aws="dynamodb:CancellationReason")
def test_two_actions_that_fail_are_both_told(aws: AwsClients, name: str, fresh: str) -> None:
    for key in sorts(2):
        call(aws, "PutItem", name, fresh, Item=key)
    guarded = [{"Put": action["Put"] | NEW} for action in puts(2)]
    with refused(CANCELLED, status=400) as refusal:
        call(aws, "TransactWriteItems", name, fresh, TransactItems=guarded)
    assert [reason["Code"] for reason in refusal.response["CancellationReasons"]] == ["ConditionalCheckFailed"] * 2


@scenario("dynamodb.update.old-item", feature="conditional writes", aws="dynamodb:UpdateItem")
def test_a_refused_update_gives_the_item_that_was_there_when_asked(aws: AwsClients, name: str, fresh: str) -> None:
    call(aws, "PutItem", name, fresh, Item=KEY | {"v": {"S": "there"}})
    update = FAILING["update"]["Update"] | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with refused("ConditionalCheckFailedException", status=400) as refusal:
        call(aws, "UpdateItem", name, fresh, **update)
    assert refusal.response.get("Item") == {"pk": {"S": fresh}, "sk": {"S": "s"}, "v": {"S": "there"}}
