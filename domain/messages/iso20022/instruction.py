"""seev.033: an instruction becomes one election record.

Source: ISO 20022 message definition seev.033.001.12, Securities SEG. The document has no reference and no instant of its own: both are the
business application header's (BizMsgIdr, CreDt).
"""

from domain.messages.draft import Draft
from domain.messages.iso20022.document import Element, Iso20022Message
from domain.messages.iso20022.values import flag_of, header_instant, quantity_of, text_of
from domain.messages.preparation import order_of
from domain.records import RecordError


def read_instruction(message: Iso20022Message) -> list[Draft]:
    """The election record. Raises RecordError; so for a changed instruction, which would count beside the one that it changes."""
    body, draft = message.body, Draft(record_type="election")
    changed = body.get("ChngInstrInd")
    if changed is not None and flag_of(changed):
        raise changed.fail(
            "unsupported_function", "a changed instruction takes back another one: cancel that and instruct anew"
        )
    instant, at = header_instant(message)
    assert message.header is not None  # it says the instant
    draft.copy("election_id", message.header.need("BizMsgIdr"), text_of)
    draft.copy("corporate_action_event_id", body.need("CorpActnGnlInf/CorpActnEvtId"), text_of)
    draft.copy("safekeeping_account", body.need("AcctDtls/SfkpgAcct"), text_of)
    draft.copy("option_number", body.need("CorpActnInstr/OptnNb/Nb"), text_of)
    draft.put("received_at", instant, at)
    draft.put("sequence", order_of(instant, at), at)
    draft.copy("quantity", _quantity(body), quantity_of)
    return [draft]


def _quantity(body: Element) -> Element:
    """What is instructed, or the account's instructed balance."""
    quantity = body.get("CorpActnInstr/SctiesQtyOrInstdAmt/SctiesQty/InstdQty") or body.get("AcctDtls/Bal/InstdBal")
    if quantity is None:
        at = body.place("CorpActnInstr/SctiesQtyOrInstdAmt/SctiesQty/InstdQty")
        raise RecordError("missing_field", at, "an instruction names the quantity that it is for")
    return quantity
