"""Elections and their release: which option an account takes, entered by one identity and released by another."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from domain.records.fields import Fields


@dataclass(frozen=True, slots=True)
class Election:
    """An instruction for part of a holding, in units of what is held (rights count as rights; OVER and BUYA ask for more than that).

    With `entered_by` it counts only once another identity has released it. `allocate_basis_to_rights` is the holder's choice of
    US IRC §307(b)(2).
    """

    record_type: ClassVar[str] = "election"
    election_id: str
    corporate_action_event_id: str
    safekeeping_account: str
    option_number: str
    quantity: Decimal
    received_at: datetime | None
    entered_by: str
    allocate_basis_to_rights: bool
    sequence: int

    @property
    def identity(self) -> str:
        """The election's own number."""
        return self.election_id


@dataclass(frozen=True, slots=True)
class ElectionRelease:
    """The second pair of eyes (domain rules, "Facts and their order")."""

    record_type: ClassVar[str] = "election_release"
    election_id: str
    released_by: str
    received_at: datetime | None
    sequence: int

    @property
    def identity(self) -> str:
        """The election released, and by whom."""
        return f"{self.election_id}/{self.released_by}"


def parse_election(fields: Fields) -> Election:
    """Reads an election record. Raises RecordError."""
    return Election(
        election_id=fields.identifier("election_id"),
        corporate_action_event_id=fields.identifier("corporate_action_event_id"),
        safekeeping_account=fields.identifier("safekeeping_account"),
        option_number=fields.identifier("option_number"),
        quantity=fields.needed_decimal("quantity"),
        received_at=fields.instant("received_at", required=False),
        entered_by=fields.identifier("entered_by", required=False),
        allocate_basis_to_rights=fields.has("allocate_basis_to_rights") and fields.flag("allocate_basis_to_rights"),
        sequence=fields.integer("sequence", default=0),
    )


def parse_election_release(fields: Fields) -> ElectionRelease:
    """Reads an election release. Raises RecordError."""
    return ElectionRelease(
        election_id=fields.identifier("election_id"),
        released_by=fields.identifier("released_by"),
        received_at=fields.instant("received_at", required=False),
        sequence=fields.integer("sequence", default=0),
    )
