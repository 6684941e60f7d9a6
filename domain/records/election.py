"""Elections and their release: which option an account takes, entered by one identity and released by another."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from domain.records.declared import Identifier, Instant, Meaning, Number, SequenceNumber, optional
from domain.records.fields import Fields
from domain.records.shapes import FLAG, whole_number
from domain.records.unread import UnreadFields


def _said(fields: Fields, name: str) -> bool:
    return fields.has(name) and fields.flag(name)


def whole_or_none(fields: Fields, name: str) -> int | None:
    """Return an integer, zero or more; None if the field is absent."""
    return fields.integer(name) if fields.has(name) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Election:
    """An account's instruction to take an option for part of its holding (MT565, seev.033)."""

    record_type: ClassVar[str] = "election"
    election_id: Annotated[Identifier, Meaning("number of the instruction", source="20C SEME")]
    corporate_action_event_id: Annotated[Identifier, Meaning("event", source="20C CORP")]
    safekeeping_account: Annotated[Identifier, Meaning("account that elects", source="97A SAFE")]
    option_number: Annotated[Identifier, Meaning("option that it takes", source="13A CAON")]
    quantity: Annotated[
        Number,
        Meaning(
            "part of the holding; OVER and BUYA ask for more",
            "units of what is held (rights count as rights)",
            "36B QINS",
        ),
    ]
    received_at: Annotated[Instant, Meaning("when it came: judged against the event's deadline")] | None = None
    entered_by: Annotated[
        Identifier, Meaning("who entered it: it then counts only once another identity has released it")
    ] = ""
    allocate_basis_to_rights: Annotated[
        bool,
        optional(_said, FLAG),
        Meaning("the holder allots basis to rights worth less than 15 %", source="IRC §307(b)(2)"),
    ] = False
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return the election's own number."""
        return self.election_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionRelease:
    """The second pair of eyes on one content of an election (domain rules, "Four eyes")."""

    record_type: ClassVar[str] = "election_release"
    election_id: Annotated[Identifier, Meaning("election released")]
    election_sequence: (
        Annotated[
            int,
            optional(whole_or_none, whole_number(0)),
            Meaning("`sequence` of the content released; absent: the one current at received_at"),
        ]
        | None
    ) = None
    released_by: Annotated[Identifier, Meaning("who releases it: another than entered_by")]
    received_at: Annotated[Instant, Meaning("when the release came: judged against the event's deadline")] | None = None
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return the election, the content released (by its sequence, else by when the release was received), and who released it."""
        at = self.received_at.isoformat().replace("+00:00", "Z") if self.received_at else ""
        content = f"at {at}" if self.election_sequence is None else str(self.election_sequence)
        return f"{self.election_id}/{content}/{self.released_by}"
