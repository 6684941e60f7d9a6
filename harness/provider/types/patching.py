"""API Gateway's updates: lists of patch operations, from what changed."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.provider.equality import changed

Operation = dict[str, str]


def camel(name: str) -> str:
    """An attribute's name as the API writes it: `rest_api_id` is `restApiId`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def pointer(key: str) -> str:
    """A key as one step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def text(value: Any) -> str:
    """A value as patch operations carry it: true, 5, 0.5; "" for one that is unset."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def operations(
    paths: Mapping[str, str], prior: Mapping[str, Any], planned: Mapping[str, Any], changed: set[str]
) -> list[Operation]:
    """The operations for changed attributes; `paths`: their JSON pointers.

    A map and a set change entry by entry, a block by its attributes.
    """
    return [
        step for name in sorted(changed & paths.keys()) for step in _of(paths[name], prior.get(name), planned.get(name))
    ]


def _of(path: str, before: Any, after: Any) -> Iterator[Operation]:
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        yield from _of_map(path, before or {}, after or {})
    elif isinstance(before, list) or isinstance(after, list):
        yield from _of_list(path, before or [], after or [])
    else:
        yield {"op": "replace", "path": path, "value": text(after)}


def _of_map(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Operation]:
    for key in sorted(before.keys() - after.keys()):
        yield {"op": "remove", "path": f"{path}/{pointer(key)}"}
    for key, value in sorted(after.items()):
        if before.get(key) != value:
            verb = "replace" if key in before else "add"
            yield {"op": verb, "path": f"{path}/{pointer(key)}", "value": text(value)}


def _of_list(path: str, before: list[Any], after: list[Any]) -> Iterator[Operation]:
    if any(isinstance(item, Mapping) for item in (*before, *after)):
        yield from _of_block(path, before, after)
        return
    for item in before:
        if item not in after:
            yield {"op": "remove", "path": f"{path}/{pointer(item)}"}
    for item in after:
        if item not in before:
            yield {"op": "add", "path": f"{path}/{pointer(item)}"}


def _of_block(path: str, before: list[Any], after: list[Any]) -> Iterator[Operation]:
    if not after:
        yield {"op": "remove", "path": path}
        return
    old = before[0] if before else {}
    for name in sorted(changed(old, after[0])):
        yield from _of(f"{path}/{camel(name)}", old.get(name), after[0][name])
