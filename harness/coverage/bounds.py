"""The bounds that botocore's model of an operation sets on its request, and requests one step beyond each."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session

ITEM, KEY, VALUE = "[]", "{key}", "{}"
"""Steps of a path into a list, to the keys of a map, and to its values."""
REQUIRED = "required"
KINDS = ("min", "max", "pattern", "enum")
_LENGTHS = ("string", "list", "map", "blob")
_BEYOND = ("!", " ", "*", "ä", "a b", "-", "0", "x", "", "9" * 9, "a!" * 20)
"""Texts of printable characters, one of which is outside of a pattern that forbids anything printable."""
_WITHIN = (
    "a", "1", "1.0", "abcdefgh", "a1b2c3d4e5", "/a", "a/b", "t.x", "arn:aws:iam::123456789012:role/bounds", "$.a", "a@b.c", "s3://a/b",
    "123456789012", "us-east-1a", "lambda:InvokeFunction", "vpc-12345678", "subnet-12345678", "sg-12345678", "a" * 36,
    "arn:aws:lambda:us-east-1:123456789012:function:bounds", "https://example.org/a", "x.y", "ABCDEFGHIJKLMNOP",
    "12345678-1234-1234-1234-123456789012", "{}", "*", "arn:aws:lambda:us-east-1:123456789012:layer:a:1", "rate(1 day)",
    "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012", "aws/x", "abcd", "a#b", "kafka.example.org:9092",
    "/mnt/a", "arn:aws:codepipeline:us-east-1:123456789012:a", "arn:aws:lambda:us-east-1:123456789012:capacity-provider:a",
    "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
)  # fmt: skip


@dataclass(frozen=True)
class Bound:
    """A bound of `kind` on the member at `path`; `limit` is its number, or the pattern, None where there is none."""

    path: tuple[str, ...]
    kind: str
    limit: Any = None

    def __str__(self) -> str:
        """Return `Entries[].Source max`."""
        return f"{'.'.join(self.path).replace('.[]', ITEM).replace('.{', '{')} {self.kind}"


def model(service: str, operation: str) -> Any:
    """Return botocore's model of an operation."""
    return _models().get_service_model(service).operation_model(operation)


@cache
def _models() -> Any:
    return botocore.session.get_session()


@cache
def bounds_of(service: str, operation: str) -> tuple[Bound, ...]:
    """Return the bounds on an operation's request; a structure inside of itself is left out."""
    shape = model(service, operation).input_shape
    return tuple(_bounds(shape, (), frozenset())) if shape else ()


def _bounds(shape: Any, path: tuple[str, ...], above: frozenset[str]) -> Iterator[Bound]:
    if shape.name in above:
        return
    above = above | {shape.name}
    yield from (Bound(path, kind, limit) for kind in KINDS if (limit := _limit(shape, kind)) is not None)
    if shape.type_name == "structure":
        yield from (Bound((*path, name), REQUIRED) for name in shape.required_members if _can_lack(shape.members[name]))
        for name, member in shape.members.items():
            yield from _bounds(member, (*path, name), above)
    elif shape.type_name == "list":
        yield from _bounds(shape.member, (*path, ITEM), above)
    elif shape.type_name == "map":
        yield from _bounds(shape.key, (*path, KEY), above)
        yield from _bounds(shape.value, (*path, VALUE), above)


def _can_lack(member: Any) -> bool:
    """Return True if a request can be sent without the member: it is no part of the path, and boto3 does not fill it in."""
    return member.serialization.get("location") != "uri" and not member.metadata.get("idempotencyToken")


def _limit(shape: Any, kind: str) -> Any:
    """Return a bound's limit, None if there is no value beyond it."""
    limit = shape.metadata.get(kind)
    if (
        kind == "min"
        and shape.type_name in _LENGTHS
        and limit == (1 if shape.serialization.get("location") == "uri" else 0)
    ):
        return None
    if kind == "pattern" and limit is not None and _outside(limit, shape.metadata) is None:
        return None
    return limit


def within(shape: Any) -> Any:
    """Return the smallest value that keeps all bounds of a shape. Raises LookupError where no text is known that does."""
    kind, known = shape.type_name, shape.metadata
    if kind == "structure":
        members = shape.required_members or ([next(iter(shape.members))] if shape.is_tagged_union else [])
        return {member: within(shape.members[member]) for member in members}
    if kind == "list":
        return [_numbered(within(shape.member), number) for number in range(known.get("min", 1) or 1)]
    if kind == "map":
        return {within(shape.key): within(shape.value)}
    if kind == "string":
        return _text(known)
    if kind in ("integer", "long", "float", "double"):
        return max(known.get("min", 1), min(1, known.get("max", 1)))
    return {"boolean": True, "timestamp": 0, "blob": b"a" * known.get("min", 1)}[kind]


def _text(known: Mapping[str, Any]) -> str:
    if "enum" in known:
        return str(known["enum"][0])
    shortest, longest, pattern = known.get("min", 0), known.get("max", 1 << 30), known.get("pattern", "")
    texts = [text for sample in _WITHIN for text in (sample, sample.ljust(shortest, sample[-1]))]
    fit = (text for text in texts if shortest <= len(text) <= longest and (not pattern or _matches(pattern, text)))
    if (fitting := next(fit, None)) is None:
        raise LookupError(f"no text fits {pattern!r}, {shortest} to {longest} characters: add one to _WITHIN")
    return fitting


def request(service: str, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the smallest request that keeps all bounds, with the values of `given` for those of its members that have these names."""
    shape = model(service, operation).input_shape
    values = {name: value for name, value in given.items() if name in shape.members}
    needed = [name for name in shape.required_members if name not in values]
    return {**{name: within(shape.members[name]) for name in needed}, **deepcopy(values)}


def beyond(service: str, operation: str, bound: Bound, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of these `given` values changed so that it is one step beyond `bound` alone."""
    shape = model(service, operation).input_shape
    return dict(_changed(shape, request(service, operation, given), bound.path, bound))


def _changed(shape: Any, value: Any, path: tuple[str, ...], bound: Bound) -> Any:
    """Return `value`, None where there is none yet, with what is at `path` in it beyond `bound`."""
    if not path:
        return _wrong(shape, value, bound)
    step, further = path[0], path[1:]
    if step == ITEM:
        items = value or [None]
        return [_changed(shape.member, items[0], further, bound), *items[1:]]
    if step in (KEY, VALUE):
        key, kept = next(iter((value or within(shape)).items()))
        changed = _changed(shape.key, key, further, bound) if step == KEY else key
        return {changed: _changed(shape.value, kept, further, bound) if step == VALUE else kept}
    if value is None:
        others = shape.required_members if not shape.is_tagged_union else ()
        value = {name: within(shape.members[name]) for name in others if name != step}
    if bound.kind == REQUIRED and not further:
        return {name: kept for name, kept in value.items() if name != step}
    others = {} if shape.is_tagged_union else value
    return {**others, step: _changed(shape.members[step], value.get(step), further, bound)}


def _wrong(shape: Any, value: Any, bound: Bound) -> Any:
    if bound.kind == "enum":
        return "NO_SUCH_VALUE"
    if bound.kind == "pattern":
        return _outside(bound.limit, shape.metadata)
    length = bound.limit + (1 if bound.kind == "max" else -1)
    if shape.type_name == "list":
        item = (value or [within(shape.member)])[0] if length else None
        return [_numbered(item, number) for number in range(length)]
    if shape.type_name == "map":
        key, kept = next(iter(within(shape).items()))
        return {f"{key}{number}": kept for number in range(length)}
    if shape.type_name == "blob":
        return b"a" * length
    return _of_length(value or "", length) if shape.type_name == "string" else length


def _of_length(text: str, length: int) -> str:
    """Return a text cut or filled up to a length; JSON is filled up with spaces, so that it stays JSON."""
    return text.ljust(length, " " if text.endswith("}") else "a")[:length]


def _numbered(item: Any, number: int) -> Any:
    """Return an item of a list that differs from the others, where it has a name, key or id to differ by."""
    if isinstance(item, str):
        return item if number == 0 or not item.isalnum() else f"{item}{number}"
    if isinstance(item, dict):
        names = [name for name in item if name.lower() in ("id", "key", "name", "tagkey")]
        return {**item, **{name: f"{item[name]}{number}" for name in names[:1]}}
    return item


def _outside(pattern: str, known: Mapping[str, Any]) -> str | None:
    """Return a text of an allowed length that does not match a pattern; None if none is known."""
    shortest, longest = known.get("min", 0), known.get("max", 1 << 30)
    texts = (sample.ljust(shortest, sample[-1:] or "!")[:longest] for sample in _BEYOND)
    return next((text for text in texts if len(text) >= max(shortest, 1) and not _matches(pattern, text)), None)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(_python(pattern), text) is not None


_CLASSES = {
    "\\p{L}": "a-zA-ZäÄ",
    "\\p{Z}": " ",
    "\\p{N}": "0-9",
    "\\p{P}": "!-/:-@",
    "\\p{S}": "+<=>|~",
    "\\p{M}": "",
    "\\z": "\\Z",
}
"""What stands in patterns of Java's, and in Python's in its place (printable characters)."""


def _python(pattern: str) -> str:
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.sub(r"\\p\{[A-Za-z]+\}|\\[uU]\{?[0-9a-fA-F]{5,6}\}?", "", pattern)
