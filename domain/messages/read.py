"""Recognises a message by its first bytes and reads it into raw records, the same JSON that a feed line carries."""

from typing import Any

from domain.messages.draft import Draft
from domain.messages.fin.read import read_fin
from domain.messages.iso20022.read import read_iso20022
from domain.records import RecordError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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


def _check_distinct(drafts: list[Draft]) -> None:
    """A statement that holds one thing twice says two things about it."""
    seen: set[tuple[str, ...]] = set()
    for draft in drafts:
        if draft.identity in seen:
            raise RecordError("stated_twice", draft.source("isin"), f"{'/'.join(draft.identity[1:])} is stated twice")
        seen.add(draft.identity)
