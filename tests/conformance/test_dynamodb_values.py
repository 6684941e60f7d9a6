"""Values at their edges: numbers, sets, the empty and the largest; each comes back as DynamoDB writes it, or is refused."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.tables import KEY, call, items_of, keys, refuse

pytestmark = scenario(
    service="dynamodb", lane="data plane", feature="data types", aws="dynamodb-guide:HowItWorks.NamingRulesDataTypes"
)
LARGE = "x" * 4200
"""A hundred of them are more than 400 KiB."""


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


@scenario("dynamodb.value.number", feature="number precision")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("00042", "42", id="leading-zeros"),
        pytest.param("1.0", "1", id="trailing-zeros"),
        pytest.param("1.5E2", "150", id="exponent"),
        pytest.param("-0", "0", id="negative-zero"),
        pytest.param("1E-130", None, id="smallest"),
        pytest.param("9.9999999999999999999999999999999999999E+125", None, id="largest"),
    ],
)
def test_a_number_comes_back_in_its_plain_form(
    aws: AwsClients, name: str, fresh: str, given: str, kept: str | None
) -> None:
    call(aws, "PutItem", name, fresh, Item=KEY | {"v": {"N": given}})
    [item] = items_of(aws, name, fresh)
    assert item["v"]["N"] == kept if kept else float(item["v"]["N"]) == float(given)


@scenario("dynamodb.value.refused", feature="error codes")
@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"N": "-1E126"}, id="below-least-number"),
        pytest.param({"N": "1E-131"}, id="number-too-small"),
        pytest.param({"NS": []}, id="empty-number-set"),
        pytest.param({"BS": []}, id="empty-binary-set"),
        pytest.param({"SS": ["a", "a"]}, id="text-twice"),
        pytest.param({"L": [{"SS": []}]}, id="empty-set-in-list"),
        pytest.param({"M": {"inner": {"SS": []}}}, id="empty-set-in-map"),
        pytest.param({"NULL": False}, id="null-that-is-false"),
    ],
)
def test_a_value_outside_its_type_is_refused(aws: AwsClients, name: str, fresh: str, value: dict[str, Any]) -> None:
    refuse(aws, "PutItem", name, fresh, {"Item": KEY | {"v": value}})


@scenario("dynamodb.value.empty")
@pytest.mark.parametrize(
    "value",
    [pytest.param({"B": b""}, id="bytes"), pytest.param({"L": [{"S": ""}, {"S": "a"}]}, id="text-in-list")],
)
def test_an_empty_value_that_is_no_key_is_kept(aws: AwsClients, name: str, fresh: str, value: dict[str, Any]) -> None:
    call(aws, "PutItem", name, fresh, Item=KEY | {"v": value})
    assert items_of(aws, name, fresh)[0]["v"] == value


@scenario("dynamodb.value.counts-to-size", feature="limits", aws="dynamodb-guide:CapacityUnitCalculations")
@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param({f"{'a' * 200}{number:03}": {"S": "x" * 3900} for number in range(100)}, id="names"),
        pytest.param({"v": {"M": {"inner": {"M": {"inmost": {"S": "x" * 410_000}}}}}}, id="map"),
        pytest.param({"v": {"L": [{"S": LARGE}] * 100}}, id="list"),
        pytest.param({"v": {"SS": [f"{LARGE}{number}" for number in range(100)]}}, id="set"),
        pytest.param({"v": {"B": bytes(410_000)}}, id="bytes"),
    ],
)
def test_all_that_an_item_holds_counts_to_its_size(
    aws: AwsClients, name: str, fresh: str, attributes: dict[str, Any]
) -> None:
    refuse(aws, "PutItem", name, fresh, {"Item": KEY | attributes})


@scenario("dynamodb.value.order", feature="queries", aws="dynamodb:Query")
@pytest.mark.parametrize(
    ("kind", "ascending"),
    [
        pytest.param("N", ["-20", "-3", "0", "2.5", "5", "10"], id="numbers"),
        pytest.param("B", [b"\x01", b"\x01\x02", b"\x02", b"\xff"], id="bytes"),
    ],
)
@pytest.mark.parametrize("forward", [pytest.param(True, id="ascending"), pytest.param(False, id="descending")])
def test_a_partition_is_in_the_order_of_its_sort_keys_type(
    aws: AwsClients, cleanup: Cleanup, fresh: str, kind: str, ascending: list[Any], forward: bool
) -> None:
    name = a_table(aws, new_name(), cleanup, **keys(kind))
    for sort in ascending[::2] + ascending[1::2]:
        call(aws, "PutItem", name, fresh, Item=KEY | {"sk": {kind: sort}})
    found = items_of(aws, name, fresh, ScanIndexForward=forward)
    assert [item["sk"][kind] for item in found] == (ascending if forward else ascending[::-1])


@scenario("dynamodb.value.sort-condition", feature="queries", aws="dynamodb-guide:Query.KeyConditionExpressions")
@pytest.mark.parametrize(
    ("kind", "condition", "value", "expected"),
    [
        pytest.param("N", "sk > :v", "3", ["5", "10"], id="number-greater"),
        pytest.param("N", "sk >= :v", "-3", ["-3", "0", "5", "10"], id="number-at-least-negative"),
        pytest.param("B", "sk > :v", b"\x01\x02", [b"\x02", b"\xff"], id="bytes-greater"),
        pytest.param("B", "begins_with(sk, :v)", b"\x01", [b"\x01", b"\x01\x02"], id="bytes-begin"),
    ],
)
def test_a_sort_key_is_compared_as_its_type(
    aws: AwsClients, cleanup: Cleanup, fresh: str, kind: str, condition: str, value: Any, expected: list[Any]
) -> None:
    there = {"N": ["-20", "-3", "0", "5", "10"], "B": [b"\x01", b"\x01\x02", b"\x02", b"\xff"]}[kind]
    name = a_table(aws, new_name(), cleanup, **keys(kind))
    for sort in there:
        call(aws, "PutItem", name, fresh, Item=KEY | {"sk": {kind: sort}})
    values = {":pk": {"S": fresh}, ":v": {kind: value}}
    asked = {"KeyConditionExpression": f"pk = :pk AND {condition}", "ExpressionAttributeValues": values}
    found = items_of(aws, name, fresh, **asked)
    assert [item["sk"][kind] for item in found] == expected
