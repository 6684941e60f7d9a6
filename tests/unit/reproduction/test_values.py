"""Values of a trace as Python: names are made unique, what answers gave is taken from them, the rest is literal."""

import uuid
from typing import Any

import pytest

from harness.reproduction.values import InexpressibleError, Values, located, missing_from

NAME = "conformance-0a1b2c3d4e"
ANSWER = {
    "QueueUrl": f"http://127.0.0.1:4566/000000000000/{NAME}", "Id": "x7y8", "Name": NAME,
    "ResponseMetadata": {"RequestId": "11112222333344445555"},
}  # fmt: skip


@pytest.fixture
def values() -> Values:
    found = Values()
    found.asked({"QueueName": NAME})
    found.answered("a1", ANSWER)
    return found


@pytest.mark.parametrize(
    ("value", "python"),
    [
        (NAME, "'conformance-' + unique1"),
        ("FF00112233.fifo", "unique2.upper() + '.fifo'"),
        (ANSWER["QueueUrl"], "a1['QueueUrl']"),
        (f"see {ANSWER['QueueUrl']}!", "'see ' + a1['QueueUrl'] + '!'"),
        ("x7y8", "a1['Id']"),
        ("11112222333344445555", "'11112222333344445555'"),
        ({"A": [1, True, None, b"x", ("y",)]}, "{'A': [1, True, None, b'x', ('y',)]}"),
        ("", "''"),
    ],
    ids=["name", "other name", "whole", "part", "short id", "request id", "containers", "empty"],
)
def test_a_value_is_written_by_what_was_before(values: Values, value: object, python: str) -> None:
    assert values.python(value) == python
    names = {variable: uuid.uuid4().hex[:10] for variable in values.names.values()}
    eval(python, {"a1": ANSWER, **names})  # it is an expression


@pytest.mark.parametrize("value", ["x" * 2000, object()], ids=["too long", "no literal"])
def test_what_a_script_cannot_hold_is_refused(values: Values, value: object) -> None:
    with pytest.raises(InexpressibleError):
        values.python(value)


FOUND: dict[str, Any] = {"Items": [{"Id": "a", "Size": 3}, {"Id": "b"}], "Count": 7, "Key": {"Id": "k", "State": "on"}}


@pytest.mark.parametrize(
    ("came", "expression"),
    [
        ("on", "a2['Key']['State']"),
        (7, "a2['Count']"),
        (["a", "b"], "[one.get('Id') for one in a2['Items']]"),
        ({"a", "b"}, "{one.get('Id') for one in a2['Items']}"),
        (2, "len(a2['Items'])"),
        ({"Id": "k", "State": "on"}, "a2['Key']"),
        ("nowhere", None),
    ],
)
def test_what_came_is_found_in_an_answer(came: object, expression: str | None) -> None:
    assert located(came, "a2", FOUND) == expression
    assert expression is None or eval(expression, {"a2": FOUND}) == came


def test_what_is_missing_is_asked_of_the_part_that_has_the_rest() -> None:
    assert missing_from({"Id": "k", "Use": None}, "Use", "a2", FOUND) == "a2['Key'].get('Use')"
    assert missing_from({"Id": "z", "Use": None}, "Use", "a2", FOUND) is None
