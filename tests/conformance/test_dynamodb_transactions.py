"""Transactions: all or nothing, why not, and the same request twice; batches, which are not that."""

import uuid
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.items import item_key, write_batch
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused

CANCELLED = "TransactionCanceledException"
pytestmark = scenario(service="dynamodb", lane="data plane", feature="transactions", aws="dynamodb:TransactWriteItems")


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


def _item(fresh: str, sort: str, value: str = "1") -> dict[str, Any]:
    return item_key(fresh, sort) | {"v": {"N": value}}


def _put(name: str, item: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"Put": {"TableName": name, "Item": item, **options}}


def _all(aws: AwsClients, name: str, fresh: str) -> list[dict[str, Any]]:
    answer = aws.client("dynamodb").query(
        TableName=name,
        ConsistentRead=True,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": fresh}},
    )
    return list(answer["Items"])


@scenario("dynamodb.transaction.all")
def test_a_transaction_puts_updates_deletes_and_checks_together(
    aws: AwsClients, dynamodb: Any, name: str, fresh: str
) -> None:
    for sort in ("delete", "update", "check"):
        dynamodb.put_item(TableName=name, Item=_item(fresh, sort))
    update = {"UpdateExpression": "ADD v :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    check = {"ConditionExpression": "v = :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    dynamodb.transact_write_items(
        TransactItems=[
            _put(name, _item(fresh, "put")),
            {"Update": {"TableName": name, "Key": item_key(fresh, "update"), **update}},
            {"Delete": {"TableName": name, "Key": item_key(fresh, "delete")}},
            {"ConditionCheck": {"TableName": name, "Key": item_key(fresh, "check"), **check}},
        ]
    )
    assert _all(aws, name, fresh) == [_item(fresh, "check"), _item(fresh, "put"), _item(fresh, "update", "2")]


@scenario("dynamodb.transaction.nothing")
def test_one_failed_condition_leaves_everything_as_it_was_and_says_which(
    aws: AwsClients, name: str, fresh: str
) -> None:
    dynamodb, there = aws.client("dynamodb"), _item(fresh, "there")
    dynamodb.put_item(TableName=name, Item=there)
    guard = {"ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with refused(CANCELLED, status=400) as refusal:
        dynamodb.transact_write_items(
            TransactItems=[_put(name, _item(fresh, "new")), _put(name, _item(fresh, "there", "2"), **guard)]
        )
    reasons = refusal.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"] == there
    assert "[None, ConditionalCheckFailed]" in refusal.message
    assert _all(aws, name, fresh) == [there]


@scenario("dynamodb.transaction.idempotent", feature="idempotent tokens")
def test_a_request_sent_twice_with_one_token_counts_once(aws: AwsClients, name: str, fresh: str) -> None:
    update = {"UpdateExpression": "ADD v :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    items = [{"Update": {"TableName": name, "Key": item_key(fresh, "counter"), **update}}]
    token = str(uuid.uuid4())
    for _ in range(2):
        aws.client("dynamodb").transact_write_items(TransactItems=items, ClientRequestToken=token)
    assert _all(aws, name, fresh) == [_item(fresh, "counter", "1")]


@scenario("dynamodb.transaction.token-of-another", feature="idempotent tokens")
def test_a_token_used_for_another_request_is_refused(aws: AwsClients, name: str, fresh: str) -> None:
    dynamodb, token = aws.client("dynamodb"), str(uuid.uuid4())
    dynamodb.transact_write_items(TransactItems=[_put(name, _item(fresh, "a"))], ClientRequestToken=token)
    with refused("IdempotentParameterMismatchException", status=400):
        dynamodb.transact_write_items(TransactItems=[_put(name, _item(fresh, "b"))], ClientRequestToken=token)
    assert _all(aws, name, fresh) == [_item(fresh, "a")]


@scenario("dynamodb.transaction.limits", feature="limits")
@pytest.mark.parametrize("sorts", [pytest.param(["a", "a"], id="one-item-twice"), pytest.param(range(101), id="101")])
def test_a_transaction_that_is_none_is_refused(aws: AwsClients, name: str, fresh: str, sorts: Any) -> None:
    with refused("ValidationException", status=400):
        aws.client("dynamodb").transact_write_items(
            TransactItems=[_put(name, _item(fresh, str(sort))) for sort in sorts]
        )
    assert _all(aws, name, fresh) == []


@scenario("dynamodb.transaction.get", aws="dynamodb:TransactGetItems")
def test_items_are_read_together_in_the_order_asked_for(dynamodb: Any, name: str, fresh: str) -> None:
    for sort in ("a", "b"):
        dynamodb.put_item(TableName=name, Item=_item(fresh, sort))
    asked = [{"Get": {"TableName": name, "Key": item_key(fresh, sort)}} for sort in ("b", "missing", "a")]
    answers = dynamodb.transact_get_items(TransactItems=asked)["Responses"]
    assert [answer.get("Item") for answer in answers] == [_item(fresh, "b"), None, _item(fresh, "a")]


@scenario("dynamodb.batch.write", feature="batches", aws="dynamodb:BatchWriteItem")
def test_a_batch_writes_and_deletes_and_says_what_was_left(
    aws: AwsClients, dynamodb: Any, name: str, fresh: str
) -> None:
    dynamodb.put_item(TableName=name, Item=_item(fresh, "old"))
    requests = [{"PutRequest": {"Item": _item(fresh, f"{number:02}")}} for number in range(24)]
    write_batch(aws, name, *requests, {"DeleteRequest": {"Key": item_key(fresh, "old")}})
    assert _all(aws, name, fresh) == [_item(fresh, f"{number:02}") for number in range(24)]


@scenario("dynamodb.batch.get", feature="batches", aws="dynamodb:BatchGetItem")
def test_a_batch_reads_what_is_there_and_says_what_was_left(dynamodb: Any, name: str, fresh: str) -> None:
    for sort in ("a", "b"):
        dynamodb.put_item(TableName=name, Item=_item(fresh, sort))
    keys = [item_key(fresh, sort) for sort in ("a", "b", "missing")]
    asked = {name: {"Keys": keys, "ConsistentRead": True, "ProjectionExpression": "sk, v"}}
    left, items = [asked], []

    def read() -> Any:
        answer = dynamodb.batch_get_item(RequestItems=left[-1])
        items.extend(answer["Responses"].get(name, []))
        left.append(answer["UnprocessedKeys"])
        return left[-1]

    wait_for("no key of the batch is left", read, {}.__eq__)
    found = sorted((item["sk"]["S"], item["v"]["N"], len(item)) for item in items)
    assert found == [("a", "1", 2), ("b", "1", 2)]


@scenario("dynamodb.batch.limits", feature="limits", aws="dynamodb:BatchWriteItem")
@pytest.mark.parametrize("sorts", [pytest.param(range(26), id="26"), pytest.param(["a", "a"], id="one-item-twice")])
def test_a_batch_that_is_none_is_refused_whole(aws: AwsClients, name: str, fresh: str, sorts: Any) -> None:
    requests = [{"PutRequest": {"Item": _item(fresh, str(sort))}} for sort in sorts]
    with refused("ValidationException", status=400):
        aws.client("dynamodb").batch_write_item(RequestItems={name: requests})
    assert _all(aws, name, fresh) == []
