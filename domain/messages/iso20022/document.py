"""The text of an ISO 20022 message as a tree of elements. Document types and entities are refused: they have no place in a message, and
carry attacks (OWASP, "XML External Entity Prevention")."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from domain.records import RecordError

MOST_DEPTH = 64
"""Levels of elements: far beyond any published message."""
LONGEST_NAME = 255
"""Of an element or attribute with its namespace, which is repeated for each: long names would fill the memory many times over."""
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3})\.[0-9]{3}\.[0-9]{2}\Z")


@dataclass(slots=True)
class Element:
    """An element, by its name without namespace. `path` names it for people, from the document's message on."""

    name: str
    namespace: str
    path: str
    attributes: Mapping[str, str]
    children: list["Element"] = field(default_factory=list)
    characters: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """Its characters, white space at both ends trimmed."""
        return "".join(self.characters).strip()

    def all(self, path: str) -> list["Element"]:
        """The elements at a path `A/B`, each level with all of its elements."""
        elements = [self]
        for name in path.split("/"):
            elements = [child for element in elements for child in element.children if child.name == name]
        return elements

    def get(self, path: str) -> "Element | None":
        """The only element at a path, or None. Raises RecordError where there are two."""
        named = self.all(path)
        if len(named) > 1:
            raise named[1].fail("repeated_field", f"there are {len(named)} of this element, where one is expected")
        return named[0] if named else None

    def need(self, path: str) -> "Element":
        """The element at a path, which must be there."""
        element = self.get(path)
        if element is None:
            raise RecordError("missing_field", self.place(path), "the message must have this element")
        return element

    def place(self, path: str) -> str:
        """How an element below this one is named for people."""
        return f"{self.path}/{path}" if self.path else path

    def fail(self, reason: str, detail: str) -> RecordError:
        """A RecordError that names this element."""
        return RecordError(reason, self.path, detail)


@dataclass(frozen=True, slots=True)
class Iso20022Message:
    """A document: `kind` is seev.031 of any version, `body` the element under Document, `header` the business application header."""

    kind: str
    body: Element
    header: Element | None


def parse_iso20022(data: bytes) -> Iso20022Message:
    """Reads a Document, alone or beside an AppHdr in an envelope. Raises RecordError."""
    top = _tree(data)
    documents, headers = _named(top, "Document"), _named(top, "AppHdr")
    if len(documents) != 1 or len(headers) > 1:
        raise RecordError(
            "invalid_envelope",
            top.name,
            f"{len(documents)} Document and {len(headers)} AppHdr elements, where one is expected",
        )
    named = _NAMESPACE.match(documents[0].namespace)
    if named is None or len(documents[0].children) != 1:
        raise RecordError(
            "unsupported_message",
            "Document",
            f"{documents[0].namespace[:80]!r} with one element is no ISO 20022 message",
        )
    return Iso20022Message(named[1], documents[0].children[0], headers[0] if headers else None)


def _named(top: Element, name: str) -> list[Element]:
    """The outermost elements of a name."""
    if top.name == name:
        return [top]
    return [element for child in top.children for element in _named(child, name)]


def _tree(data: bytes) -> Element:
    parser = expat.ParserCreate(namespace_separator=" ")
    open_elements = [Element("", "", "", {})]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > MOST_DEPTH:
            raise RecordError("too_deep", open_elements[-1].path, f"more than {MOST_DEPTH} levels of elements")
        if max(map(len, (name, *attributes))) > LONGEST_NAME:
            raise RecordError(
                "name_too_long", open_elements[-1].path, f"a name has more than {LONGEST_NAME} characters"
            )
        namespace, _, local = name.rpartition(" ")
        element = Element(local, namespace, _path(open_elements[-1], local), attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def characters(text: str) -> None:
        open_elements[-1].characters.append(text)

    def no_document_type(name: str, *_: object) -> None:
        raise RecordError("document_type", name[:40], "a message has no document type, and no entities of its own")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: open_elements.pop()
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = no_document_type
    try:
        parser.Parse(data, True)
    except RecordError:  # of a handler above: it is a ValueError
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an encoding that Python cannot read
        raise RecordError("not_xml", "", f"the message is not XML that can be read: {error}"[:300]) from error
    return open_elements[0].children[0]


def _path(outer: Element, name: str) -> str:
    """Document and what is around it are no part of the names that people use; a repeated element has its number."""
    if name in ("Document", "AppHdr"):
        return "" if name == "Document" else name
    outer.counts[name] += 1
    inside = f"{outer.path}/" if outer.path else ""
    return f"{inside}{name}" + (f"[{outer.counts[name]}]" if outer.counts[name] > 1 else "")
