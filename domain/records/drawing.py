"""Drawings: how much of an account's holding was drawn by lot, as the account servicer reports it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from domain.records.declared import Identifier, Meaning, Number, SequenceNumber
from domain.records.unread import UnreadFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What the issuer drew of one account's holding."""

    record_type: ClassVar[str] = "drawing"
    drawing_id: Annotated[Identifier, Meaning("the servicer's own reference; no figure uses it")] = ""
    corporate_action_event_id: Annotated[Identifier, Meaning("event that draws", source="20C CORP")]
    safekeeping_account: Annotated[Identifier, Meaning("account drawn of", source="97A SAFE")]
    option_number: Annotated[Identifier, Meaning("option drawn; absent: the event's only one", source="13A CAON")] = ""
    quantity: Annotated[Number, Meaning('drawn of the holding, "0" if nothing', "units of what is held")]
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return the event, account and option: one quantity is drawn for them."""
        return f"{self.corporate_action_event_id}/{self.safekeeping_account}/{self.option_number}"
