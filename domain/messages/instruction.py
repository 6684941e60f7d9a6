"""MT565 and seev.033: an instruction becomes one election record, understood whole or not carried out.

A quantity, option or condition that is not known is refused by its field; a price or rate that is not known holds the election.

A cancellation (23G CANC, or a changed seev.033) is refused: it takes back another instruction, and until when it may is the servicer's to
say. seev.033 has no reference and no instant of its own: both are the business application header's (BizMsgIdr, CreDt).
Source: ISO 15022 User Handbook, MT565; ISO 20022 message definition seev.033, versions 1 to 12.
"""

import re

from domain.messages import forms
from domain.messages.draft import Draft
from domain.messages.preparation import order_of
from domain.messages.table import Part, Row, Scope, read_parts
from domain.messages.tree import Message
from domain.records import RecordError

TABLE = {
    "": Scope(
        (
            Row("function", forms.text, "GENL/23G"),
            Row("is_change", forms.flag, xml="ChngInstrInd"),
            Row("election_id", forms.text, "GENL/20C SEME", "AppHdr/BizMsgIdr"),
            Row("corporate_action_event_id", forms.text, "GENL/20C CORP", "CorpActnGnlInf/CorpActnEvtId"),
            Row("received_at", forms.instant_or_day, "GENL/98a PREP", "AppHdr/CreDt"),
        ),
        {
            **{"LINK": "beside", "ACCTINFO": "account", "AcctDtls": "account", "CAINST": "instruction"},
            **{"CorpActnInstr": "instruction", "BENODET": "beside", "BnfclOwnrDtls": "beside", "ADDINFO": "beside"},
        },
        frozenset({"GENL", "USECU", "FIA"}),
    ),
    "account": Scope(
        (
            Row("safekeeping_account", forms.account, "USECU/ACCTINFO/97a SAFE", "SfkpgAcct"),
            Row("quantity", forms.quantity, "93a INBA", "Bal/InstdBal | InstdBal"),
        )
    ),
    "instruction": Scope(
        (
            Row("option_number", forms.text, "13A CAON", "OptnNb/Nb | OptnNb"),
            Row("quantity", forms.quantity, "36B QINS", "SctiesQtyOrInstdAmt/SctiesQty/InstdQty | InstdQty"),
            Row(
                "",
                None,
                "22a CAOP | 11A OPTN | 17B DFLT",
                "OptnTp | CcyOptn | DfltOptnInd | AddtlInf | AddtlTxt | Nrrtv",
            ),
        ),
        holds=True,
        refuses=re.compile(r"/(?:13|17|22|36)[A-Z]|Qty|Optn|/Unit|FaceAmt"),
    ),
    "beside": Scope(),
}


def read_instruction(message: Message) -> list[Draft]:
    """Return the election record. Raises RecordError, so without an instant of preparation: deadlines are judged by it."""
    general = read_parts(message, TABLE)
    _check_function(general)
    draft = general.draft
    for name in ("election_id", "corporate_action_event_id", "received_at"):
        general.need(name)
    received, at = general.get("received_at"), general.place("received_at")
    draft.put("sequence", order_of(received, at), at)
    instruction = general.only("instruction", "CAINST", "CorpActnInstr")
    account = general.only("account", "USECU/ACCTINFO", "AcctDtls")
    account.need("safekeeping_account")
    if "quantity" in account.draft.raw and "quantity" in instruction.draft.raw:
        account.drop("quantity")  # the balance that is instructed, beside what this instruction is for
    instruction.need("option_number")
    if "quantity" not in account.draft.raw:
        instruction.need("quantity")
    for part in (account, instruction):
        draft.take(part.draft)
    for name in ("function", "is_change"):
        draft.raw.pop(name, None)
    draft.raw["record_type"] = "election"
    general.put_unread(draft)
    return [draft]


def _check_function(general: Part) -> None:
    if general.get("is_change"):
        detail = "a changed instruction takes back another one: cancel that and instruct anew"
        raise RecordError("unsupported_function", general.place("is_change"), detail)
    if general.is_fin and (said := general.need("function")) != "NEWM":
        raise RecordError(
            "unsupported_function", general.place("function"), f"{said[:10]} instructs nothing: NEWM does"
        )
