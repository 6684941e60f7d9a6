"""MT567, seev.032, seev.034, MT568 and seev.038: the status of an event or of an instruction, or a narrative, becomes one advice record.

An instruction's status names the instruction (20C RELA, or any reference linked to an MT565; InstrId). Without it, it may only say that
none came, or that the default or a standing instruction is taken. The status of a cancellation request (25D CPRC) is refused: no record of
ours is one.
Source: ISO 15022 User Handbook, MT567 and MT568; ISO 20022 message definitions seev.032, seev.034 and seev.038, versions 1 to 14.
"""

from domain.messages import forms
from domain.messages.draft import Draft
from domain.messages.preparation import order_of
from domain.messages.table import Part, Row, Scope, read_parts
from domain.messages.tree import Message
from domain.records import RecordError

_STATUS_OF_ELEMENT = {
    **{"AccptdForFrthrPrcg": "PACK", "Accptd": "PACK", "Rjctd": "REJT", "Pdg": "PEND", "Canc": "CAND"},
    **{"DfltActn": "DFLA", "StgInstr": "STIN", "Cmplt": "COMP"},
}
"""Elements of seev.032 and seev.034 -> the code that MT567 has for it. Any other element is its own word."""
_OF_NO_INSTRUCTION = ("DFLA", "STIN", "NOIN")
_ACCOUNT = Row(
    "safekeeping_account",
    forms.account,
    "97a SAFE",
    "SfkpgAcct/Id | SfkpgAcct",
)
TABLE = {
    "": Scope(
        (
            Row("", forms.own, "GENL/23G"),
            Row("", forms.own, "GENL/28E", "Pgntn/PgNb | Pgntn/LastPgInd"),
            Row("reference", forms.text, "GENL/20C SEME", "AppHdr/BizMsgIdr"),
            Row("corporate_action_event_id", forms.text, "GENL/20C CORP", "CorpActnGnlInf/CorpActnEvtId"),
            Row("prepared_at", forms.instant_or_day, "GENL/98a PREP", "AppHdr/CreDt"),
            Row("election_id", forms.text, xml="InstrId/Id"),
            Row("option_number", forms.text, "CADETL/13A CAON", "CorpActnInstr/OptnNb/Nb"),
            Row("quantity", forms.quantity, "CADETL/36B STAQ", "CorpActnInstr/StsQty"),
            Row("narrative", forms.line, "ADDINFO/70a", "AddtlInf/AddtlTxt | AddtlInf"),
            _ACCOUNT,
        ),
        {
            **{"LINK": "link", "STAT": "status", "InstrPrcgSts": "status", "EvtPrcgSts": "status"},
            **{"USECU": "account", "ACCTINFO": "account", "AcctsListAndBalDtls": "account"},
            **{"EvtsLkg": "beside", "PrtctInstr": "beside", "UndrlygScty": "beside"},
        },
        frozenset({"GENL", "CADETL", "ADDINFO", "FIA"}),
    ),
    "link": Scope(
        (
            Row("linked_message", forms.text, "13a LINK"),
            Row("related", forms.text, "20C RELA"),
            Row("previous", forms.text, "20C PREV"),
        )
    ),
    "status": Scope(
        (
            Row("instruction_status", forms.code, "25D IPRC"),
            Row("event_status", forms.code, "25D EPRC"),
            Row("cancellation_status", forms.code, "25D CPRC"),
            Row("other_status", forms.text, xml="PrtrySts/PrtrySts/Id"),
            Row("", forms.own, xml="NoSpcfdRsn"),
        ),
        {"REAS": "reason", "Rsn": "reason"},
    ),
    "reason": Scope(
        (
            Row("reason", forms.code, "24a", "RsnCd"),
            Row("narrative", forms.line, "70D REAS", "AddtlRsnInf"),
        )
    ),
    "account": Scope((_ACCOUNT,), {"ACCTINFO": "account"}, frozenset({"FIA"})),
    "beside": Scope(),
}


def read_advice(message: Message) -> list[Draft]:
    """Return a list of one advice record. Raises RecordError without an event, a status or narrative, or the instruction of a status."""
    general = read_parts(message, TABLE)
    general.need("corporate_action_event_id")
    draft = Draft(record_type="advice")
    _put_account(general)
    draft.take(general.draft, without=("prepared_at",))
    if (prepared := general.get("prepared_at")) is not None:
        draft.put("sequence", order_of(prepared, general.place("prepared_at")), general.place("prepared_at"))
    if message.kind in ("MT568", "seev.038"):
        general.need("narrative")
    else:
        for status in general.all("status") or [general.only("status", "GENL/STAT", "InstrPrcgSts")]:
            _put_status(draft, status)
    linked = _linked(draft, general, message)
    for link in general.all("link"):
        if link is not linked:
            link.keep_used()
    general.put_unread(draft)
    return [draft]


def _put_account(general: Part) -> None:
    """Put the account if the message names one; several are kept."""
    parts = [
        part for part in general.whole() if part.scope_name == "account" and "safekeeping_account" in part.draft.raw
    ]
    if len({part.get("safekeeping_account") for part in parts}) == 1:
        for part in parts:
            general.draft.take(part.draft)
    else:
        for part in parts:
            part.keep_used()


def _put_status(draft: Draft, status: Part) -> None:
    """Put a status with its reasons. Raises RecordError for another one than before, and for that of a cancellation request."""
    if "cancellation_status" in status.draft.raw:
        at, detail = status.place("cancellation_status"), "the status of a cancellation request is of no record of ours"
        raise RecordError("unsupported_field", at, detail)
    if status.is_fin:
        name = "event_status" if status.says("event_status") else "instruction_status"
        draft.put("status", status.need(name), status.place(name))
    else:
        element = next(iter(status.node.children), status.node)
        said = status.get("other_status") or _STATUS_OF_ELEMENT.get(element.name, element.name)
        draft.put("status", said, element.path)
    for part in status.whole():
        if "reason" in part.draft.raw:
            draft.put("reasons", [*draft.raw.pop("reasons", []), part.get("reason")], part.place("reason"))
        draft.take(part.draft, ("narrative",))


def _linked(draft: Draft, general: Part, message: Message) -> Part | None:
    """Return the link to the instruction that the status is of, or to what a narrative belongs to, and put its reference. Raises
    RecordError if the message must name an instruction and does not."""
    statuses = general.all("status")
    if not statuses:
        previous = next((link for link in general.all("link") if "previous" in link.draft.raw), None)
        if previous:
            draft.put("linked_reference", previous.get("previous"), previous.place("previous"))
        return previous
    if message.kind == "seev.032" or "event_status" in statuses[0].draft.raw:
        return None
    links = [link for link in general.all("link") if link.get("linked_message") == "565"]
    links = links or [link for link in general.all("link") if "related" in link.draft.raw]
    for link in links[:1]:
        name = "related" if "related" in link.draft.raw else "previous"
        draft.put("election_id", link.need(name), link.place(name))
    if draft.raw["status"] not in _OF_NO_INSTRUCTION and "election_id" not in draft.raw:
        at = "GENL/LINK/20C RELA" if message.is_fin else general.node.place("InstrId/Id")
        raise RecordError("missing_field", at, "the status of an instruction must name the instruction")
    return links[0] if links else None
