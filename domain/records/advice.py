"""What a servicer says of an event, or of an instruction, beside terms and figures."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from domain.numbers.exact import plain
from domain.records.declared import Identifier, Meaning, Needs, Number, SequenceNumber, Text, optional
from domain.records.fields import Fields
from domain.records.shapes import CODES
from domain.records.unread import UnreadFields


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A status of an instruction or event (MT567, seev.032, seev.034), or a narrative (MT568, seev.038)."""

    record_type: ClassVar[str] = "advice"
    needs: ClassVar[tuple[Needs, ...]] = (
        Needs(("narrative",), unless={"status": ()}),
        Needs(("status",), when={"election_id": ()}),
    )
    corporate_action_event_id: Annotated[Identifier, Meaning("event", source="20C CORP")]
    reference: Annotated[Text, Meaning("the servicer's number of the message", source="20C SEME")] = ""
    linked_reference: Annotated[Text, Meaning("message that a narrative belongs to", source="20C PREV")] = ""
    election_id: Annotated[
        Identifier, Meaning("instruction that the status is of; absent: the event", source="20C RELA")
    ] = ""
    safekeeping_account: Annotated[Identifier, Meaning("account that it is for", source="97A SAFE")] = ""
    option_number: Annotated[Identifier, Meaning("option instructed", source="13A CAON")] = ""
    status: Annotated[
        Identifier,
        Meaning(
            "REJT, CAND, CANO, DEND, DFLA: the instruction is not carried out; PACK: accepted; others are kept",
            source="25D IPRC, EPRC",
        ),
    ] = ""
    quantity: Annotated[Number, Meaning("part of the instruction that has the status", "units", "36B STAQ")] | None = (
        None
    )
    reasons: Annotated[tuple[str, ...], optional(Fields.codes, CODES), Meaning("why", source="24B")] = ()
    narrative: Annotated[Text, Meaning("in words", source="70D, 70E, 70F")] = ""
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return `event/election/election_id`, `event/account/status` of an event's status, `event/account/reference` of a narrative."""
        if self.election_id:
            return f"{self.corporate_action_event_id}/election/{self.election_id}"
        own = "status" if self.status else self.reference
        return f"{self.corporate_action_event_id}/{self.safekeeping_account}/{own}"

    @property
    def said(self) -> str:
        """Return status, reasons and narrative as one text: `REJT LATE: received after the deadline`."""
        return ": ".join(filter(None, (" ".join(filter(None, (self.status, *self.reasons))), self.narrative)))


def told_of(advice: Advice) -> dict[str, Any]:
    """Return what an advice says, as JSON beside its event: all that it has but event, sequence and unread fields."""
    said = {
        "reference": advice.reference,
        "linked_reference": advice.linked_reference,
        "election_id": advice.election_id,
        "safekeeping_account": advice.safekeeping_account,
        "option_number": advice.option_number,
        "status": advice.status,
        "quantity": advice.quantity and plain(advice.quantity),
        "reasons": list(advice.reasons),
        "narrative": advice.narrative,
    }
    return {name: value for name, value in said.items() if value}
