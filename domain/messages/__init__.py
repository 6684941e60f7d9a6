"""ISO 15022 and ISO 20022 messages: another form of the same records, read before validation, written from entitlements (ADR 7, ADR 8)."""

from domain.messages.read import is_message, read_message

__all__ = ["is_message", "read_message"]
