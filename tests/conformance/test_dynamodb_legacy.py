"""The parameters that expressions replaced, which old clients still send: conditions, filters, updates and lists of attributes."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused
from tests.conformance.tables import FRESH, KEY, TABLE, call, items_of, row

pytestmark = scenario(service="dynamodb", lane="data plane", feature="legacy parameters")
FAILED = "ConditionalCheckFailedException"
ITEM = KEY | {"state": {"S": "open"}, "tally": {"N": "10"}, "marks": {"SS": ["a", "b"]}}


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


def compared(operator: str, *values: dict[str, Any]) -> dict[str, Any]:
    return {"ComparisonOperator": operator, "AttributeValueList": list(values)}


OF_PARTITION = compared("EQ", {"S": FRESH})
OPEN, SHUT = compared("EQ", {"S": "open"}), compared("EQ", {"S": "shut"})


@scenario("dynamodb.legacy.attributes")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("get", "GetItem", Key=KEY, ConsistentRead=True, AttributesToGet=["state"]),
        row("get-of-several", "GetItem", Key=KEY, ConsistentRead=True, AttributesToGet=["state", "absent"]),
        row("query", "Query", ConsistentRead=True, KeyConditions={"pk": OF_PARTITION}, AttributesToGet=["state"]),
        row("scan", "Scan", ConsistentRead=True, ScanFilter={"pk": OF_PARTITION}, AttributesToGet=["state"]),
        row(
            "batch",
            "BatchGetItem",
            RequestItems={TABLE: {"Keys": [KEY], "ConsistentRead": True, "AttributesToGet": ["state"]}},
        ),
    ],
)
def test_only_the_attributes_that_are_listed_come_back(
    aws: AwsClients, name: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    answer = call(aws, operation, name, fresh, **asked)
    found = answer.get("Items") or answer.get("Responses", {}).get(name) or [answer["Item"]]
    assert found == [{"state": {"S": "open"}}]


@scenario("dynamodb.legacy.update", aws="dynamodb:UpdateItem")
@pytest.mark.parametrize(
    ("updates", "changed"),
    [
        pytest.param({"state": {"Action": "PUT", "Value": {"S": "shut"}}}, {"state": {"S": "shut"}}, id="put"),
        pytest.param({"tally": {"Action": "ADD", "Value": {"N": "5"}}}, {"tally": {"N": "15"}}, id="add-number"),
        pytest.param(
            {"marks": {"Action": "ADD", "Value": {"SS": ["c"]}}}, {"marks": {"SS": ["a", "b", "c"]}}, id="add-to-set"
        ),
        pytest.param(
            {"marks": {"Action": "DELETE", "Value": {"SS": ["b"]}}}, {"marks": {"SS": ["a"]}}, id="delete-from-set"
        ),
        pytest.param(
            {"state": {"Action": "DELETE"}, "tally": {"Action": "ADD", "Value": {"N": "1"}}},
            {"state": None, "tally": {"N": "11"}},
            id="several",
        ),
    ],
)
def test_an_attribute_is_updated_by_its_action(
    aws: AwsClients, name: str, fresh: str, updates: dict[str, Any], changed: dict[str, Any]
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    call(aws, "UpdateItem", name, fresh, Key=KEY, AttributeUpdates=updates)
    [found] = items_of(aws, name, fresh)
    for attribute, value in changed.items():
        held = found.get(attribute)
        assert (held and {"SS": sorted(held["SS"])} if held and "SS" in held else held) == value


@scenario("dynamodb.legacy.expected")
@pytest.mark.parametrize(
    ("operation", "holds", "asked"),
    [
        row("absent", "PutItem", False, Item=ITEM, Expected={"pk": {"Exists": False}}),
        row("absent-at-deletion", "DeleteItem", False, Key=KEY, Expected={"state": {"Exists": False}}),
        row("another-value", "PutItem", False, Item=ITEM, Expected={"state": SHUT}),
        row("and", "PutItem", False, Item=ITEM, Expected={"state": OPEN, "tally": SHUT}, ConditionalOperator="AND"),
        row("or", "PutItem", True, Item=ITEM, Expected={"state": OPEN, "tally": SHUT}, ConditionalOperator="OR"),
        row("begins", "PutItem", True, Item=ITEM, Expected={"state": compared("BEGINS_WITH", {"S": "op"})}),
    ],
)
def test_a_write_happens_where_what_is_expected_holds(
    aws: AwsClients, name: str, fresh: str, operation: str, holds: bool, asked: dict[str, Any]
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM | {"old": {"S": "x"}})
    if holds:
        call(aws, operation, name, fresh, **asked)
    else:
        with refused(FAILED, status=400):
            call(aws, operation, name, fresh, **asked)
    assert ["old" in item for item in items_of(aws, name, fresh)] == [not holds]


@scenario("dynamodb.legacy.conditions")
@pytest.mark.parametrize(
    ("operation", "expected", "asked"),
    [
        row("partition", "Query", "abcd", KeyConditions={"pk": OF_PARTITION}),
        row("backwards", "Query", "dcba", KeyConditions={"pk": OF_PARTITION}, ScanIndexForward=False),
        row("begins", "Query", "b", KeyConditions={"pk": OF_PARTITION, "sk": compared("BEGINS_WITH", {"S": "b"})}),
        row("between", "Query", "bc", KeyConditions={"pk": OF_PARTITION, "sk": compared("BETWEEN", {"S": "b"}, {"S": "c"})}),
        row("greater", "Query", "cd", KeyConditions={"pk": OF_PARTITION, "sk": compared("GT", {"S": "b"})}),
        row("filter-equal", "Query", "c", KeyConditions={"pk": OF_PARTITION}, QueryFilter={"n": compared("EQ", {"N": "2"})}),
        row("filter-contains", "Query", "ab", KeyConditions={"pk": OF_PARTITION}, QueryFilter={"t": compared("CONTAINS", {"S": "ow"})}),
        row("scan-greater", "Scan", "cd", ScanFilter={"pk": OF_PARTITION, "n": compared("GT", {"N": "1"})}),
        row("scan-and", "Scan", "c", ScanFilter={"pk": OF_PARTITION, "n": compared("LT", {"N": "3"}), "t": compared("CONTAINS", {"S": "high"})}, ConditionalOperator="AND"),
    ],
)  # fmt: skip
def test_a_read_gives_the_items_that_its_conditions_name(
    aws: AwsClients, name: str, fresh: str, operation: str, expected: str, asked: dict[str, Any]
) -> None:
    for number, (sort, text) in enumerate(zip("abcd", ("low", f"slow{fresh}", "high", "higher"), strict=True)):
        more = {"sk": {"S": sort}, "n": {"N": str(number)}, "t": {"S": text}}
        call(aws, "PutItem", name, fresh, Item=KEY | more)
    answer = call(aws, operation, name, fresh, ConsistentRead=True, **asked)
    found = [item["sk"]["S"] for item in answer["Items"]]
    assert "".join(found if operation == "Query" else sorted(found)) == expected
