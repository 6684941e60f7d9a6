"""A message's content as text: FIN with its headers, XML with its business application header (head.001.001.02)."""

from collections.abc import Iterator
from xml.etree import ElementTree

from domain.messages.envelope import messages_in
from domain.messages.writing import forms
from domain.messages.writing.structure import check_structure
from domain.messages.writing.table import Content, Line, Table, UnwritableMessageError
from domain.records import RecordError

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_HEADER = "head.001.001.02"
HEADER: Table = (
    Line("sender", forms.code, "", "Fr/FIId/FinInstnId/BICFI"),
    Line("receiver", forms.code, "", "To/FIId/FinInstnId/BICFI"),
    Line("reference", forms.identifier, "", "BizMsgIdr"),
    Line("definition", forms.code, "", "MsgDefIdr"),
    Line("prepared_at", forms.instant, "", "CreDt"),
)
"""The business application header."""


def fin_text(message_type: str, sender: str, receiver: str, content: Content) -> str:
    """Return the text, which reads as a message of the published structure. Raises UnwritableMessageError where it does not."""
    header = f"{{1:F01{_terminal(sender, 'A')}0000000000}}{{2:I{message_type}{_terminal(receiver, 'X')}N}}"
    text = "\r\n".join([f"{header}{{4:", *_fields(content), "-}"])
    try:
        check_structure(*messages_in(text.encode()))
    except RecordError as error:
        raise UnwritableMessageError(error.field, error.detail) from error
    return text


def _terminal(bic: str, terminal: str) -> str:
    return f"{bic[:8]}{terminal}{bic[8:] or 'XXX'}"


def _fields(content: Content) -> Iterator[str]:
    """Yield the lines of fields and sequences."""
    for name, values in content.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, dict):
                yield from (f":16R:{name}", *_fields(value), f":16S:{name}")
            else:
                tag, _, qualifier = name.partition(" ")
                yield f":{tag}::{qualifier}//{value}" if qualifier else f":{tag}:{value}"


def xml_text(definition: str, header: Content, content: Content) -> str:
    """Return the document of a definition (seev.036.001.15) beside its header."""
    text = ElementTree.Element("BusinessMessage")
    for name, namespace, inner in (("AppHdr", _HEADER, header), ("Document", definition, content)):
        _fill(ElementTree.SubElement(text, name, xmlns=_NAMESPACE + namespace), inner)
    ElementTree.indent(text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(text, encoding="unicode")}\n'


def _fill(element: ElementTree.Element, content: Content) -> None:
    """Add the content's elements below an element."""
    for name, values in content.items():
        for value in values if isinstance(values, list) else [values]:
            inner = ElementTree.SubElement(element, name)
            if isinstance(value, dict):
                _fill(inner, value)
            elif isinstance(value, tuple):
                inner.text, inner.attrib["Ccy"] = value
            else:
                inner.text = value
