"""From an entitlement to a message."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.messages.writing import fin, iso20022
from domain.messages.writing.due import Due, Envelope, UnwritableMessageError, read_due

_WRITERS: Mapping[str, Callable[[Due, Envelope], str]] = {
    "MT564-REPE": fin.write_advice,
    "MT566": fin.write_confirmation,
    "MT566-REVR": lambda due, envelope: fin.write_confirmation(due.reversed(), envelope, "REVR"),
    "seev.035": iso20022.write_advice,
    "seev.036": iso20022.write_confirmation,
    "seev.037": lambda due, envelope: iso20022.write_reversal(due.reversed(), envelope),
}
KINDS = tuple(_WRITERS)
"""Preliminary advice (MT564-REPE, seev.035), confirmation (MT566, seev.036) and reversal (MT566-REVR, seev.037) of a movement."""
REVERSALS = ("MT566-REVR", "seev.037")


def write_message(kind: str, entitlement: Mapping[str, Any], event: Mapping[str, Any], envelope: Envelope) -> str:
    """The message's text. `entitlement` is the contract's JSON, `event` its corporate_action record.

    Raises UnwritableMessageError that names the field for which the standard has no room or which is missing: a message is written whole or
    not at all, and nothing in it is cut short.
    """
    if kind in REVERSALS and not envelope.previous:
        raise UnwritableMessageError("previous", "a reversal names the confirmation that it takes back")
    return _WRITERS[kind](read_due(entitlement, event), envelope)
