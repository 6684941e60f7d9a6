"""Update expressions: sections and paths that do not fit, operands of the wrong type, and what is changed inside maps, lists and sets."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused
from tests.conformance.tables import KEY, call, items_of

pytestmark = scenario(
    service="dynamodb",
    lane="data plane",
    feature="update expressions",
    aws="dynamodb-guide:Expressions.UpdateExpressions",
)
ITEM = {
    "wording": {"S": "t"},
    "tally": {"N": "10"},
    "marks": {"SS": ["a", "b"]},
    "entries": {"L": [{"S": "a"}, {"S": "b"}, {"S": "c"}]},
    "tree": {"M": {"deep": {"N": "10"}, "other": {"S": "o"}}},
}
VALUES = {":s": {"S": "x"}, ":n": {"N": "5"}, ":set": {"SS": ["b"]}, ":both": {"SS": ["a", "b"]}, ":none": {"SS": []}}


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


def update(aws: AwsClients, name: str, fresh: str, expression: str) -> None:
    """Put ITEM and update it by `expression`, in which values stand between blanks."""
    call(aws, "PutItem", name, fresh, Item=KEY | ITEM)
    values = {known: value for known, value in VALUES.items() if known in expression.split()}
    asked = {"UpdateExpression": expression, "ExpressionAttributeValues": values or None}
    call(aws, "UpdateItem", name, fresh, Key=KEY, **asked)


@scenario("dynamodb.update.wrong", feature="error codes")
@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("SET v = :s , v = :n", id="one-path-twice"),
        pytest.param("SET v = :s REMOVE v", id="set-and-removed"),
        pytest.param("SET tree = :s , tree.deep = :s", id="path-below-another"),
        pytest.param("REMOVE tree SET tree.deep = :s", id="removed-and-set-below"),
        pytest.param("ADD marks :set DELETE marks :both", id="added-and-deleted"),
        pytest.param("ADD marks :set REMOVE marks", id="added-and-removed"),
        pytest.param("SET v = :s SET w = :s", id="set-twice"),
        pytest.param("REMOVE v SET w = :s REMOVE x", id="remove-twice"),
        pytest.param("ADD v :n SET w = :s ADD x :n", id="add-twice"),
        pytest.param("CHANGE v = :s", id="no-such-section"),
        pytest.param("SET absent.deep = :s", id="below-nothing"),
        pytest.param("ADD marks :none", id="empty-set"),
        pytest.param("SET v = wording + :n", id="text-plus-number"),
        pytest.param("ADD wording :n", id="number-added-to-text"),
        pytest.param("SET v = list_append(wording, :s )", id="text-appended-to"),
    ],
)
def test_an_update_that_does_not_fit_is_refused_and_changes_nothing(
    aws: AwsClients, name: str, fresh: str, expression: str
) -> None:
    with refused("ValidationException", status=400):
        update(aws, name, fresh, expression)
    assert items_of(aws, name, fresh) == [_stored(fresh, {})]


def _stored(fresh: str, changed: dict[str, Any]) -> dict[str, Any]:
    """Return ITEM as it is stored once its attributes are `changed`; None takes one away."""
    item = {"pk": {"S": fresh}, "sk": {"S": "s"}} | ITEM | changed
    return {attribute: value for attribute, value in item.items() if value is not None}


@scenario("dynamodb.update.inside")
@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        pytest.param("SET tree.deep = :s", {"tree": {"M": {"deep": {"S": "x"}, "other": {"S": "o"}}}}, id="set-in-map"),
        pytest.param(
            "SET tree.deep = tree.deep + :n",
            {"tree": {"M": {"deep": {"N": "15"}, "other": {"S": "o"}}}},
            id="sum-in-map",
        ),
        pytest.param("REMOVE tree.deep", {"tree": {"M": {"other": {"S": "o"}}}}, id="remove-in-map"),
        pytest.param(
            "SET entries[7] = :s",
            {"entries": {"L": [{"S": "a"}, {"S": "b"}, {"S": "c"}, {"S": "x"}]}},
            id="set-behind-list",
        ),
        pytest.param("REMOVE entries[1]", {"entries": {"L": [{"S": "a"}, {"S": "c"}]}}, id="remove-in-list"),
        pytest.param(
            "REMOVE entries[0], tally", {"entries": {"L": [{"S": "b"}, {"S": "c"}]}, "tally": None}, id="remove-two"
        ),
        pytest.param("DELETE marks :set", {"marks": {"SS": ["a"]}}, id="delete-from-set"),
        pytest.param("DELETE marks :both", {"marks": None}, id="delete-last-of-set"),
        pytest.param("DELETE absent :set", {}, id="delete-from-nothing"),
        pytest.param("REMOVE absent", {}, id="remove-nothing"),
    ],
)
def test_an_update_changes_what_its_path_names_and_nothing_beside(
    aws: AwsClients, name: str, fresh: str, expression: str, changed: dict[str, Any]
) -> None:
    update(aws, name, fresh, expression)
    [found] = items_of(aws, name, fresh)
    for item in (found, expected := _stored(fresh, changed)):
        if "marks" in item:
            item["marks"] = {"SS": sorted(item["marks"]["SS"])}
    assert found == expected
