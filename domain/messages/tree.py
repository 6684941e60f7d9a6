"""The one shape of a message in either standard: a tree whose leaves are fields of FIN, or elements of XML with text."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from domain.records import RecordError

MOST_NODES = 100_000
"""Fields, sequences and elements of one message: more than a stream record of 1 MB says."""


@dataclass(slots=True, eq=False)
class Node:
    """A sequence or field (FIN), or an element (XML). `name` is the sequence's name, the tag, or the element's name without namespace.

    `path` names it for people: `CAOPTN[2]/SECMOVE/92D ADEX`. `text` is a leaf's value; `parts` are the components of a FIN field of
    a known format after its qualifier, None where an optional one is absent.
    """

    name: str
    path: str
    is_leaf: bool = False
    qualifier: str = ""
    text: str = ""
    parts: tuple[str | None, ...] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def place(self, name: str) -> str:
        """Return how something below this node is named for people."""
        return f"{self.path}/{name}" if self.path else name

    def inner_path(self, name: str) -> str:
        """Return the path of a new group of this name, with its number from the second on: `CAOPTN[2]`."""
        self._counts[name] += 1
        return self.place(name) + (f"[{self._counts[name]}]" if self._counts[name] > 1 else "")

    def leaves(self) -> Iterator["Node"]:
        """Yield every leaf at or below this node, in order."""
        if self.is_leaf:
            yield self
        for child in self.children:
            yield from child.leaves()

    def child(self, name: str) -> "Node | None":
        """Return the first child of this name, or None."""
        return next((child for child in self.children if child.name == name), None)

    def fail(self, reason: str, detail: str) -> RecordError:
        """Return a RecordError that names this node."""
        return RecordError(reason, self.path, detail)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a file. `kind` is MT564 or seev.031 of any version; `sender` its BIC, "" if the envelope does not say it.

    `header` is the business application header of XML.
    """

    kind: str
    root: Node
    sender: str = ""
    sender_at: str = ""
    header: Node | None = None

    @property
    def is_fin(self) -> bool:
        """Return True for ISO 15022."""
        return self.kind.startswith("MT")
