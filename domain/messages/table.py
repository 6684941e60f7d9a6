"""Say by tables what each field of a message is to our records, and read messages of both standards by one walk (ADR 25).

Each leaf of a message is used by a row or kept in `unread`: nothing is dropped. Older and newer releases have fields in other places, so a
row is found wherever in its scope the field stands.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from domain.messages.draft import Draft
from domain.messages.fin_values import fin_value, said
from domain.messages.formats import FORMATS
from domain.messages.tree import Message, Node
from domain.messages.values import INDICATIVE, UNKNOWN, Money, Unknown, Value
from domain.messages.xml_text import NAMESPACE
from domain.messages.xml_values import ASIDE, element_value
from domain.records import RecordError

Form = Callable[[str, Value], Mapping[str, Any] | None]
"""Gives the fields that a value sets, none where it is not known yet; None for a value of a kind that says nothing of the field."""
_FIGURES_IN_FIN = frozenset({"19", "35", "36", "90", "92", "93"})
_FIGURE_IN_XML = re.compile(r"Rate|Amt|Pric|Qty|Unit|Fctr|Ratio|Pctg|Bal")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?\Z")


class Row(NamedTuple):
    """What a field of a message is to our records.

    `fin`: places such as `CADETL/98a XDTE`, `a` for any letter, without qualifier for any; the sequence is named for
    people alone. `xml`: ends of paths. Both may
    be several, with ` | ` between. `form` None: the field, or all in the element, is kept and changes no figure.
    """

    field: str
    form: Form | None
    fin: str = ""
    xml: str = ""

    def places(self, is_fin: bool) -> list[str]:
        """Return the places where the field stands in one of the standards."""
        said = self.fin if is_fin else self.xml
        return said.split(" | ") if said else []


@dataclass(frozen=True)
class Scope:
    """A part of a message that is about one thing: its rows, and which sequences or elements in it open other scopes.

    `within` are the sequences that belong to it; any other is refused, as it would hide what it says. Of what no row names, figures and
    securities hold the record if `holds`, fields that `refuses` matches refuse the message, and all else is kept.
    """

    rows: tuple[Row, ...] = ()
    opens: Mapping[str, str] = field(default_factory=dict)
    within: frozenset[str] = frozenset()
    holds: bool = False
    refuses: re.Pattern[str] | None = None

    @cached_property
    def _fin_rows(self) -> Mapping[tuple[str, str], Row]:
        rows = {}
        for row in self.rows:
            for place in row.places(True):
                tag, _, qualifier = place.rpartition("/")[2].partition(" ")
                rows[tag.removesuffix("a"), qualifier] = row
        return rows

    @cached_property
    def _xml_rows(self) -> Mapping[str, list[tuple[tuple[str, ...], Row]]]:
        rows: dict[str, list[tuple[tuple[str, ...], Row]]] = {}
        for row in self.rows:
            for place in row.places(False):
                names = tuple(place.split("/"))
                rows.setdefault(names[-1], []).append((names, row))
        return {name: sorted(of_name, key=lambda known: -len(known[0])) for name, of_name in rows.items()}

    def row_of(self, node: Node, names: tuple[str, ...]) -> Row | None:
        """Return the row of a field, or of an element by the names that lead to it: the longest of several ends."""
        if node.name[:1].isdigit():
            number = node.name[:2]
            keys = (node.name, node.qualifier), (number, node.qualifier), (number, "")
            return next((self._fin_rows[key] for key in keys if key in self._fin_rows), None)
        ends = self._xml_rows.get(node.name, ())
        return next((row for end, row in ends if names[-len(end) :] == end), None)


Table = Mapping[str, Scope]
"""Scopes by name; the message itself is the scope ""."""


class Part:
    """What stands in one scope of a message: `draft` has the fields that its rows set, `unread` its leaves that no row uses."""

    def __init__(self, scope_name: str, scope: Scope, node: Node, is_fin: bool, outer: "Part | None" = None) -> None:
        self.scope_name, self.node, self.outer = scope_name, node, outer
        self.draft = Draft()
        self.parts: list[Part] = []
        self.unread: list[dict[str, Any]] = []
        self.used: list[Node] = []
        self.scope, self.is_fin = scope, is_fin
        self._sources: dict[str, Node] = {}
        self._others: dict[str, Node] = {}

    def all(self, scope_name: str) -> "list[Part]":
        """Return the inner parts of a scope."""
        return [part for part in self.parts if part.scope_name == scope_name]

    def only(self, scope_name: str, fin: str, xml: str) -> "Part":
        """Return the only inner part of a scope. Raises RecordError for none, naming the sequence or element, and for two."""
        parts = self.all(scope_name)
        if not parts:
            at = self.node.place(fin if self.is_fin else xml)
            raise RecordError("missing_sequence" if self.is_fin else "missing_field", at, "the message must have this")
        if len(parts) > 1:
            raise parts[1].node.fail("repeated_field", f"there are {len(parts)}, where one is expected")
        return parts[0]

    def whole(self) -> "Iterator[Part]":
        """Yield this part and all parts in it."""
        yield self
        for part in self.parts:
            yield from part.whole()

    def get(self, name: str) -> Any:
        """Return the value of a field, or None."""
        return self.draft.raw.get(name)

    def need(self, name: str) -> Any:
        """Return the value of a field. Raises RecordError if the message does not say it, or in a form that says something else."""
        if name in self.draft.raw:
            return self.draft.raw[name]
        if name in self._others:
            raise self._others[name].fail("unsupported_format", f"{name} is needed, and this form does not say it")
        kind = "field" if self.is_fin else "element"
        raise RecordError("missing_field", self.place(name), f"the message must have this {kind}")

    def says(self, name: str) -> bool:
        """Return True if the message says a field, even if in a form that sets nothing."""
        return name in self.draft.raw or name in self._others

    def place(self, name: str) -> str:
        """Return where the message says a field, for people: where it did, else where it should."""
        if source := self.draft.source(name):
            return source
        of_field = (row.places(self.is_fin) for row in self.scope.rows if row.field == name)
        place = next((places[0] for places in of_field if places), name)
        return place if place.startswith("AppHdr/") else self.node.place(place)

    def keep(self, node: Node, holds: bool = False) -> None:
        """Keep a leaf in `unread`."""
        entry = {"field": node.path, "value": shown(node)}
        self.unread.append(entry | {"holds": True} if holds else entry)

    def keep_field(self, name: str, holds: bool = False) -> None:
        """Keep the leaves that a field was set from."""
        for leaf in self._sources[name].leaves():
            if leaf in self.used:
                self.used.remove(leaf)
                self.keep(leaf, holds)

    def drop(self, name: str, holds: bool = False) -> None:
        """Keep in `unread` what a field was set from, and take it out of the record."""
        self.keep_field(name, holds)
        del self.draft.raw[name]

    def absorb(self, other: "Part") -> None:
        """Take over all that an inner part says."""
        self.draft.take(other.draft)
        self._sources |= other._sources
        self.used, other.used = [*self.used, *other.used], []
        self.unread, other.unread = [*self.unread, *other.unread], []

    def keep_used(self) -> None:
        """Keep in `unread` all that this part and the parts in it say."""
        for part in self.whole():
            for leaf in part.used:
                part.keep(leaf)
            part.used = []

    def put_unread(self, draft: Draft) -> None:
        """Put what this part and the parts in it do not use into a record."""
        if unread := [entry for part in self.whole() for entry in part.unread]:
            draft.raw["unread"] = [*draft.raw.get("unread", []), *unread]
        draft.used += [leaf.path for part in self.whole() for leaf in part.used]

    def use(self, node: Node, row: Row, value: Value | None) -> bool:
        """Set the fields of a row; return False if its form takes no such value. Raises RecordError for a second, different value."""
        try:
            given = row.form(row.field, value) if row.form and value is not None else None
        except RecordError as error:
            raise node.fail(error.reason, error.detail) from error
        if not given:
            self._others[row.field] = node
        if given is None:
            return False
        if isinstance(value, Money) and (value.status == INDICATIVE or (value.kind and row.field in self.draft.raw)):
            return False  # it may still change; of amounts of several kinds of income it is not said which counts
        for name, content in given.items():
            if name == "currency" and self.outer is not None and content != self.outer.draft.raw.get(name, content):
                self.outer.draft.put(name, content, node.path)
            self.draft.put(name, content, node.path)
            self._sources.setdefault(name, node)
        beside = [leaf for child in node.children if child.name in ASIDE for leaf in child.leaves()]
        for leaf in beside:
            self.keep(leaf)
        self.used += [leaf for leaf in node.leaves() if leaf not in beside]
        return True

    def leave(self, leaf: Node, kept: bool) -> None:
        """Keep, hold by, or refuse a leaf that no row uses, as the scope says; `kept`: a row says that it changes no figure."""
        if kept:
            self.keep(leaf)
            return
        place = leaf.path.removeprefix(self.node.path)
        if self.scope.refuses and self.scope.refuses.search(place):
            detail = "what this says of the instruction is not read, and it is carried out whole or not at all"
            raise leaf.fail("unsupported_field", detail)
        figure = is_figure(leaf, place)
        if figure:
            check_format(leaf)
        self.keep(leaf, holds=figure and self.scope.holds)


def shown(leaf: Node) -> str:
    """Return a leaf's value as people read it: of XML with its currency before it."""
    if leaf.name[:1].isdigit():
        return said(leaf)
    return f"{leaf.attributes['Ccy']} {leaf.text}" if "Ccy" in leaf.attributes else leaf.text


def check_format(field: Node) -> None:
    """Raise RecordError for a FIN field that is not of its tag's format."""
    if field.name in FORMATS and field.parts is None:
        raise field.fail("invalid_format", f"{field.text[:60]!r} is not of the format {FORMATS[field.name][0]}")


def is_figure(leaf: Node, place: str) -> bool:
    """Return True for a rate, price, amount, quantity or security, or a code in place of it, but for one that says that it is not known.

    `place` leads to it within its scope.
    """
    if leaf.name[:1].isdigit():
        return leaf.name[:2] in _FIGURES_IN_FIN and not isinstance(fin_value(leaf), Unknown)
    if leaf.name.startswith("NotSpcfd"):
        return leaf.text not in UNKNOWN
    return "Ccy" in leaf.attributes or bool(_DECIMAL.match(leaf.text) and _FIGURE_IN_XML.search(place))


def read_parts(message: Message, table: Table) -> Part:
    """Return what a message says, by its table. Raises RecordError that names the message's field."""
    root = Part("", table[""], message.root, message.is_fin)
    for node in message.header.children if message.header else ():  # of the header all is the message's own
        row = root.scope.row_of(node, ("AppHdr", node.name))
        if not (row and _is_used(root, node, row)):
            root.used += node.leaves()
    _walk(root, table, message.root, (), False)
    return root


def _walk(part: Part, table: Table, outer: Node, names: tuple[str, ...], kept: bool) -> None:
    for node in outer.children:
        _leave_attributes(part, node)
        opened = part.scope.opens.get(node.name)
        if opened is not None and not node.is_leaf:
            inner = Part(opened, table[opened], node, part.is_fin, part)
            part.parts.append(inner)
            _walk(inner, table, node, (), False)
            continue
        if part.is_fin and not node.is_leaf and node.name not in part.scope.within:
            raise node.fail(
                "unknown_sequence", f"{outer.name or 'the message'} has no such sequence: what it says would be hidden"
            )
        inside = (*names, node.name)
        row = part.scope.row_of(node, inside)
        if row is not None and row.form and _is_used(part, node, row):
            continue
        is_kept = kept or (row is not None and row.form is None)
        if node.is_leaf:
            part.leave(node, is_kept)
        else:
            _walk(part, table, node, inside, is_kept)


def _is_used(part: Part, node: Node, row: Row) -> bool:
    check_format(node)
    return part.use(node, row, fin_value(node) if part.is_fin else element_value(node))


def _leave_attributes(part: Part, node: Node) -> None:
    """Keep attributes that no value has: a message has none but the currency."""
    for name, text in node.attributes.items():
        if name not in ("Ccy", NAMESPACE):
            part.unread.append({"field": f"{node.path}@{name}", "value": text})
