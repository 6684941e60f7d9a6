"""What a message says and no field of its record has: kept beside the record, with the place where the message says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from domain.records.declared import AtLeast, Meaning, Permission, Text


@dataclass(frozen=True, slots=True)
class Unread:
    """A field of a message that its record has no room for."""

    field: Annotated[Text, Meaning("place in the message: sequences, tag and qualifier, or elements")]
    value: Annotated[Text, Meaning("what stands there")]
    holds: Annotated[Permission, Meaning("whether it may change a figure: the event is held (`unread_terms`)")] = False


UnreadFields = Annotated[
    tuple[Unread, ...], AtLeast(0), Meaning("what the message says beside: kept, no figure uses it")
]


def holding(unread: tuple[Unread, ...]) -> tuple[Unread, ...]:
    """Return the fields that may change a figure."""
    return tuple(entry for entry in unread if entry.holds)


def told(normalised: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a record's normalised JSON without the unread fields that hold nothing: two reports that differ only in them tell the same.

    So do the messages of one announcement to several accounts, each of which names its own account and balance.
    """
    unread = normalised.get("unread")
    if not isinstance(unread, list):
        return normalised
    rest = {name: value for name, value in normalised.items() if name != "unread"}
    kept = [entry for entry in unread if entry.get("holds")]
    return {**rest, "unread": kept} if kept else rest
