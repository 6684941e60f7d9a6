"""Reads the messages of a file into raw records, the same JSON that feed lines carry."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.messages import advice, announcement_table, confirmation, holdings, instruction
from domain.messages.announcement import read_announcement
from domain.messages.draft import Draft
from domain.messages.envelope import in_message, is_message, messages_in
from domain.messages.table import Table
from domain.messages.tree import Message
from domain.records import RecordError

__all__ = ["TABLES", "drafts_in", "drafts_of", "is_message", "read_message"]
TABLES: Mapping[str, Table] = {
    "MT564, seev.031, seev.039": announcement_table.TABLE,
    "MT565, seev.033": instruction.TABLE,
    "MT566, seev.036, seev.037": confirmation.TABLE,
    "MT567, MT568, seev.032, seev.034, seev.038": advice.TABLE,
    "MT535, semt.002": holdings.TABLE,
}
"""Types of messages -> the table by which they are read."""
_READERS: Mapping[str, Callable[[Message], list[Draft]]] = {
    "MT535": holdings.read_holdings,
    "MT564": read_announcement,
    "MT565": instruction.read_instruction,
    "MT566": confirmation.read_confirmation,
    "MT567": advice.read_advice,
    "MT568": advice.read_advice,
    "seev.031": read_announcement,
    "seev.032": advice.read_advice,
    "seev.033": instruction.read_instruction,
    "seev.034": advice.read_advice,
    "seev.036": confirmation.read_confirmation,
    "seev.037": confirmation.read_confirmation,
    "seev.038": advice.read_advice,
    "seev.039": read_announcement,
    "semt.002": holdings.read_holdings,
}


def read_message(data: bytes) -> list[dict[str, Any]]:
    """Return the raw records of a file of messages, at least one, each of which is a valid record.

    Raises RecordError for the whole file: its `field` is the message's field at fault, such as `CADETL/98A RDTE` or
    `CorpActnNtfctn/CorpActnDtls/DtDtls/RcrdDt`, with `message 2/` before it if there are several messages.
    """
    return [draft.raw for draft in drafts_in(data)]


def drafts_in(data: bytes) -> list[Draft]:
    """Return the checked drafts of a file's records: each remembers where its fields stand in the message. Raises RecordError."""
    messages = messages_in(data)
    drafts: list[Draft] = []
    for number, message in enumerate(messages, 1):
        try:
            drafts += drafts_of(message)
        except RecordError as error:
            raise in_message(number, len(messages) > 1, error) from error
    return drafts


def drafts_of(message: Message) -> list[Draft]:
    """Return the checked drafts of one message's records. Raises RecordError."""
    drafts = _reader(message)(message)
    for draft in drafts:
        draft.check()
    _check_distinct(drafts)
    return drafts


def _reader(message: Message) -> Callable[[Message], list[Draft]]:
    reader = _READERS.get(message.kind)
    if reader is None:
        at = "block 2" if message.is_fin else "Document"
        known = [kind for kind in _READERS if kind.startswith("MT") == message.is_fin]
        raise RecordError("unsupported_message", at, f"{message.kind} is none of {', '.join(known)}")
    return reader


def _check_distinct(drafts: list[Draft]) -> None:
    """A statement that holds one thing twice says two things about it."""
    seen: set[tuple[str, ...]] = set()
    for draft in drafts:
        if draft.identity in seen:
            raise RecordError("stated_twice", draft.source("isin"), f"{'/'.join(draft.identity[1:])} is stated twice")
        seen.add(draft.identity)
