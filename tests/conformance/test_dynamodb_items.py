"""What an item may hold, to the last digit, and how updates change it."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.items import item_key, stored_item
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused

pytestmark = scenario(
    service="dynamodb", lane="data plane", feature="data types", aws="dynamodb-guide:HowItWorks.NamingRulesDataTypes"
)


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


def _update(aws: AwsClients, name: str, fresh: str, expression: str, **options: Any) -> dict[str, Any]:
    answer = aws.client("dynamodb").update_item(
        TableName=name, Key=item_key(fresh), UpdateExpression=expression, **options
    )
    return dict(answer.get("Attributes", {}))


@scenario("dynamodb.item.types")
def test_every_type_comes_back_as_it_was_put(aws: AwsClients, name: str, fresh: str) -> None:
    item = item_key(fresh) | {
        "text": {"S": "text"},
        "empty": {"S": ""},
        "number": {"N": "-12.5"},
        "bytes": {"B": bytes(range(256))},
        "flag": {"BOOL": False},
        "nothing": {"NULL": True},
        "list": {"L": [{"N": "1"}, {"S": "b"}, {"M": {"c": {"BOOL": True}}}]},
        "map": {"M": {"deep": {"M": {"er": {"L": [{"N": "2"}]}}}}},
    }
    aws.client("dynamodb").put_item(TableName=name, Item=item)
    assert stored_item(aws, name, fresh) == item


@scenario("dynamodb.item.letters")
def test_texts_of_any_letters_and_empty_lists_and_maps_come_back(aws: AwsClients, name: str, fresh: str) -> None:
    item = item_key(fresh) | {"text": {"S": "Grüße 𝄞"}, "list": {"L": []}, "map": {"M": {"deep": {"M": {}}}}}
    aws.client("dynamodb").put_item(TableName=name, Item=item)
    assert stored_item(aws, name, fresh) == item


def _sets(aws: AwsClients, name: str, fresh: str, **sets: list[Any]) -> dict[str, list[Any]]:
    """Put sets, by their types, and return them as they are stored, each sorted."""
    item = item_key(fresh) | {kind.lower(): {kind: values} for kind, values in sets.items()}
    aws.client("dynamodb").put_item(TableName=name, Item=item)
    found = stored_item(aws, name, fresh)
    return {kind: sorted(found[kind.lower()][kind]) for kind in sets}


@scenario("dynamodb.item.sets")
def test_a_set_holds_each_value_once(aws: AwsClients, name: str, fresh: str) -> None:
    assert _sets(aws, name, fresh, SS=["b", "a"], NS=["2", "1"]) == {"SS": ["a", "b"], "NS": ["1", "2"]}


@scenario("dynamodb.item.sets-of-bytes")
def test_a_set_of_bytes_holds_each_value_once(aws: AwsClients, name: str, fresh: str) -> None:
    assert _sets(aws, name, fresh, BS=[b"\x01", b"\x00"]) == {"BS": [b"\x00", b"\x01"]}


@scenario("dynamodb.item.precision", feature="number precision")
@pytest.mark.parametrize(
    "number",
    [
        pytest.param("12345678901234567890123456789012345678", id="38-digits"),
        pytest.param("0.12345678901234567890123456789012345678", id="38-decimals"),
        pytest.param("-99999999999999999999.999999999999999999", id="negative"),
        pytest.param("0.1", id="tenth"),
    ],
)
def test_a_number_keeps_38_digits(aws: AwsClients, name: str, fresh: str, number: str) -> None:
    aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"N": number}})
    assert stored_item(aws, name, fresh)["v"] == {"N": number}


@scenario("dynamodb.item.canonical-numbers", feature="number precision")
def test_a_number_comes_back_without_needless_zeros(aws: AwsClients, name: str, fresh: str) -> None:
    aws.client("dynamodb").put_item(
        TableName=name, Item=item_key(fresh) | {"v": {"N": "0012.500"}, "w": {"N": "1.5E2"}}
    )
    item = stored_item(aws, name, fresh)
    assert (item["v"], item["w"]) == ({"N": "12.5"}, {"N": "150"})


@scenario("dynamodb.item.refused-values", feature="error codes")
@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"N": "123456789012345678901234567890123456789"}, id="39-digits"),
        pytest.param({"N": "1E126"}, id="too-large"),
        pytest.param({"N": "twelve"}, id="no-number"),
        pytest.param({"SS": []}, id="empty-set"),
        pytest.param({"NS": ["1", "1.0"]}, id="one-number-twice"),
    ],
)
def test_a_value_that_is_none_is_refused(aws: AwsClients, name: str, fresh: str, value: dict[str, Any]) -> None:
    with refused("ValidationException", status=400):
        aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": value})
    assert stored_item(aws, name, fresh) == {}


@scenario("dynamodb.item.keys", feature="error codes", aws="dynamodb-guide:Programming.Errors")
@pytest.mark.parametrize(
    "key",
    [
        pytest.param({"pk": {"S": "a"}}, id="no-sort-key"),
        pytest.param({"pk": {"S": ""}, "sk": {"S": "s"}}, id="empty-key"),
        pytest.param({"pk": {"N": "1"}, "sk": {"S": "s"}}, id="wrong-type"),
    ],
)
def test_an_item_without_its_whole_key_is_refused(aws: AwsClients, name: str, key: dict[str, Any]) -> None:
    with refused("ValidationException", status=400):
        aws.client("dynamodb").put_item(TableName=name, Item=key)


@scenario("dynamodb.item.largest", feature="limits", aws="dynamodb-guide:Constraints")
def test_an_item_of_400_kib_is_taken_and_one_byte_more_refused(aws: AwsClients, name: str, fresh: str) -> None:
    names = len("pk") + len("sk") + len("v")
    room = 400 * 1024 - names - len(fresh) - len("s")
    aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"S": "x" * room}})
    with refused("ValidationException", status=400) as refusal:
        aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"S": "x" * (room + 1)}})
    assert "size" in refusal.message
    assert len(stored_item(aws, name, fresh)["v"]["S"]) == room


@scenario(
    "dynamodb.update.arithmetic", feature="update expressions", aws="dynamodb-guide:Expressions.UpdateExpressions"
)
def test_an_update_counts_exactly_from_what_is_there_or_zero(aws: AwsClients, name: str, fresh: str) -> None:
    numbers = {":step": {"N": "0.1"}, ":zero": {"N": "0"}}
    for _ in range(3):
        _update(
            aws,
            name,
            fresh,
            "SET v = if_not_exists(v, :zero) + :step, w = if_not_exists(w, :zero) - :step ADD x :step",
            ExpressionAttributeValues=numbers,
        )
    item = stored_item(aws, name, fresh)
    assert [item[attribute]["N"] for attribute in ("v", "w", "x")] == ["0.3", "-0.3", "0.3"]


@scenario("dynamodb.update.parts", feature="update expressions", aws="dynamodb-guide:Expressions.UpdateExpressions")
def test_an_update_sets_removes_appends_and_changes_sets(aws: AwsClients, name: str, fresh: str) -> None:
    item = {"list": {"L": [{"S": "a"}]}, "gone": {"S": "x"}, "added": {"SS": ["a"]}, "taken": {"SS": ["a", "b"]}}
    aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | item)
    _update(
        aws,
        name,
        fresh,
        "SET #list = list_append(#list, :b) REMOVE gone ADD added :set DELETE taken :set",
        ExpressionAttributeNames={"#list": "list"},
        ExpressionAttributeValues={":b": {"L": [{"S": "b"}]}, ":set": {"SS": ["b"]}},
    )
    found = stored_item(aws, name, fresh)
    assert sorted(found["added"]["SS"]) == ["a", "b"]
    del found["added"]
    assert found == item_key(fresh) | {"list": {"L": [{"S": "a"}, {"S": "b"}]}, "taken": {"SS": ["a"]}}


@scenario("dynamodb.update.returns", feature="update expressions", aws="dynamodb:UpdateItem")
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("NONE", set()),
        ("ALL_OLD", {"pk", "sk", "v", "w"}),
        ("UPDATED_OLD", {"v"}),
        ("ALL_NEW", {"pk", "sk", "v", "w"}),
        ("UPDATED_NEW", {"v"}),
    ],
)
def test_an_update_gives_back_what_is_asked_for(
    aws: AwsClients, name: str, fresh: str, asked: str, expected: set[str]
) -> None:
    aws.client("dynamodb").put_item(TableName=name, Item=item_key(fresh) | {"v": {"N": "1"}, "w": {"N": "1"}})
    two = {":two": {"N": "2"}}
    answer = _update(aws, name, fresh, "SET v = :two", ExpressionAttributeValues=two, ReturnValues=asked)
    assert set(answer) == expected
    if expected:
        assert answer["v"]["N"] == ("1" if asked.endswith("OLD") else "2")


@scenario("dynamodb.update.key", feature="update expressions", aws="dynamodb-guide:Programming.Errors")
def test_a_key_cannot_be_updated(aws: AwsClients, name: str, fresh: str) -> None:
    with refused("ValidationException", status=400):
        _update(aws, name, fresh, "SET sk = :v", ExpressionAttributeValues={":v": {"S": "other"}})


@scenario("dynamodb.errors.no-such-table", feature="error codes", aws="dynamodb:GetItem")
def test_a_table_that_is_not_there_is_said_so(aws: AwsClients) -> None:
    with refused("ResourceNotFoundException", status=400) as refusal:
        aws.client("dynamodb").get_item(TableName=new_name(), Key=item_key("x"))
    assert refusal.message == "Requested resource not found"
