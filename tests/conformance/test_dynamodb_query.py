"""Queries: key conditions, order, pages, filters, projections, indexes, and reading what was just written."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.items import write_batch
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused

pytestmark = scenario(service="dynamodb", lane="data plane", feature="queries", aws="dynamodb:Query")
SORTS = ["A#1", "A#2", "A#3", "B#1", "B#2", "C"]


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    index = {
        "IndexName": "by_state",
        "KeySchema": [{"AttributeName": "state", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["v"]},
    }
    definitions = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "state")]
    return a_table(aws, new_name(), module_cleanup, AttributeDefinitions=definitions, GlobalSecondaryIndexes=[index])


@pytest.fixture
def pk(aws: AwsClients, name: str, fresh: str) -> str:
    """A partition of six items; v is the place of each, state the partition's name and the letter of the sort key."""
    items = [{"pk": fresh, "sk": sort, "state": f"{fresh}{sort[0]}", "other": "x"} for sort in SORTS]
    requests = [
        {"PutRequest": {"Item": {key: {"S": value} for key, value in item.items()} | {"v": {"N": str(place)}}}}
        for place, item in enumerate(items)
    ]
    write_batch(aws, name, *requests)
    return fresh


def _query(aws: AwsClients, name: str, pk: str, condition: str = "", **options: Any) -> dict[str, Any]:
    values = {":pk": {"S": pk}} | options.pop("values", {})
    expression = f"pk = :pk{' AND ' if condition else ''}{condition}"
    asked = {"KeyConditionExpression": expression, "ExpressionAttributeValues": values, "ConsistentRead": True}
    return dict(aws.client("dynamodb").query(TableName=name, **asked | options))


def _sorts(answer: dict[str, Any]) -> list[str]:
    return [item["sk"]["S"] for item in answer["Items"]]


@scenario("dynamodb.query.sort-conditions", aws="dynamodb-guide:Query.KeyConditionExpressions")
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param("sk = :a", ["A#2"], id="equal"),
        pytest.param("sk < :a", ["A#1"], id="less"),
        pytest.param("sk <= :a", ["A#1", "A#2"], id="at-most"),
        pytest.param("sk > :b", ["B#2", "C"], id="greater"),
        pytest.param("sk >= :b", ["B#1", "B#2", "C"], id="at-least"),
        pytest.param("sk BETWEEN :a AND :b", ["A#2", "A#3", "B#1"], id="between"),
        pytest.param("begins_with(sk, :prefix)", ["B#1", "B#2"], id="begins-with"),
    ],
)
def test_a_key_condition_finds_what_it_says_in_order(
    aws: AwsClients, name: str, pk: str, condition: str, expected: list[str]
) -> None:
    known = {":a": {"S": "A#2"}, ":b": {"S": "B#1"}, ":prefix": {"S": "B#"}}
    values = {value: known[value] for value in known if value in condition}
    answer = _query(aws, name, pk, condition, values=values)
    assert _sorts(answer) == expected
    assert (answer["Count"], answer["ScannedCount"]) == (len(expected), len(expected))


@scenario("dynamodb.query.reverse")
def test_a_query_runs_backwards_when_asked(aws: AwsClients, name: str, pk: str) -> None:
    assert _sorts(_query(aws, name, pk, ScanIndexForward=False)) == SORTS[::-1]


@scenario("dynamodb.query.reverse-limit")
def test_a_limit_counts_in_the_direction_of_the_query(aws: AwsClients, name: str, pk: str) -> None:
    assert _sorts(_query(aws, name, pk, ScanIndexForward=False, Limit=1)) == ["C"]


@scenario("dynamodb.query.pages", feature="pagination", aws="dynamodb-guide:Query.Pagination")
@pytest.mark.parametrize("forward", [True, False])
def test_pages_join_to_the_whole_without_gap_or_repetition(aws: AwsClients, name: str, pk: str, forward: bool) -> None:
    found, start = [], {}
    for _ in range(len(SORTS)):
        answer = _query(aws, name, pk, Limit=2, ScanIndexForward=forward, **start)
        assert answer["Count"] <= 2
        found += _sorts(answer)
        if "LastEvaluatedKey" not in answer:
            break
        assert answer["LastEvaluatedKey"] == {"pk": {"S": pk}, "sk": {"S": found[-1]}}
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert found == (SORTS if forward else SORTS[::-1])


@scenario("dynamodb.query.filter", aws="dynamodb-guide:Query.FilterExpression")
def test_a_filter_is_applied_after_the_limit(aws: AwsClients, name: str, pk: str) -> None:
    asked = {"FilterExpression": "v >= :two", "values": {":two": {"N": "2"}}}
    everything = _query(aws, name, pk, **asked)
    assert (_sorts(everything), everything["ScannedCount"]) == (SORTS[2:], len(SORTS))
    page = _query(aws, name, pk, Limit=3, **asked)
    assert (_sorts(page), page["ScannedCount"]) == (["A#3"], 3)
    assert "LastEvaluatedKey" in page


@scenario("dynamodb.query.projection", aws="dynamodb-guide:Expressions.ProjectionExpressions")
def test_a_projection_gives_only_what_is_asked_for_also_deep_inside(aws: AwsClients, name: str, fresh: str) -> None:
    document = {"M": {"list": {"L": [{"N": "0"}, {"N": "1"}]}, "other": {"S": "x"}}}
    item = {"pk": {"S": fresh}, "sk": {"S": "s"}, "doc": document, "v": {"N": "1"}}
    aws.client("dynamodb").put_item(TableName=name, Item=item)
    asked = {"ProjectionExpression": "#doc.#list[1], v", "ExpressionAttributeNames": {"#doc": "doc", "#list": "list"}}
    [found] = _query(aws, name, fresh, **asked)["Items"]
    assert found == {"doc": {"M": {"list": {"L": [{"N": "1"}]}}}, "v": {"N": "1"}}


@scenario("dynamodb.query.count")
def test_a_count_gives_no_items(aws: AwsClients, name: str, pk: str) -> None:
    answer = _query(aws, name, pk, Select="COUNT")
    assert (answer["Count"], answer.get("Items", [])) == (len(SORTS), [])


@scenario("dynamodb.index.query", feature="global secondary indexes", aws="dynamodb-guide:GSI")
def test_an_index_finds_items_by_its_own_key_with_its_projection(aws: AwsClients, name: str, pk: str) -> None:
    def observe() -> list[dict[str, Any]]:
        answer = aws.client("dynamodb").query(
            TableName=name,
            IndexName="by_state",
            KeyConditionExpression="#state = :state",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": {"S": f"{pk}B"}},
        )
        return list(answer["Items"])

    found = wait_for("two items", observe, lambda items: len(items) == 2)
    assert [item["sk"]["S"] for item in found] == ["B#1", "B#2"]
    assert set(found[0]) == {"pk", "sk", "state", "v"}


@scenario("dynamodb.index.follows", feature="global secondary indexes", aws="dynamodb-guide:GSI")
def test_an_index_follows_changes_and_deletions_of_items(dynamodb: Any, name: str, pk: str) -> None:

    def states(letter: str) -> list[str]:
        answer = dynamodb.query(
            TableName=name,
            IndexName="by_state",
            KeyConditionExpression="#state = :state",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": {"S": f"{pk}{letter}"}},
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    key = {"pk": {"S": pk}, "sk": {"S": "A#1"}}
    dynamodb.update_item(
        TableName=name,
        Key=key,
        UpdateExpression="SET #state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": f"{pk}C"}},
    )
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": pk}, "sk": {"S": "A#2"}})
    wait_for("one left", lambda: states("A"), ["A#3"].__eq__)
    wait_for("two there", lambda: states("C"), ["A#1", "C"].__eq__)


@scenario("dynamodb.index.consistent", feature="global secondary indexes", aws="dynamodb:Query")
def test_a_consistent_read_of_an_index_is_refused(aws: AwsClients, name: str) -> None:
    with refused("ValidationException", status=400):
        aws.client("dynamodb").query(
            TableName=name,
            IndexName="by_state",
            KeyConditionExpression="#state = :state",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": {"S": "x"}},
            ConsistentRead=True,
        )


@scenario("dynamodb.read.consistent", feature="consistent reads", aws="dynamodb-guide:HowItWorks.ReadConsistency")
def test_a_consistent_read_sees_the_write_before_it_every_time(aws: AwsClients, name: str, fresh: str) -> None:
    dynamodb, key = aws.client("dynamodb"), {"pk": {"S": fresh}, "sk": {"S": "s"}}
    for number in range(20):
        dynamodb.put_item(TableName=name, Item=key | {"v": {"N": str(number)}})
        read = dynamodb.get_item(TableName=name, Key=key, ConsistentRead=True)["Item"]["v"]["N"]
        assert read == str(number)


@scenario("dynamodb.query.errors", feature="error codes")
@pytest.mark.parametrize(
    "condition", [pytest.param("sk = :pk", id="no-partition"), pytest.param("pk > :pk", id="range-of-partitions")]
)
def test_a_query_that_does_not_name_one_partition_is_refused(aws: AwsClients, name: str, condition: str) -> None:
    with refused("ValidationException", status=400):
        aws.client("dynamodb").query(
            TableName=name, KeyConditionExpression=condition, ExpressionAttributeValues={":pk": {"S": "x"}}
        )
