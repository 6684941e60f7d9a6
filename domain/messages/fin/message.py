"""The text of a FIN message as a tree of sequences and fields, each field checked against its format.

Raises RecordError that names the field as a person finds it in the message: the sequences that lead there, tag and qualifier.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from domain.messages.bic import short_bic
from domain.messages.fin.formats import FORMATS
from domain.messages.fin.notation import X
from domain.records import RecordError

MOST_DEPTH = 8
"""Levels of sequences: the deepest published message has five."""
LONGEST_LINE = 78
_FIELD = re.compile(r":([0-9]{2}[A-Z]?):")
_FORBIDDEN = re.compile(f"[^{X}\n]")
_BLOCK_1 = re.compile(r"\{1:F[0-9]{2}([A-Z0-9]{12})[0-9]{10}\}\Z")
_BLOCK_2 = re.compile(r"\{2:(?:I([0-9]{3})[A-Z0-9]{12}|O([0-9]{3})[0-9]{10}([A-Z0-9]{12}))")

_TRAILER = re.compile(r"\{5:[^{}]*(\{[^{}]*\}[^{}]*)*\}(\{S:[^{}]*(\{[^{}]*\}[^{}]*)*\})?\Z")
"""Block 5, and the block S that an interface adds: both hold blocks of their own."""


@dataclass(frozen=True, slots=True)
class FinField:
    """One field. `parts` are its components after the qualifier, None where an optional one is absent; `path` names it for people."""

    tag: str
    qualifier: str
    value: str
    parts: tuple[str | None, ...]
    path: str

    def fail(self, reason: str, detail: str) -> RecordError:
        """A RecordError that names this field."""
        return RecordError(reason, self.path, detail)


@dataclass(slots=True)
class FinSequence:
    """A sequence between 16R and 16S: its fields and inner sequences as they come, and how many of each name the latter are. The message
    itself has the name ""."""

    name: str
    path: str
    items: list["FinField | FinSequence"] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def fields(self, tag: str, qualifier: str) -> list[FinField]:
        """The fields whose tag begins so, with this qualifier where one is given."""
        return [
            item
            for item in self.items
            if isinstance(item, FinField) and item.tag.startswith(tag) and qualifier in ("", item.qualifier)
        ]

    def field(self, tag: str, qualifier: str) -> FinField | None:
        """The only such field, or None. Raises RecordError where there are two, or where its tag has no format that we read."""
        fields = self.fields(tag, qualifier)
        if len(fields) > 1:
            raise fields[1].fail("repeated_field", f"there are {len(fields)} of this field, where one is expected")
        if fields and not fields[0].parts:
            raise fields[0].fail("unsupported_format", f"tag {fields[0].tag} has no format that is read here")
        return fields[0] if fields else None

    def need(self, tag: str, qualifier: str = "") -> FinField:
        """Such a field, which must be there."""
        needed = self.field(tag, qualifier)
        if needed is None:
            raise RecordError("missing_field", self.place(tag, qualifier), "the message must have this field")
        return needed

    def sequences(self, name: str) -> list["FinSequence"]:
        """The inner sequences of this name."""
        return [item for item in self.items if isinstance(item, FinSequence) and item.name == name]

    def sequence(self, name: str) -> "FinSequence | None":
        """The first inner sequence of this name, or None."""
        return next(iter(self.sequences(name)), None)

    def place(self, tag: str, qualifier: str = "") -> str:
        """How a field of this sequence is named for people."""
        return f"{self.path}{'/' if self.path else ''}{tag}{' ' if qualifier else ''}{qualifier}"


@dataclass(frozen=True, slots=True)
class FinMessage:
    """A whole message. `sender` is its BIC (8 characters, or 11 with a branch); `message_type` is 564 for an MT564."""

    message_type: str
    sender: str
    root: FinSequence


def parse_fin(data: bytes) -> FinMessage:
    """Reads a message with its blocks 1, 2 and 4. Raises RecordError."""
    try:
        text = data.decode("ascii").replace("\r\n", "\n").strip()
    except UnicodeDecodeError as error:
        detail = f"byte {error.start} is outside character set x of ISO 15022"
        raise RecordError("invalid_character", "", detail) from error
    if text.startswith(":16R:"):
        raise RecordError(
            "missing_field", "block 1", "the message comes without its header: blocks 1 and 2 name sender and type"
        )
    message_type, sender = _header(text)
    start = text.find("{4:\n")
    if start < 0:
        raise RecordError("missing_field", "block 4", "the message has no text block {4:")
    body, end, rest = text[start + 4 :].partition("\n-}")
    if not end:
        raise RecordError("unfinished_message", "block 4", "the text block does not end with -}")
    if rest and not _TRAILER.match(rest):
        detail = f"{rest.strip()[:20]!r} comes after the text block, where only a trailer {{5: may: send each message by itself"
        raise RecordError("unexpected_text", "block 5", detail)
    return FinMessage(message_type, sender, _tree(body))


def _header(text: str) -> tuple[str, str]:
    """Type and sender: of a message received the sender stands in block 2, of one to be sent in block 1."""
    first = _BLOCK_1.match(text[: text.find("}") + 1])
    if first is None:
        raise RecordError(
            "invalid_field", "block 1", "the basic header is not {1:F01 with a terminal of 12 and a session of 10"
        )
    second = _BLOCK_2.match(text, first.end())
    if second is None:
        raise RecordError(
            "invalid_field", "block 2", "the application header is neither {2:I nor {2:O with type and address"
        )
    return second[1] or second[2], _bic(second[3] or first[1])


def _bic(terminal: str) -> str:
    """The BIC in a logical terminal's address, whose ninth character is the terminal."""
    return short_bic(terminal[:8] + terminal[9:])


def _tree(body: str) -> FinSequence:
    open_sequences = [FinSequence("", "")]
    for tag, value in _raw_fields(body):
        current = open_sequences[-1]
        if tag == "16R":
            open_sequences.append(_opened(current, value, len(open_sequences)))
        elif tag == "16S":
            if len(open_sequences) == 1 or current.name != value:
                detail = f"16S ends {value:.20}, but {current.name or 'no sequence'} is open"
                raise RecordError("unbalanced_sequence", current.place("16S"), detail)
            open_sequences.pop()
        else:
            current.items.append(_field(current, tag, value))
    if len(open_sequences) > 1:
        raise RecordError("unbalanced_sequence", open_sequences[-1].path, "the sequence is never ended by 16S")
    return open_sequences[0]


def _opened(outer: FinSequence, name: str, depth: int) -> FinSequence:
    if not FORMATS["16R"][1].match(name):
        raise RecordError("invalid_field", outer.place("16R"), f"{name[:20]!r} is no name of a sequence")
    if depth > MOST_DEPTH:
        raise RecordError("too_deep", outer.path, f"more than {MOST_DEPTH} levels of sequences")
    outer.counts[name] += 1
    inner = FinSequence(name, outer.place(name) + (f"[{outer.counts[name]}]" if outer.counts[name] > 1 else ""))
    outer.items.append(inner)
    return inner


def _raw_fields(body: str) -> list[tuple[str, str]]:
    """(tag, value) of each field. A line that does not begin with a tag goes on with the value before it."""
    fields: list[tuple[str, list[str]]] = []
    for line in body.split("\n"):
        start = _FIELD.match(line)
        if start is not None:
            fields.append((start[1], [line[start.end() :]]))
        elif fields:
            fields[-1][1].append(line)
        else:
            raise RecordError(
                "invalid_field", "block 4", f"the text block begins with {line[:20]!r}, not with a tag such as :16R:"
            )
        if len(line) > LONGEST_LINE:
            raise RecordError(
                "line_too_long", fields[-1][0], f"a line of {len(line)} characters, where {LONGEST_LINE} are the most"
            )
    return [(tag, "\n".join(lines)) for tag, lines in fields]


def _field(current: FinSequence, tag: str, value: str) -> FinField:
    qualifier = value[1:5] if value.startswith(":") and value[5:6] == "/" else ""
    path = current.place(tag, qualifier if qualifier.isalnum() else "")
    if forbidden := _FORBIDDEN.search(value):
        raise RecordError("invalid_character", path, f"{forbidden[0]!r} is outside character set x")
    notation, pattern = FORMATS.get(tag, ("", None))
    if pattern is None:
        return FinField(tag, qualifier, value, (), path)
    matched = pattern.match(value)
    if matched is None:
        raise RecordError("invalid_format", path, f"{value[:60]!r} is not of the format {notation}")
    return FinField(tag, qualifier, value, matched.groups()[1:] if qualifier else matched.groups(), path)
