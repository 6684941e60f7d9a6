"""The text block of a FIN message as a tree of sequences and fields.

Order and number of fields are not judged: older releases and partial messages have others. Raises RecordError that names the field as a
person finds it in the message: the sequences that lead there, tag and qualifier.
"""

import re

from domain.messages.formats import FORMATS
from domain.messages.notation import X
from domain.messages.tree import MOST_NODES, Node
from domain.records import RecordError

MOST_DEPTH = 8
"""Levels of sequences: the deepest published message has five."""
LONGEST_LINE = 78
_FIELD = re.compile(r":([0-9]{2}[A-Z]?):")
_QUALIFIER = re.compile(r":([A-Z0-9]{4})/")
_FORBIDDEN = re.compile(f"[^{X}\n]")
_SEQUENCE = re.compile(r"[A-Z0-9]{1,16}\Z")


def parse_text(body: str) -> Node:
    """Return the tree of a text block's lines. Raises RecordError."""
    root = Node("", "")
    open_sequences = [root]
    fields = _raw_fields(body)
    if len(fields) > MOST_NODES:
        raise RecordError("too_many_fields", "block 4", f"a message has at most {MOST_NODES} fields")
    for tag, value in fields:
        current = open_sequences[-1]
        if tag == "16R":
            open_sequences.append(_opened(current, value, len(open_sequences)))
        elif tag == "16S":
            if len(open_sequences) == 1 or current.name != value:
                detail = f"16S ends {value:.20}, but {current.name or 'no sequence'} is open"
                raise RecordError("unbalanced_sequence", current.place("16S"), detail)
            open_sequences.pop()
        else:
            current.children.append(_field(current, tag, value))
    if len(open_sequences) > 1:
        raise open_sequences[-1].fail("unbalanced_sequence", "the sequence is never ended by 16S")
    return root


def _opened(outer: Node, name: str, depth: int) -> Node:
    if not _SEQUENCE.match(name):
        raise RecordError("invalid_field", outer.place("16R"), f"{name[:20]!r} is no name of a sequence")
    if depth > MOST_DEPTH:
        raise outer.fail("too_deep", f"more than {MOST_DEPTH} levels of sequences")
    inner = Node(name, outer.inner_path(name))
    outer.children.append(inner)
    return inner


def _raw_fields(body: str) -> list[tuple[str, str]]:
    """Return (tag, value) of each field. A line that does not begin with a tag goes on with the value before it."""
    fields: list[tuple[str, list[str]]] = []
    for line in body.split("\n"):
        start = _FIELD.match(line)
        if start is not None:
            fields.append((start[1], [line[start.end() :]]))
        elif fields:
            fields[-1][1].append(line)
        elif line.strip():
            detail = f"the text block begins with {line[:20]!r}, not with a tag such as :16R:"
            raise RecordError("invalid_field", "block 4", detail)
        if len(line) > LONGEST_LINE:
            detail = f"a line of {len(line)} characters, where {LONGEST_LINE} are the most"
            raise RecordError("line_too_long", fields[-1][0] if fields else "block 4", detail)
    return [(tag, "\n".join(lines).rstrip()) for tag, lines in fields]


def _field(current: Node, tag: str, value: str) -> Node:
    """Return a field. `parts` is None if its format is not known, or another than the value's: whoever uses it must have them."""
    qualified = _QUALIFIER.match(value)
    qualifier = qualified[1] if qualified else ""
    path = current.place(f"{tag} {qualifier}" if qualifier else tag)
    if forbidden := _FORBIDDEN.search(value):
        raise RecordError("invalid_character", path, f"{forbidden[0]!r} is outside character set x")
    matched = FORMATS[tag][1].match(value) if tag in FORMATS else None
    parts = matched.groups()[1 if qualifier else 0 :] if matched else None
    return Node(tag, path, True, qualifier, value, parts)
