"""From the text of an ISO 20022 message to drafts of records."""

from collections.abc import Callable, Mapping

from domain.messages.draft import Draft
from domain.messages.iso20022.announcement import read_cancellation, read_notification
from domain.messages.iso20022.confirmation import read_confirmation
from domain.messages.iso20022.document import Iso20022Message, parse_iso20022
from domain.messages.iso20022.holdings import read_holdings
from domain.messages.iso20022.instruction import read_instruction
from domain.records import RecordError

_READERS: Mapping[str, Callable[[Iso20022Message], list[Draft]]] = {
    "seev.031": read_notification,
    "seev.033": read_instruction,
    "seev.036": read_confirmation,
    "seev.039": read_cancellation,
    "semt.002": read_holdings,
}


def read_iso20022(data: bytes) -> list[Draft]:
    """Drafts of a seev.031, seev.033, seev.036, seev.039 or semt.002 of any version. Raises RecordError."""
    message = parse_iso20022(data)
    reader = _READERS.get(message.kind)
    if reader is None:
        raise RecordError("unsupported_message", "Document", f"{message.kind} is none of {', '.join(_READERS)}")
    return reader(message)
