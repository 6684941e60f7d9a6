"""ISO 15022 and ISO 20022 messages: another form of the same records, read before validation, written from entitlements (ADR 7, ADR 8)."""

from domain.messages.read import is_message, read_message
from domain.messages.writing.due import Envelope, UnwritableMessageError
from domain.messages.writing.write import KINDS, REVERSALS, write_message

__all__ = [
    "KINDS",
    "REVERSALS",
    "Envelope",
    "UnwritableMessageError",
    "is_message",
    "read_message",
    "write_message",
]
