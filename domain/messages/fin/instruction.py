"""MT565: an instruction becomes one election record.

Source: ISO 15022 User Handbook, MT565. A cancellation (23G CANC) is refused: it takes back another instruction, and until when it may is
the servicer's to say.
"""

from domain.messages.draft import Draft
from domain.messages.fin.message import FinField, FinMessage, FinSequence
from domain.messages.fin.values import account_of, first_of, instant_of, quantity_of
from domain.messages.fin.version import sequence_of
from domain.records import RecordError


def read_instruction(message: FinMessage) -> list[Draft]:
    """The election record. Raises RecordError, so without an instant of preparation: deadlines are judged by it."""
    general, instruction = message.root.sequences("GENL")[0], message.root.sequences("CAINST")[0]
    function = general.need("23G")
    if function.parts[0] != "NEWM":
        raise function.fail("unsupported_function", f"{function.parts[0]} instructs nothing: NEWM does")
    draft = Draft(record_type="election")
    holder = message.root.sequences("USECU")[0].sequences("ACCTINFO")[0]
    draft.copy("election_id", general.need("20C", "SEME"), first_of)
    draft.copy("corporate_action_event_id", general.need("20C", "CORP"), first_of)
    draft.copy("safekeeping_account", holder.need("97", "SAFE"), account_of)
    draft.copy("option_number", instruction.need("13A", "CAON"), first_of)
    draft.copy("received_at", general.need("98", "PREP"), instant_of)
    sequence_of(draft, general)
    draft.copy("quantity", _quantity(holder, instruction), quantity_of)
    return [draft]


def _quantity(holder: FinSequence, instruction: FinSequence) -> FinField:
    """What is instructed (QINS), or the account's instructed balance (INBA)."""
    quantity = instruction.field("36", "QINS") or holder.field("93", "INBA")
    if quantity is None:
        raise RecordError(
            "missing_field", instruction.place("36B", "QINS"), "an instruction names the quantity that it is for"
        )
    return quantity
