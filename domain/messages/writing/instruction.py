"""MT565 and seev.033: an election as instruction. MT567 and seev.034: our answer to an instruction, accepted or rejected with the reason.

Source: ISO 15022 User Handbook, MT565 and MT567, release 2022; ISO 20022 message definitions seev.033 and seev.034.
"""

from domain.held import Held
from domain.messages.writing import forms
from domain.messages.writing.facts import Facts
from domain.messages.writing.movements import GENERAL, PREPARED
from domain.messages.writing.table import Line, Table, UnwritableMessageError
from domain.records import CorporateAction, Election

_ACCEPTED, _REJECTED = "InstrPrcgSts/AccptdForFrthrPrcg", "InstrPrcgSts/Rjctd"
INSTRUCTION: Table = (
    *GENERAL,
    *PREPARED,
    Line("isin", forms.isin, "USECU/35B", "CorpActnGnlInf/UndrlygScty/FinInstrmId/ISIN"),
    Line("safekeeping_account", forms.identifier, "USECU/ACCTINFO/97A SAFE", "AcctDtls/SfkpgAcct"),
    Line("option_number", forms.option, "CAINST/13A CAON", "CorpActnInstr/OptnNb/Nb"),
    Line("option_type", forms.code, "CAINST/22F CAOP", "CorpActnInstr/OptnTp/Cd"),
    Line("quantity", forms.units, "CAINST/36B QINS", "CorpActnInstr/SctiesQtyOrInstdAmt/SctiesQty/InstdQty/Qty/Unit"),
)
STATUS: Table = (
    Line("election_id", forms.identifier, "", "InstrId/Id"),
    *GENERAL,
    *PREPARED,
    Line("=565", forms.code, "GENL/LINK/13A LINK"),
    Line("election_id", forms.code, "GENL/LINK/20C RELA"),
    Line("status", forms.code, "GENL/STAT/25D IPRC"),
    Line("no_reason", forms.code, "", f"15-: {_ACCEPTED}/AccptdRsn/NoSpcfdRsn | {_ACCEPTED}/NoSpcfdRsn"),
    Line(
        "reason",
        forms.code,
        "GENL/STAT/REAS/24B REJT",
        f"15-: {_REJECTED}/RjctdRsn/Rsn/RsnCd/Cd | {_REJECTED}/Rsn/RsnCd/Cd",
    ),
    Line(
        "detail",
        forms.narrative,
        "GENL/STAT/REAS/70D REAS",
        f"15-: {_REJECTED}/RjctdRsn/Rsn/AddtlRsnInf | {_REJECTED}/Rsn/AddtlRsnInf",
    ),
    Line("option_number", forms.option, "CADETL/13A CAON", "CorpActnInstr/OptnNb/Nb"),
    Line("option_type", forms.code, "CADETL/22F CAOP", "CorpActnInstr/OptnTp/Cd"),
    Line("safekeeping_account", forms.identifier, "CADETL/97A SAFE", "CorpActnInstr/SfkpgAcct"),
    Line("isin", forms.isin, "CADETL/35B", "CorpActnInstr/FinInstrmId/ISIN"),
    Line("quantity", forms.units, "CADETL/36B STAQ", "CorpActnInstr/StsQty/Qty/Unit"),
)
_REASONS = {
    "after_deadline": "LATE",
    "unknown_option": "OPNM",
    **dict.fromkeys(("over_instruction", "election_of_a_short"), "LACK"),
}
"""Why an election does not count -> the reason of a rejected instruction: too late, no such option, not enough securities."""
_OTHER = "OTHR"


def facts_of_instruction(election: Election, event: CorporateAction) -> Facts:
    """Return the facts of an election's instruction. Raises UnwritableMessageError for an option that is not announced."""
    facts = _facts(election, event)
    if facts["option_type"] == _OTHER:
        raise UnwritableMessageError("option_number", f"the event has no option {election.option_number}")
    return facts


def facts_of_status(election: Election, event: CorporateAction, refused: Held | None) -> Facts:
    """Return the facts of the answer to an election: accepted, or rejected as it is `refused`."""
    facts = {**_facts(election, event), "election_id": election.election_id}
    if refused is None:
        return {**facts, "status": "PACK", "no_reason": "NORE"}
    return {**facts, "status": "REJT", "reason": _REASONS.get(refused.reason, _OTHER), "detail": refused.detail}


def _facts(election: Election, event: CorporateAction) -> Facts:
    """Return the facts of an election. `option_type` is that of the event's option, OTHR where the event has no such option."""
    types = {option.option_number: option.option_type for option in event.options}
    return {
        "corporate_action_event_id": event.corporate_action_event_id,
        "event_type": event.event_type,
        "isin": event.isin,
        "safekeeping_account": election.safekeeping_account,
        "option_number": election.option_number,
        "option_type": types.get(election.option_number, _OTHER),
        "quantity": election.quantity,
    }
