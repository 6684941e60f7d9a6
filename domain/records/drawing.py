"""Drawings: how much of an account's holding was drawn by lot, as the account servicer reports it."""

from dataclasses import dataclass
from typing import ClassVar

from domain.records.declared import Identifier, Number, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """`quantity` of the account's holding, in units of what is held, that the issuer drew; "0" if none of it.

    `option_number` may be absent if the event has one option; `drawing_id` is the servicer's own reference.
    """

    record_type: ClassVar[str] = "drawing"
    drawing_id: Identifier = ""
    corporate_action_event_id: Identifier
    safekeeping_account: Identifier
    option_number: Identifier = ""
    quantity: Number
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return the event, account and option: one quantity is drawn for them."""
        return f"{self.corporate_action_event_id}/{self.safekeeping_account}/{self.option_number}"
