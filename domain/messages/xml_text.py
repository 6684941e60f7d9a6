"""The text of ISO 20022 messages as trees of elements. Document types and entities are refused: they have no place in a message, and
carry attacks (OWASP, "XML External Entity Prevention")."""

from xml.parsers import expat

from domain.messages.tree import MOST_NODES, Node
from domain.records import RecordError

MOST_DEPTH = 64
"""Levels of elements: far beyond any published message."""
LONGEST_NAME = 255
"""Of an element or attribute with its namespace, which is repeated for each: long names would fill the memory many times over."""
NAMESPACE = "xmlns"
"""The attribute under which an element's namespace stands in its node."""


class _Tree:
    """What expat's handlers build: `root` has the document's only element."""

    def __init__(self) -> None:
        self.root = Node("", "")
        self._open = [self.root]
        self._text: list[list[str]] = [[]]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Open an element. Raises RecordError for too many, too deep, or too long a name."""
        outer = self._open[-1]
        self._count += 1
        if len(self._open) > MOST_DEPTH:
            raise outer.fail("too_deep", f"more than {MOST_DEPTH} levels of elements")
        if self._count > MOST_NODES:
            raise outer.fail("too_many_elements", f"a message has at most {MOST_NODES} elements")
        if max(map(len, (name, *attributes))) > LONGEST_NAME:
            raise outer.fail("name_too_long", f"a name has more than {LONGEST_NAME} characters")
        namespace, _, local = name.rpartition(" ")
        own = {name: value for name, value in attributes.items() if " " not in name}  # schema hints have a namespace
        element = Node(local, _path(outer, local), attributes={**own, NAMESPACE: namespace})
        outer.children.append(element)
        self._open.append(element)
        self._text.append([])

    def text(self, characters: str) -> None:
        """Add characters to the open element."""
        self._text[-1].append(characters)

    def end(self, _: str) -> None:
        """Close the open element: an element that has text is a leaf. Raises RecordError for text beside inner elements."""
        element, text = self._open.pop(), "".join(self._text.pop()).strip()
        if text and element.children:
            raise element.fail("unexpected_text", f"{text[:20]!r} stands beside elements, where a message has none")
        element.text, element.is_leaf = text, bool(text)

    @staticmethod
    def no_document_type(name: str, *_: object) -> None:
        """Refuse a document type."""
        raise RecordError("document_type", name[:40], "a message has no document type, and no entities of its own")


def parse_xml(data: bytes) -> Node:
    """Return the document's outermost element. Raises RecordError."""
    tree, parser = _Tree(), expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = tree.start, tree.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = tree.text, tree.no_document_type
    try:
        parser.Parse(data, True)
    except RecordError:  # of a handler above: it is a ValueError
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the latter two: an encoding that Python cannot read
        raise RecordError("not_xml", "", f"the message is not XML that can be read: {error}"[:300]) from error
    return tree.root.children[0]


def _path(outer: Node, name: str) -> str:
    """Document and what is around it are no part of the names that people use; a repeated element has its number."""
    if name in ("Document", "AppHdr"):
        return "" if name == "Document" else name
    return outer.inner_path(name)
