"""From the text of a FIN message to drafts of records."""

from collections.abc import Callable, Mapping

from domain.messages.draft import Draft
from domain.messages.fin.announcement import read_announcement
from domain.messages.fin.confirmation import read_confirmation
from domain.messages.fin.holdings import read_holdings
from domain.messages.fin.instruction import read_instruction
from domain.messages.fin.message import FinMessage, parse_fin
from domain.messages.fin.structure import check_structure

_READERS: Mapping[str, Callable[[FinMessage], list[Draft]]] = {
    "535": read_holdings,
    "564": read_announcement,
    "565": read_instruction,
    "566": read_confirmation,
}


def read_fin(data: bytes) -> list[Draft]:
    """Drafts of an MT535, MT564, MT565 or MT566. Raises RecordError."""
    message = parse_fin(data)
    check_structure(message)
    return _READERS[message.message_type](message)
