"""Bodies that a rule can change: JSON, XML, forms and queries, read into one kind of tree of maps, lists and texts.

A path is names joined by dots. The first is looked for anywhere, the others directly below it; lists are passed through,
`*` is any name. In XML and forms, a map's `entry` is named by its key.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

Items = Callable[[list[Any]], list[Any]]
Spot = tuple[dict[str, Any], str]
"""A map and one of its names."""
PASSED_THROUGH = ("member", "entry")
ANY_WRAPPER = re.compile(r"[A-Za-z]+")
XML_WRAPPER = re.compile(r"member|entry|item|Item|Tag|Bucket|DB\w+|Rule|Grant")
"""Names that the query protocol, S3 and RDS give to the items of a list within an element of its own."""


class Entries(dict[str, Any]):
    """A map of the query protocol by its keys: `<entry><key>a</key><value>1</value></entry>` is {"a": "1"}."""


@dataclass
class Body:
    """A body as a tree. Each change tells whether it found something to change.

    `wrapper` matches the names that items of a list may have between them and the list's own name (`Tags.member.1`).
    """

    tree: Any
    write: Callable[[Any], str]
    wrapper: re.Pattern[str] = re.compile("(?!)")
    value_of: Callable[[Any], Any] = str
    """What a value of a rule is in the tree."""
    lists_of_one: bool = False
    """Whether a list of one item cannot be told from the item, as in XML."""

    def remove(self, path: str) -> bool:
        """Take out what the path names."""
        spots = self._spots(path)
        for holder, name in spots:
            holder.pop(name, None)
        return bool(spots)

    def put(self, path: str, value: Any) -> bool:
        """Give another value to what the path names."""
        spots = [spot for spot in self._spots(path) if spot[0][spot[1]] != self.value_of(value)]
        for holder, name in spots:
            holder[name] = self.value_of(value)
        return bool(spots)

    def add(self, name: str, value: Any) -> bool:
        """Set a name at the top, whether it is there or not."""
        if not isinstance(self.tree, dict) or self.tree.get(name) == self.value_of(value):
            return False
        self.tree[name] = self.value_of(value)
        return True

    def rearrange(self, path: str, change: Items) -> bool:
        """Replace the items of each list that the path names."""
        changed = False
        for holder, name in map(self._unwrapped, self._spots(path)):
            before = holder[name] if isinstance(holder[name], list) or not self.lists_of_one else [holder[name]]
            if isinstance(before, list) and (after := change(list(before))) != before:
                holder[name], changed = after, True
        return changed

    def encoded(self) -> bytes:
        """Return the bytes."""
        return self.write(self.tree).encode()

    def _spots(self, path: str) -> list[Spot]:
        return list(_anywhere(self.tree, path.split(".")))

    def _unwrapped(self, spot: Spot) -> Spot:
        content = spot[0][spot[1]]
        names = list(content) if isinstance(content, dict) else []
        return (content, names[0]) if len(names) == 1 and self.wrapper.fullmatch(names[0]) else spot


def body_of(content: bytes, content_type: str) -> Body | None:
    """Return the body by its type or, failing that, its first character; None where it is none of these."""
    start = content.lstrip()[:1]
    try:
        if "x-www-form-urlencoded" in content_type:
            pairs = parse_qsl(content.decode(), keep_blank_values=True)
            return Body(_form(pairs), lambda tree: urlencode(list(_pairs("", tree))), ANY_WRAPPER)
        if "json" in content_type or start in (b"{", b"["):
            write = partial(json.dumps, separators=(",", ":"))
            return Body(json.loads(content), write, value_of=lambda value: value)
        if "xml" in content_type or start == b"<":
            root = ElementTree.fromstring(content)
            top = _content(root)
            return Body(
                top if isinstance(top, dict) else {"": top},
                lambda tree: _document(root.tag, tree),
                XML_WRAPPER,
                lists_of_one=True,
            )
    except (ValueError, ElementTree.ParseError):
        return None
    return None


def query_of(query: str) -> Body:
    """Return a query string as a tree of one level."""
    names = {name: _one_or_all(values) for name, values in parse_qs(query, keep_blank_values=True).items()}
    return Body(names, lambda tree: urlencode(tree, doseq=True, quote_via=quote))


def _anywhere(node: Any, names: list[str]) -> Iterator[Spot]:
    """Find each place that the path leads to."""
    if isinstance(node, dict):
        yield from _below(node, names)
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _anywhere(inner, names)


def _below(node: Any, names: list[str], inside: bool = False) -> Iterator[Spot]:
    if isinstance(node, list):
        for item in node:
            yield from _below(item, names, inside)
    for name in node if isinstance(node, dict) else ():
        if names[0] not in ("*", name):
            yield from _below(node[name], names, inside) if inside and name in PASSED_THROUGH else ()
        elif len(names) == 1:
            yield node, name
        else:
            yield from _below(node[name], names[1:], inside=True)


def _one_or_all(items: list[Any]) -> Any:
    return items[0] if len(items) == 1 else items


def _listed(name: str, items: list[Any]) -> Any:
    """Return the items, as a map where they are one's entries."""
    if name == "entry" and all(isinstance(item, dict) and item.keys() == {"key", "value"} for item in items):
        return Entries((item["key"], item["value"]) for item in items)
    return items


def _items(content: Any) -> list[Any]:
    """Return what is written under one name, item by item: the reverse of `_listed`."""
    if isinstance(content, Entries):
        return [{"key": key, "value": value} for key, value in content.items()]
    return content if isinstance(content, list) else [content]


def _content(element: Element) -> Any:
    """Return an element's text, or what is in it by name: namesakes in a list, attributes as `@name`; namespaces do not matter."""
    names: dict[str, list[Any]] = {f"@{name}": [value] for name, value in element.items()}
    for child in element:
        names.setdefault(child.tag.rpartition("}")[2], []).append(_content(child))
    if names and not len(element):
        names[""] = [element.text or ""]
    listed = {name: _listed(name, items) for name, items in names.items()}
    return {k: _one_or_all(v) if isinstance(v, list) else v for k, v in listed.items()} or element.text or ""


def _document(tag: str, tree: Any) -> str:
    namespace = tag.rpartition("}")[0].removeprefix("{")
    if namespace:
        ElementTree.register_namespace("", namespace)
    root = Element(tag)
    _fill(root, tree, f"{{{namespace}}}" if namespace else "")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _fill(element: Element, content: Any, prefix: str) -> None:
    if not isinstance(content, dict):
        element.text = str(content)
        return
    for name, value in content.items():
        if name.startswith("@"):
            element.set(name[1:], value)
        elif not name:
            element.text = value
        else:
            for item in _items(value):
                _fill(ElementTree.SubElement(element, prefix + name), item, prefix)


def _form(pairs: list[tuple[str, str]]) -> Any:
    """Return a form of the query protocol, `Tags.member.1.Key=…`, as maps and lists. Raises ValueError where a name comes twice."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        *parents, last = name.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                raise ValueError(f"{name} is below a value")
        if last in node:
            raise ValueError(f"{name} comes twice")
        node[last] = value
    return _with_lists("", tree)


def _with_lists(name: str, node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    content = {one: _with_lists(one, inner) for one, inner in node.items()}
    numbers = [str(number) for number in range(1, len(content) + 1)]
    return _listed(name, [content[number] for number in numbers]) if content.keys() == {*numbers} else content


def _pairs(name: str, content: Any) -> Iterator[tuple[str, str]]:
    if isinstance(content, list | Entries):
        content = {str(number): item for number, item in enumerate(_items(content), 1)}
    if isinstance(content, dict):
        for inner, value in content.items():
            yield from _pairs(f"{name}.{inner}" if name else inner, value)
    else:
        yield name, str(content)
