"""What both rules documents have: their head, and entries that hold between two days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self

from domain.records.declared import Day, Meaning, Text, read_as, whole
from domain.records.errors import RecordError
from domain.records.fields import Fields


@dataclass(frozen=True, kw_only=True)
class RulesDocument:
    """A rules document, read as a whole or refused."""

    schema_version: Annotated[int, whole(1, 1), Meaning("form of the document")]
    version: Annotated[Text, Meaning("named by every entitlement that was calculated with it")] = ""
    as_of: Annotated[Day, Meaning("day on which it was looked up; no figure uses it")] | None = None

    @classmethod
    def from_document(cls, document: Any) -> Self:
        """Read a document's JSON. Raises RecordError, whose field is the place at fault, such as `rates.3.treaty_rate`."""
        if not isinstance(document, Mapping):
            raise RecordError("not_an_object", "", "a rules document is one JSON object")
        given = Fields(document)
        read = read_as(cls, given)
        given.rest()
        return read


@dataclass(frozen=True, kw_only=True)
class Dated:
    """What holds from one day to another, both with it."""

    valid_from: Annotated[Day, Meaning("first day on which it holds")]
    valid_to: Annotated[Day, Meaning("last day on which it holds; absent: still in force")] | None = None

    def holds_on(self, day: date) -> bool:
        """valid_from ≤ day ≤ valid_to."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @staticmethod
    def check(given: Fields, dated: dict[str, Any]) -> None:
        """Raise RecordError if the last day is before the first."""
        if dated["valid_to"] is not None and dated["valid_to"] < dated["valid_from"]:
            raise given.fail("valid_to", "empty_period", f"it ends on {dated['valid_to']}, before it begins")
