"""When two values mean the same to Terraform, as a truth table."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.provider.equality import changed, in_words_of, is_unset, same
from harness.provider.values import UNKNOWN

UNSET = [None, "", 0, False, [], {}, [{}], [{"a": None}], {"a": "", "b": [{"c": 0}]}]
SET = [UNKNOWN, "0", "{}", "[]", 1, True, [None], [""], ["a"], {"a": "b"}, [{"a": None}, {"a": 1}]]
TABLE: list[tuple[Any, Any, bool]] = [
    ("a", "a", True),
    ("a", "b", False),
    (1, 1.0, True),
    (1, "1", False),
    ("a", None, False),
    (None, UNKNOWN, False),
    (UNKNOWN, UNKNOWN, True),
    ([UNKNOWN], [UNKNOWN], True),
    ([UNKNOWN], ["a"], False),
    (["a", "b"], ["b", "a"], False),
    (["a"], ["a", ""], False),
    ({"a": 1}, {"a": 1, "b": None}, True),
    ({"a": 1}, {"a": 1, "b": 2}, False),
    ([{"a": 1, "b": ""}], [{"a": 1}], True),
    ('{"a": 1, "b": [2]}', '{"b":[2],"a":1}', True),
    ('{"a": 1}', '{"a": 2}', False),
    ("[1, 2]", "[2, 1]", False),
    ("{a", "{a", True),
    ("{a", "{b", False),
    ("{}", "", False),
    ({"policy": '{"a":1}'}, {"policy": '{ "a": 1 }'}, True),
]


@pytest.mark.parametrize(("value", "expected"), [*((one, True) for one in UNSET), *((one, False) for one in SET)])
def test_what_says_nothing_is_unset(value: Any, expected: bool) -> None:
    assert is_unset(value) is expected


@pytest.mark.parametrize(("left", "right"), list(product(UNSET, UNSET)))
def test_all_that_is_unset_means_the_same(left: Any, right: Any) -> None:
    assert same(left, right)


@pytest.mark.parametrize(("left", "right", "expected"), TABLE)
def test_two_values_mean_the_same_whichever_comes_first(left: Any, right: Any, expected: bool) -> None:
    assert (same(left, right), same(right, left)) == (expected, expected)
    assert in_words_of(left, right) is (left if expected else right)
    assert changed({"a": left}, {"a": right}) == (set() if expected else {"a"})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "{}", '{"a":1}', '{"a": 1}', UNKNOWN]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_a_value_means_the_same_as_itself_and_order_makes_no_difference(left: Any, right: Any) -> None:
    assert same(left, left)
    assert same(left, right) == same(right, left)


def test_the_rule_of_an_attribute_is_asked_only_of_two_values_that_are_known() -> None:
    def alike(_left: Any, _right: Any) -> bool:
        return True

    assert in_words_of("a", "b", alike) == "a"
    assert in_words_of("a", UNKNOWN, alike) is UNKNOWN
    assert in_words_of(None, "b", alike) == "b"
    assert in_words_of("a", None, alike) is None
