"""Attributes to API parameters and back, by name: `kms_master_key_id` is `KmsMasterKeyId`, a nested block is a structure.

Two thirds of all attributes need no more than that; `names` says the others, by dotted path: {"attribute.type": "AttributeType"};
None in it means that the attribute has no parameter.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from harness.provider.equality import is_unset
from harness.provider.values import UNKNOWN, Block, attributes, canonical, empty, nested_blocks

Names = Mapping[str, str | None]
_TAGS = ("tags", "tags_all")  # of many forms in answers: tagging.py reads them


def plain(name: str) -> str:
    """A name without case and separators: what attribute and parameter have in common."""
    return name.replace("_", "").replace("-", "").lower()


def member(shape: Any, name: str, path: str, names: Names) -> str | None:
    """The member of a structure that an attribute stands for, or None."""
    if path in names:
        wanted = names[path]
        return wanted if wanted in shape.members else None
    return next((parameter for parameter in shape.members if plain(parameter) == plain(name)), None)


def to_api(block: Block, value: Mapping[str, Any], shape: Any, names: Names, prefix: str = "") -> dict[str, Any]:
    """Return the parameters for a block's object, without what is unset, unknown or has no parameter.

    What is empty counts as unset, unless the schema requires it within a nested block (the empty value of an environment variable).
    """
    parameters: dict[str, Any] = {}
    nested = dict(nested_blocks(block))
    required = {name for name, _, flags in attributes(block) if prefix and flags == "r"}
    for name in (*(attribute for attribute, _, flags in attributes(block) if flags != "c"), *nested):
        given = value.get(name)
        target = member(shape, name, prefix + name, names)
        if target is None or given is None or given is UNKNOWN or (given in ("", [], {}) and name not in required):
            continue
        inner = shape.members[target]
        path = f"{prefix}{name}."
        parameters[target] = (
            _block_to_api(nested[name], given, inner, names, path) if name in nested else scalar_to_api(given, inner)
        )
    return parameters


def emptied(value: Mapping[str, Any], changed: Iterable[str], shape: Any, names: Names) -> dict[str, Any]:
    """The parameters that say "nothing" for those changed attributes that are unset now."""
    zeros = {"string": "", "list": [], "map": {}, "structure": {}, "boolean": False, "integer": 0, "long": 0}
    parameters: dict[str, Any] = {}
    for name in changed:
        target = member(shape, name, name, names)
        if target is not None and is_unset(value.get(name)):
            parameters[target] = zeros.get(shape.members[target].type_name)
    return {target: zero for target, zero in parameters.items() if zero is not None}


def _block_to_api(block: Block, given: Any, shape: Any, names: Names, path: str) -> Any:
    items = given if isinstance(given, list) else [given]
    if shape.type_name == "list":
        return [to_api(block, item, shape.member, names, path) for item in items]
    return to_api(block, items[0], shape, names, path)


def scalar_to_api(given: Any, shape: Any) -> Any:
    """An attribute's value in the type of a shape."""
    if shape.type_name == "list":
        items = given if isinstance(given, list) else [given]
        return [scalar_to_api(item, shape.member) for item in items]
    if shape.type_name == "map":
        return {key: scalar_to_api(item, shape.value) for key, item in given.items()}
    if shape.type_name == "string":
        return ("true" if given else "false") if isinstance(given, bool) else str(given)
    if shape.type_name in ("integer", "long"):
        return int(given)
    if shape.type_name == "blob":
        return given.encode() if isinstance(given, str) else given
    return given


def from_api(block: Block, answer: Mapping[str, Any], shape: Any, names: Names, prefix: str = "") -> dict[str, Any]:
    """The attributes that an answer's shape has: absent ones are unset (null, no block)."""
    seen: dict[str, Any] = {}
    for name, cty_type, flags in attributes(block):
        source = None if prefix + name in _TAGS else member(shape, name, prefix + name, names)
        if source is not None and "w" not in flags:
            seen[name] = to_attribute(answer.get(source), cty_type)
    for name, nested in nested_blocks(block):
        source = member(shape, name, prefix + name, names)
        if source is not None:
            seen[name] = _block_from_api(nested, answer.get(source), shape.members[source], names, f"{prefix}{name}.")
    return seen


def _block_from_api(block: Block, answer: Any, shape: Any, names: Names, path: str) -> Any:
    if not answer:
        return []
    items = answer if isinstance(answer, list) else [answer]
    inner = shape.member if shape.type_name == "list" else shape
    if inner.type_name != "structure":
        return []
    blocks = [{**empty(block), **from_api(block, item, inner, names, path)} for item in items]
    return sorted(blocks, key=canonical) if block["n"] == "set" else blocks


def to_attribute(value: Any, cty_type: Any) -> Any:
    """An answer's value in the type of an attribute."""
    if value is None:
        return None
    if isinstance(cty_type, list):
        return _collection(value, *cty_type)
    if cty_type == "string":
        return _text(value)
    if cty_type == "bool":
        return value in (True, "true", "True")
    return float(value) if "." in str(value) else int(value)


def _collection(value: Any, kind: str, inner: Any) -> Any:
    if kind == "map":
        return {str(key): to_attribute(item, inner) for key, item in value.items()}
    if kind == "object":
        return {key: to_attribute(value.get(key), cty_type) for key, cty_type in inner.items()}
    items = [to_attribute(item, inner) for item in (value if isinstance(value, list) else [value])]
    return sorted(items, key=str) if kind == "set" else items


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)
