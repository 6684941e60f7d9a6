"""Values of Terraform as Python has them, by the compact schema: a resource is a dict with every attribute and block.

Strings, booleans, numbers, None, UNKNOWN; lists and sets are lists (a set sorted, so that equal sets are equal lists); maps and
objects are dicts; a nested block is a list of dicts ("single": a dict or None).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Block = Mapping[str, Any]


class _Unknown:
    """What will be known after apply."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


def attributes(block: Block) -> Iterator[tuple[str, Any, str]]:
    """Name, cty type and flags (r required, o optional, c computed, w write-only) of each attribute of a block."""
    for name, (cty_type, flags) in block.get("a", {}).items():
        yield name, cty_type, flags


def nested_blocks(block: Block) -> Iterator[tuple[str, Block]]:
    """Name and schema of each nested block."""
    yield from block.get("b", {}).items()


def empty(block: Block) -> dict[str, Any]:
    """An object of the block with nothing set: attributes None, nested blocks []."""
    unset: dict[str, Any] = {name: None for name, _, _ in attributes(block)}
    unset |= {name: None if nested["n"] == "single" else [] for name, nested in nested_blocks(block)}
    return unset


def complete(block: Block, given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` as a whole object of the block: what is missing is unset, what the block does not have is dropped, sets are sorted."""
    whole = empty(block)
    for name, cty_type, _ in attributes(block):
        whole[name] = _sorted_sets(given.get(name), cty_type)
    for name, nested in nested_blocks(block):
        value = given.get(name)
        if isinstance(value, Mapping):
            whole[name] = complete(nested, value)
        elif isinstance(value, list):
            items = [complete(nested, item) if isinstance(item, Mapping) else item for item in value]
            whole[name] = sorted(items, key=canonical) if nested["n"] == "set" else items
        elif value is not None:
            whole[name] = value  # UNKNOWN
    return whole


def _sorted_sets(value: Any, cty_type: Any) -> Any:
    if not isinstance(cty_type, list) or value is None or value is UNKNOWN:
        return value
    kind, inner = cty_type
    if kind in ("list", "set"):
        items = [_sorted_sets(item, inner) for item in value]
        return sorted(items, key=canonical) if kind == "set" else items
    if kind == "map":
        return {key: _sorted_sets(item, inner) for key, item in value.items()}
    return {key: _sorted_sets(item, inner[key]) for key, item in value.items()}  # object


def canonical(value: Any) -> str:
    """A text that is the same for equal values."""
    return json.dumps(value, sort_keys=True, default=repr)


def replace(value: Any, old: Any, new: Any) -> Any:
    """`value` with `new` wherever `old` stands, at any depth."""
    if value is old:
        return new
    if isinstance(value, Mapping):
        return {key: replace(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [replace(item, old, new) for item in value]
    return value


def known(value: Any) -> Any:
    """`value` with None in place of everything unknown."""
    return replace(value, UNKNOWN, None)


def select(block: Block, value: Mapping[str, Any], choose: Callable[[str, str, Any], Any]) -> dict[str, Any]:
    """The object with each attribute replaced by `choose(name, flags, value)`, in nested blocks too."""
    chosen = dict(value)
    for name, _, flags in attributes(block):
        chosen[name] = choose(name, flags, value.get(name))
    for name, nested in nested_blocks(block):
        inner = value.get(name)
        if isinstance(inner, Mapping):
            chosen[name] = select(nested, inner, choose)
        elif isinstance(inner, list):
            chosen[name] = [select(nested, item, choose) if isinstance(item, Mapping) else item for item in inner]
    return chosen
