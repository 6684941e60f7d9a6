"""Elections and their release: which option an account takes, entered by one identity and released by another."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from domain.records.declared import Identifier, Instant, Number, Whole, optional
from domain.records.fields import Fields


def _said(fields: Fields, name: str) -> bool:
    return fields.has(name) and fields.flag(name)


def _sequence(fields: Fields, name: str) -> int | None:
    return fields.integer(name) if fields.has(name) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Election:
    """An instruction for part of a holding, in units of what is held (rights count as rights; OVER and BUYA ask for more than that).

    With `entered_by` it counts only once another identity has released it. `allocate_basis_to_rights` is the holder's choice of
    US IRC §307(b)(2).
    """

    record_type: ClassVar[str] = "election"
    election_id: Identifier
    corporate_action_event_id: Identifier
    safekeeping_account: Identifier
    option_number: Identifier
    quantity: Number
    received_at: Instant | None = None
    entered_by: Identifier = ""
    allocate_basis_to_rights: Annotated[bool, optional(_said)] = False
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return the election's own number."""
        return self.election_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionRelease:
    """The second pair of eyes on one content of an election (domain rules, "Four eyes").

    `election_sequence` is the content released, None if it is the one that was current at `received_at`.
    """

    record_type: ClassVar[str] = "election_release"
    election_id: Identifier
    election_sequence: Annotated[int, optional(_sequence)] | None = None
    released_by: Identifier
    received_at: Instant | None = None
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return the election, the content released (by its sequence, else by when the release was received), and who released it."""
        at = self.received_at.isoformat().replace("+00:00", "Z") if self.received_at else ""
        content = f"at {at}" if self.election_sequence is None else str(self.election_sequence)
        return f"{self.election_id}/{content}/{self.released_by}"
