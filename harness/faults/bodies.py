"""Bodies that a rule can change: JSON, XML and forms, with one way to name what is in them.

A path is names joined by dots. The first is looked for anywhere, the others directly below it; lists are passed through,
`*` is any name. In XML and forms, a map's `entry` is named by its key.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote_plus, urlencode
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Items = Callable[[list[Any]], list[Any]]


class Body(Protocol):
    """What can be done to a body. Each operation tells whether it found something to change."""

    def remove(self, path: str) -> bool:
        """Takes out what the path names."""

    def put(self, path: str, value: Any) -> bool:
        """Gives another value to what the path names."""

    def add(self, name: str, value: Any) -> bool:
        """Sets a name at the top, whether it is there or not."""

    def rearrange(self, path: str, change: Items) -> bool:
        """Replaces the items of each list that the path names."""

    def encoded(self) -> bytes:
        """The bytes."""


def body_of(content: bytes, content_type: str) -> Body | None:
    """The body for its type or, failing that, its first character; None where it is none of these."""
    start = content.lstrip()[:1]
    try:
        if "x-www-form-urlencoded" in content_type:
            return FormBody(content.decode())
        if "json" in content_type or start in (b"{", b"["):
            return JsonBody(content)
        if "xml" in content_type or start == b"<":
            return XmlBody(content)
    except (ValueError, ElementTree.ParseError):
        return None
    return None


class JsonBody:
    """A JSON document."""

    def __init__(self, content: bytes) -> None:
        self.document = json.loads(content)

    def remove(self, path: str) -> bool:
        """See Body."""
        spots = list(_spots(self.document, path.split(".")))
        for holder, name in spots:
            holder.pop(name, None)
        return bool(spots)

    def put(self, path: str, value: Any) -> bool:
        """See Body; the value is any JSON value."""
        spots = [spot for spot in _spots(self.document, path.split(".")) if spot[0][spot[1]] != value]
        for holder, name in spots:
            holder[name] = value
        return bool(spots)

    def add(self, name: str, value: Any) -> bool:
        """See Body."""
        if not isinstance(self.document, dict) or self.document.get(name) == value:
            return False
        self.document[name] = value
        return True

    def rearrange(self, path: str, change: Items) -> bool:
        """See Body."""
        changed = False
        for holder, name in list(_spots(self.document, path.split("."))):
            if isinstance(holder[name], list) and (after := change(list(holder[name]))) != holder[name]:
                holder[name], changed = after, True
        return changed

    def encoded(self) -> bytes:
        """See Body."""
        return json.dumps(self.document, separators=(",", ":")).encode()


def _spots(node: Any, names: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    """(holder, name) of each place that the path leads to."""
    if isinstance(node, list):
        for item in node:
            yield from _spots(item, names)
    elif isinstance(node, dict):
        yield from _below(node, names)
        for item in node.values():
            yield from _spots(item, names)


def _below(node: Any, names: list[str]) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(node, list):
        for item in node:
            yield from _below(item, names)
    elif isinstance(node, dict):
        for name in [one for one in node if names[0] in ("*", one)]:
            if len(names) == 1:
                yield node, name
            else:
                yield from _below(node[name], names[1:])


class XmlBody:
    """An XML document; namespaces do not matter."""

    def __init__(self, content: bytes) -> None:
        self._root = ElementTree.fromstring(content)

    def remove(self, path: str) -> bool:
        """See Body."""
        spots = list(_elements(self._root, path.split(".")))
        for holder, element in spots:
            holder.remove(element)
        return bool(spots)

    def put(self, path: str, value: Any) -> bool:
        """See Body; the value becomes the text."""
        changed = False
        for _, element in list(_elements(self._root, path.split("."))):
            place = next((one for one in element if _local(one) == "value"), element)
            if place.text != str(value):
                place.text, changed = str(value), True
        return changed

    def add(self, name: str, value: Any) -> bool:
        """See Body: a last child of the root."""
        ElementTree.SubElement(self._root, _qualified(self._root, name)).text = str(value)
        return True

    def rearrange(self, path: str, change: Items) -> bool:
        """See Body. Items are the children of the named element, or its namesakes beside it where it holds no list."""
        done: set[int] = set()
        changed = False
        for holder, element in list(_elements(self._root, path.split("."))):
            nested = len(element) > 0 and len({_tag(one) for one in element}) == 1 and _is_list(element)
            parent, items = (element, list(element)) if nested else (holder, _namesakes(holder, element))
            if id(parent) in done:
                continue
            done.add(id(parent))
            after = change(items)
            if after != items:
                at = list(parent).index(items[0])
                for item in items:
                    parent.remove(item)
                for offset, item in enumerate(after):
                    parent.insert(at + offset, item)
                changed = True
        return changed

    def encoded(self) -> bytes:
        """See Body."""
        namespace = _namespace(self._root)
        if namespace:
            ElementTree.register_namespace("", namespace)
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(self._root)


_LIST_ITEMS = re.compile(r"member|entry|item|Item|Tag|Bucket|DB\w+|Rule|Grant")


def _is_list(element: Element) -> bool:
    """Whether its children are items: `member` of the query protocol, or a name that S3 and RDS give to items."""
    return _LIST_ITEMS.fullmatch(_tag(element[0])) is not None


def _namesakes(holder: Element, element: Element) -> list[Element]:
    return [one for one in holder if one.tag == element.tag]


def _elements(root: Element, names: list[str]) -> Iterator[tuple[Element, Element]]:
    """(parent, element) of each place that the path leads to."""
    for parent in root.iter():
        yield from _children(parent, names, through_lists=False)


def _children(parent: Element, names: list[str], through_lists: bool) -> Iterator[tuple[Element, Element]]:
    for child in list(parent):
        if names[0] not in ("*", _local(child)):
            if through_lists and _tag(child) == "member":
                yield from _children(child, names, through_lists)
        elif len(names) == 1:
            yield parent, child
        else:
            yield from _children(child, names[1:], through_lists=True)


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _local(element: Element) -> str:
    """The name without namespace; of a map's entry, its key."""
    name = _tag(element)
    if name == "entry":
        key = next((one for one in element if _tag(one) == "key"), None)
        return (key.text or name) if key is not None else name
    return name


def _namespace(element: Element) -> str:
    return element.tag.partition("}")[0].removeprefix("{") if element.tag.startswith("{") else ""


def _qualified(root: Element, name: str) -> str:
    namespace = _namespace(root)
    return f"{{{namespace}}}{name}" if namespace else name


class FormBody:
    """A form of the query protocol, or a query string: `Tags.member.1.Key=…`."""

    def __init__(self, content: str) -> None:
        self._pairs = parse_qsl(content, keep_blank_values=True)

    def remove(self, path: str) -> bool:
        """See Body."""
        gone = self._named(path)
        self._pairs = [pair for number, pair in enumerate(self._pairs) if number not in gone]
        return bool(gone)

    def put(self, path: str, value: Any) -> bool:
        """See Body; only a value, never a list."""
        changed = False
        for number in self._named(path):
            name, old = self._pairs[number]
            if not name.endswith(".key") and old != str(value):
                self._pairs[number], changed = (name, str(value)), True
        return changed

    def add(self, name: str, value: Any) -> bool:
        """See Body."""
        before = self._pairs
        self._pairs = [*(pair for pair in before if pair[0] != name), (name, str(value))]
        return self._pairs != before

    def rearrange(self, path: str, change: Items) -> bool:
        """See Body. An item is the list of its (suffix, value)."""
        last = re.escape(path.rpartition(".")[2])
        numbered = re.compile(rf"((?:.*\.)?{last}(?:\.[A-Za-z]+)?)\.(\d+)(\..*|)")
        found = [(match, value) for name, value in self._pairs if (match := numbered.fullmatch(name))]
        if not found:
            return False
        items: dict[int, list[tuple[str, str]]] = {}
        for match, value in found:
            items.setdefault(int(match[2]), []).append((match[3], value))
        before = [items[number] for number in sorted(items)]
        after = change(list(before))
        prefix = found[0][0][1]
        others = [pair for pair in self._pairs if not numbered.fullmatch(pair[0])]
        listed = [(f"{prefix}.{n}{suffix}", value) for n, item in enumerate(after, 1) for suffix, value in item]
        self._pairs = others + listed
        return after != before

    def encoded(self, quote_via: Callable[..., str] = quote_plus) -> bytes:
        """See Body. `quote_via`: how a blank is written (`+` in a form)."""
        return urlencode(self._pairs, quote_via=quote_via).encode()

    def _named(self, path: str) -> set[int]:
        names = path.split(".")
        keyed = {
            name.removesuffix(".key") for name, value in self._pairs if name.endswith(".key") and value == names[-1]
        }
        return {
            number
            for number, (name, _) in enumerate(self._pairs)
            if _contains(name, names) or name.rpartition(".")[0] in keyed
        }


def _contains(name: str, names: list[str]) -> bool:
    parts = [part for part in name.split(".") if part not in ("member", "entry") and not part.isdigit()]
    width = len(names)
    return any(
        all(wanted in ("*", part) for wanted, part in zip(names, parts[start : start + width], strict=True))
        for start in range(len(parts) - width + 1)
    )
