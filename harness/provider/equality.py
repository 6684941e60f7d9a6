"""When two values mean the same to Terraform's older type system, in which most AWS resources are written."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from harness.provider.values import UNKNOWN

Alike = Callable[[Any, Any], bool]


def is_unset(value: Any) -> bool:
    """Return True for null, "", 0 and false, and for lists of objects and objects with nothing else in them. Unknown is set."""
    if isinstance(value, list):
        return all(isinstance(item, Mapping) and is_unset(item) for item in value)
    if isinstance(value, Mapping):
        return all(is_unset(item) for item in value.values())
    return value is None or (value is not UNKNOWN and value in ("", 0, False))


def same(left: Any, right: Any) -> bool:
    """Return True if two values are equal, are both unset, or are JSON texts of the same content; inside lists and objects too."""
    if left is UNKNOWN or right is UNKNOWN:
        return left is right
    if left == right or (is_unset(left) and is_unset(right)):
        return True
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return all(same(left.get(key), right.get(key)) for key in left.keys() | right.keys())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, str) and isinstance(right, str) and _same_json(left, right)


def in_words_of(spoken: Any, value: Any, alike: Alike | None = None) -> Any:
    """Return `spoken` if it means the same as `value`, so that no change shows; else `value`.

    `alike` tells of two known values that are set whether they mean the same, for an attribute that has a rule of its own.
    """
    ruled = alike and spoken not in (None, UNKNOWN) and value not in (None, UNKNOWN) and alike(spoken, value)
    return spoken if ruled or same(spoken, value) else value


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """Return the names in `after` whose value means something else than in `before`."""
    return {name for name, value in after.items() if not same(before.get(name), value)}


def _same_json(left: str, right: str) -> bool:
    if not (left[:1] in "{[" and right[:1] in "{["):
        return False
    try:
        return bool(json.loads(left) == json.loads(right))
    except ValueError:
        return False
