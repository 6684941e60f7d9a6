"""API Gateway's patch operations, from what changed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.provider.types.patching import operations, pointer

_KEYS = st.text("a/~01", min_size=1, max_size=4)
_MAPS = st.dictionaries(_KEYS, st.sampled_from(["1", "2"]), max_size=4)


def _key(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


@given(_MAPS, _MAPS)
def test_a_map_becomes_what_is_wanted_key_by_key(before: dict[str, str], after: dict[str, str]) -> None:
    found: dict[str, Any] = dict(before)
    for each in operations({"variables": "/variables"}, {"variables": before}, {"variables": after}, {"variables"}):
        assert each["path"].count("/") == 2
        key = _key(each["path"].removeprefix("/variables/"))
        assert (each["op"] == "add") == (key not in found)
        if each["op"] == "remove":
            del found[key]
        else:
            found[key] = each["value"]
    assert found == after


@given(st.sets(_KEYS), st.sets(_KEYS))
def test_a_set_becomes_what_is_wanted_item_by_item(before: set[str], after: set[str]) -> None:
    found = set(before)
    given_sets = {"types": sorted(before)}, {"types": sorted(after)}
    for each in operations({"types": "/types"}, *given_sets, {"types"}):
        change = found.add if each["op"] == "add" else found.remove
        change(_key(each["path"].removeprefix("/types/")))
    assert found == after


@given(_KEYS)
def test_a_key_is_one_step_of_a_pointer(key: str) -> None:
    assert "/" not in pointer(key)
    assert _key(pointer(key)) == key


def test_a_block_changes_by_its_attributes_and_goes_as_a_whole() -> None:
    paths, block = {"log": "/accessLog"}, {"destination_arn": "a", "format": "f"}
    changed = {"log": [{**block, "format": "g"}]}
    assert operations(paths, {"log": [block]}, changed, {"log"}) == [
        {"op": "replace", "path": "/accessLog/format", "value": "g"}
    ]
    assert [each["path"] for each in operations(paths, {}, {"log": [block]}, {"log"})] == [
        "/accessLog/destinationArn",
        "/accessLog/format",
    ]
    assert operations(paths, {"log": [block]}, {"log": []}, {"log"}) == [{"op": "remove", "path": "/accessLog"}]


def test_values_are_written_as_text_and_only_changed_attributes_with_a_pointer_count() -> None:
    planned = {"flag": True, "whole": 20.0, "part": 20.5, "unset": None, "other": 1, "kept": 1}
    paths = {name: f"/{name}" for name in ("flag", "whole", "part", "unset", "kept")}
    found = operations(paths, {}, planned, {"flag", "whole", "part", "unset", "other"})
    assert {each["path"]: each["value"] for each in found} == {
        "/flag": "true",
        "/whole": "20",
        "/part": "20.5",
        "/unset": "",
    }
