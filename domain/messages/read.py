"""Recognises a message by its first bytes and reads it into raw records, the same JSON that a feed line carries."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.messages.draft import Draft
from domain.messages.fin import announcement, confirmation, holdings, instruction
from domain.messages.fin.message import FinMessage, parse_fin
from domain.messages.fin.structure import check_structure
from domain.messages.iso20022 import announcement as seev_031
from domain.messages.iso20022 import confirmation as seev_036
from domain.messages.iso20022 import holdings as semt_002
from domain.messages.iso20022 import instruction as seev_033
from domain.messages.iso20022.document import Iso20022Message, parse_iso20022
from domain.records import RecordError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIN: Mapping[str, Callable[[FinMessage], list[Draft]]] = {
    "535": holdings.read_holdings,
    "564": announcement.read_announcement,
    "565": instruction.read_instruction,
    "566": confirmation.read_confirmation,
}
_ISO20022: Mapping[str, Callable[[Iso20022Message], list[Draft]]] = {
    "seev.031": seev_031.read_notification,
    "seev.033": seev_033.read_instruction,
    "seev.036": seev_036.read_confirmation,
    "seev.039": seev_031.read_cancellation,
    "semt.002": semt_002.read_holdings,
}


def is_message(data: bytes) -> bool:
    """True of what begins as an ISO 15022 (`{1:`, `:16R:`) or ISO 20022 (`<`) message does, and JSON never."""
    return _start(data).startswith((b"{1:", b":16R:", b"<"))


def read_message(data: bytes) -> list[dict[str, Any]]:
    """The raw records of a message, at least one, each of which is a valid record.

    Raises RecordError for the whole message: its `field` is the message's field at fault, such as `CADETL/98A RDTE` or
    `CorpActnNtfctn/CorpActnDtls/DtDtls/RcrdDt`.
    """
    drafts = read_iso20022(data) if _start(data).startswith(b"<") else read_fin(data)
    records = [draft.checked() for draft in drafts]
    _check_distinct(drafts)
    return records


def _start(data: bytes) -> bytes:
    return data[:64].removeprefix(_BYTE_ORDER_MARK).lstrip()


def read_fin(data: bytes) -> list[Draft]:
    """Return drafts of an MT535, MT564, MT565 or MT566. Raises RecordError."""
    message = parse_fin(data)
    check_structure(message)
    return _FIN[message.message_type](message)


def read_iso20022(data: bytes) -> list[Draft]:
    """Return drafts of a seev.031, seev.033, seev.036, seev.039 or semt.002 of any version. Raises RecordError."""
    message = parse_iso20022(data)
    reader = _ISO20022.get(message.kind)
    if reader is None:
        raise RecordError("unsupported_message", "Document", f"{message.kind} is none of {', '.join(_ISO20022)}")
    return reader(message)


def _check_distinct(drafts: list[Draft]) -> None:
    """A statement that holds one thing twice says two things about it."""
    seen: set[tuple[str, ...]] = set()
    for draft in drafts:
        if draft.identity in seen:
            raise RecordError("stated_twice", draft.source("isin"), f"{'/'.join(draft.identity[1:])} is stated twice")
        seen.add(draft.identity)
