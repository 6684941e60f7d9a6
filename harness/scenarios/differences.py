"""Two values of a comparison as a reader wants them: short, and only the part in which they differ."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

LONGEST, WHOLE, COMMON, CONTEXT = 160, 90, 40, 10
"""Characters of a value that is shown; up to which values are shown whole; of a common beginning that is cut, and that stay of it."""
PARTS = 2
_MANY = (list, tuple, set, frozenset)


def shown(value: object, longest: int = LONGEST) -> str:
    """Return a value as JSON on one line, cut to `longest` characters; None is `nothing`."""
    if value is None:
        return "nothing"
    text = json.dumps(_plain(value), ensure_ascii=False, default=_named)
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


@dataclass(frozen=True)
class _Part:
    """Where two values differ: what came and what was expected, as texts, and `values` which only came."""

    path: str
    came: str
    expected: str
    values: tuple[object, ...]


def difference(came: object, expected: object) -> tuple[str, str]:
    """Return (what came, what was expected); of long values the parts that differ, each with the path to it."""
    whole = shown(came, WHOLE + 1), shown(expected, WHOLE + 1)
    parts = [] if all(len(text) <= WHOLE for text in whole) else list(_parts(came, expected, ""))
    if not parts:
        return whole
    more = f" and {len(parts) - PARTS} more" if len(parts) > PARTS else ""
    texts = [f"{part.path} {part.came}".strip() for part in parts[:PARTS]]
    return ", ".join(texts) + more, ", ".join(part.expected for part in parts[:PARTS]) + more


def only_came(came: object, expected: object) -> Iterator[object]:
    """Give the values within `came` that are not those of `expected`."""
    return (value for part in _parts(came, expected, "") for value in part.values)


def _parts(came: object, expected: object, path: str) -> Iterator[_Part]:
    if isinstance(came, Mapping) and isinstance(expected, Mapping):
        for key in sorted({*came, *expected}, key=str):
            yield from _parts(came.get(key), expected.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(came, list | tuple) and isinstance(expected, list | tuple) and len(came) == len(expected):
        for place, (came_item, expected_item) in enumerate(zip(came, expected, strict=True)):
            yield from _parts(came_item, expected_item, path if isinstance(came, tuple) else f"{path}[{place}]")
    elif isinstance(came, _MANY) and isinstance(expected, _MANY):
        more, fewer = _without(came, expected), _without(expected, came)
        if more or fewer:
            yield _Part(path, _many(came, more), _many(expected, fewer), tuple(more))
    elif came != expected:
        yield _Part(path, *_from_where_they_differ(came, expected), (came,))


def _many(all_of_them: Collection[object], own: Sequence[object]) -> str:
    count = f"{len(all_of_them)} element{'s' if len(all_of_them) != 1 else ''}"
    return f"{count}, among them {shown(own)}" if own else count


def _from_where_they_differ(came: object, expected: object) -> tuple[str, str]:
    if isinstance(came, str) and isinstance(expected, str):
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(came, expected, strict=False)))
        start = same - CONTEXT
        if start > COMMON:
            return shown(f"…{came[start:]}"), shown(f"…{expected[start:]}")
    return shown(came), shown(expected)


def _without(some: Collection[object], others: Collection[object]) -> list[object]:
    left, only_here = list(others), []
    for item in some:
        if item in left:
            left.remove(item)
        else:
            only_here.append(item)
    return only_here


def _plain(value: object) -> object:
    """Return the value with what JSON has not, at any depth, made what it has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_plain(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _named(value: object) -> str:
    text = str(value)
    return type(value).__name__ if text.startswith("<") else text
