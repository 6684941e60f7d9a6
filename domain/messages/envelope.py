"""The messages of a file, whatever is around them. The first bytes decide: `{1:` to `{5:`, a tag or 0x01 begin FIN, `<` begins XML.

FIN comes with or without its blocks 1, 2, 3, 5 and S, with the text block alone, or as bare fields; several in one file with nothing,
line ends, `$` (RJE) or 0x01 … 0x03 and padding (DOS-PCC) between them. XML comes as a Document, alone or beside its header in any
envelope, with any prefix.
Source: SWIFT Alliance Access, "Message file formats" (RJE, DOS-PCC); ISO 15022 User Handbook, "Message structure"; ISO 20022 head.001.
"""

import re
from collections.abc import Iterator

from domain.messages.bic import short_bic
from domain.messages.fin_text import parse_text
from domain.messages.tree import Message, Node
from domain.messages.xml_text import NAMESPACE, parse_xml
from domain.records import RecordError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STARTS = re.compile(rb"\{[1-5]:|:[0-9]{2}[A-Z]?:|\x01|<")
_INNER = r"((?:[^{}]|\{[^{}]*\})*)\}"
_GAP = re.compile(r"[\x00\x01\x03\x1a$\s]*")
_BLOCK_BEFORE = re.compile(r"\{([123]):" + _INNER + r"\s*")
_BLOCK_AFTER = re.compile(r"\s*\{[5S]:" + _INNER)
_SERVICE = re.compile(r"\{4:\s*((?:\{[^{}]*\}\s*)+)\}")
_TEXT = re.compile(r"\{4:\s*(.*?)\n-\}", re.DOTALL)
_BARE = re.compile(r"(:[0-9]{2}[A-Z]?:.*?)(?:\n-\}?\s*|(?=[$\x03])|\n(?=\{|:16R:GENL\n)|\Z)", re.DOTALL)
_BLOCK_1 = re.compile(r"F[0-9]{2}([A-Z0-9]{12})[0-9]{10}\Z")
_BLOCK_2 = re.compile(r"I([0-9]{3})[A-Z0-9]{12}[A-Z]?[0-9]{0,4}\Z|O([0-9]{3})[0-9]{10}([A-Z0-9]{12})[0-9]{20}[A-Z]?\Z")
_TYPE_OF_SEQUENCE = {"CAINST": "565", "CACONF": "566", "SUBSAFE": "535", "FIN": "535"}
_XML_KIND = re.compile(r"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3})\.[0-9]{3}\.[0-9]{2}\Z")
_KIND_OF_ROOT = {
    "CorpActnNtfctn": "seev.031",
    "CorpActnEvtPrcgStsAdvc": "seev.032",
    "CorpActnInstr": "seev.033",
    "CorpActnInstrStsAdvc": "seev.034",
    "CorpActnMvmntConf": "seev.036",
    "CorpActnMvmntRvslAdvc": "seev.037",
    "CorpActnNrrtv": "seev.038",
    "CorpActnCxlAdvc": "seev.039",
    "SctiesBalCtdyRpt": "semt.002",
}
_DECLARATION = re.compile(rb"(?=<\?xml\s)")


def is_message(data: bytes) -> bool:
    """Return True if the data begins as an ISO 15022 or ISO 20022 message does, and JSON never."""
    return bool(_STARTS.match(_start(data)))


def messages_in(data: bytes) -> list[Message]:
    """Return the messages of a file, at least one. Raises RecordError, whose field names the message's number if there are several."""
    return _xml_messages(data) if _start(data).startswith(b"<") else _fin_messages(data)


def in_message(number: int, several: bool, error: RecordError) -> RecordError:
    """Return the error of one message of a file with the message's number before its field."""
    at = f"message {number}" if several else ""
    return RecordError(error.reason, "/".join(filter(None, (at, error.field))), error.detail)


def _start(data: bytes) -> bytes:
    return data[:64].removeprefix(_BYTE_ORDER_MARK).lstrip()


def _fin_messages(data: bytes) -> list[Message]:
    try:
        text = data.removeprefix(_BYTE_ORDER_MARK).decode("ascii").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        detail = f"byte {error.start} is outside character set x of ISO 15022"
        raise RecordError("invalid_character", "", detail) from error
    messages: list[Message] = []
    at = _end(_GAP, text, 0)
    while at < len(text) or not messages:
        try:
            blocks, body, at = _piece(text, at)
            messages.append(_fin_message(blocks, body))
        except RecordError as error:
            raise in_message(len(messages) + 1, bool(messages), error) from error
        at = _end(_GAP, text, at)
    return messages


def _piece(text: str, start: int) -> tuple[dict[str, str], str, int]:
    """Return (blocks 1 to 3 by number, the text's lines, the message's end) of the message at `start`. Raises RecordError."""
    if bare := _BARE.match(text, start):
        return {}, bare[1], bare.end()
    blocks, at = {}, start
    while block := _BLOCK_BEFORE.match(text, at):
        blocks[block[1]] = block[2]
        at = block.end()
    if service := _SERVICE.match(text, at):
        return _behind_acknowledgement(service, text)
    body = _TEXT.match(text, at)
    if body is None:
        if text.startswith("{4:", at):
            raise RecordError("unfinished_message", "block 4", "the text block does not end with -}")
        unread = f", but {text[at : at + 20]!r}" if at < len(text) else ""
        raise RecordError("missing_field", "block 4", f"the message has no text block {{4:{unread}")
    at = body.end()
    while (after := _end(_BLOCK_AFTER, text, at)) > at:
        at = after
    return blocks, body[1], at


def _behind_acknowledgement(service: re.Match[str], text: str) -> tuple[dict[str, str], str, int]:
    """Return the message behind the network's answer to it (service 21). Raises RecordError if the network did not take it."""
    if "{451:1}" in service[1]:
        raise RecordError(
            "not_sent",
            "block 4/451",
            "the network refused the message (451:1): it was never delivered, and states nothing",
        )
    return _piece(text, _end(_GAP, text, service.end()))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    matched = pattern.match(text, at)
    return matched.end() if matched else at


def _fin_message(blocks: dict[str, str], body: str) -> Message:
    """Return a message. The sender of one received stands in block 2, of one to be sent in block 1."""
    own, application = _BLOCK_1.match(blocks.get("1", "")), _BLOCK_2.match(blocks.get("2", ""))
    if "1" in blocks and own is None:
        detail = "the basic header is not {1:F01 with a terminal of 12 and a session of 10"
        raise RecordError("invalid_field", "block 1", detail)
    if "2" in blocks and application is None:
        detail = "the application header is neither {2:I nor {2:O with type and address"
        raise RecordError("invalid_field", "block 2", detail)
    root = parse_text(body)
    if application is None and root.child("GENL") is None:
        raise RecordError("missing_sequence", "GENL", "a message begins with general information, sequence GENL")
    if application is None:
        return Message(f"MT{_type_of(root)}", root, "", "block 2")
    terminal = application[3] or (own[1] if own else "")
    return Message(f"MT{application[1] or application[2]}", root, short_bic(terminal[:8] + terminal[9:]), "block 2")


def _type_of(root: Node) -> str:
    """Return the type of a message without block 2, by what no other type has."""
    names = [child.name for child in root.children]
    general = root.child("GENL")
    inner = [] if general is None else [child.name for child in general.children]
    qualifiers = [] if general is None else [child.qualifier for child in general.children]
    if found := next((_TYPE_OF_SEQUENCE[name] for name in names if name in _TYPE_OF_SEQUENCE), ""):
        return found
    if "STBA" in qualifiers:
        return "535"
    if "STAT" in inner:
        return "567"
    return "568" if "ADDINFO" in names and "CAMV" not in qualifiers and not {"CADETL", "CAOPTN"} & {*names} else "564"


def _xml_messages(data: bytes) -> list[Message]:
    messages: list[Message] = []
    pieces = [piece for piece in _DECLARATION.split(data) if piece.strip(b"\xef\xbb\xbf \t\r\n")]
    for piece in pieces:
        try:
            messages += _documents(parse_xml(piece))
        except RecordError as error:
            raise in_message(len(messages) + 1, len(pieces) > 1, error) from error
    return messages


def _documents(top: Node) -> list[Message]:
    """Return the message of each Document, with the header before it. Raises RecordError."""
    header, messages = None, []
    parts = list(_named(top)) or [top]
    for part in parts:
        if part.name != "AppHdr":
            messages.append(_xml_message(part, header))
            header = None
        elif header is not None:
            raise RecordError("invalid_envelope", top.name, "two AppHdr elements stand before one Document")
        else:
            header = part
    if header is not None or not messages:
        raise RecordError("invalid_envelope", top.name, "an AppHdr element stands without a Document behind it")
    return messages


def _named(element: Node) -> Iterator[Node]:
    """Yield the outermost Document and AppHdr elements, in order."""
    if element.name in ("Document", "AppHdr"):
        yield element
        return
    for child in element.children:
        yield from _named(child)


def _xml_message(document: Node, header: Node | None) -> Message:
    """Return a message, whose kind its namespace says, else the name of its outermost element."""
    body = document.children[0] if document.name == "Document" and len(document.children) == 1 else document
    namespace = document.attributes[NAMESPACE] or body.attributes[NAMESPACE]
    named = _XML_KIND.match(namespace)
    kind = named[1] if named else _KIND_OF_ROOT.get(body.name)
    if kind is None or (body is document and document.name == "Document"):
        detail = f"{namespace[:80]!r} with the element {body.name[:40]!r} is no ISO 20022 message"
        raise RecordError("unsupported_message", "Document", detail)
    sender = _sender(header) if header else None
    if sender is None:
        return Message(kind, body, header=header)
    return Message(kind, body, short_bic(sender.text), sender.path, header)


def _sender(header: Node) -> Node | None:
    """Return the BIC of the header's Fr, of an institution or organisation, whatever the header's version."""
    sender = header.child("Fr")
    names = ("BICFI", "BIC", "AnyBIC", "BICOrBEI")
    return next((leaf for leaf in sender.leaves() if leaf.name in names), None) if sender else None
