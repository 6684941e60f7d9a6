"""MT566, seev.036 and seev.037: the confirmation of a movement, or its reversal, becomes one confirmation record, credits positive.

The sender's reference (20C SEME; MvmntConfId, else the header's BizMsgIdr) tells two payments of one entitlement apart. Cash is summed, and
so are its charges. Of securities the first that is credited, else the first that is debited, stands in the record itself, the others
beside it. A reversal (23G REVR, seev.037) posts the other way what was confirmed, and names that confirmation (20C PREV, MvmntConfId); its
charges were counted there, and are kept.
Source: ISO 15022 User Handbook, MT566 (23G, usage rules; rule C2); ISO 20022 message definitions seev.036 and seev.037, versions 1 to 15.
"""

from domain.messages import forms
from domain.messages.draft import Added, Draft
from domain.messages.preparation import order_of
from domain.messages.table import Part, Row, Scope, read_parts
from domain.messages.tree import Message
from domain.messages.values import negated
from domain.records import RecordError

_DIRECTION = Row("credit_debit_indicator", forms.direction, "22H CRDB", "CdtDbtInd")
_DAY = Row("posting_date", forms.day, "98a POST", "DtDtls/PstngDt | PstngDt")
TABLE = {
    "": Scope(
        (
            Row("function", forms.text, "GENL/23G"),
            Row("corporate_action_event_id", forms.text, "GENL/20C CORP", "CorpActnGnlInf/CorpActnEvtId"),
            Row("payment_reference", forms.text, "GENL/20C SEME", "MvmntConfId"),
            Row("header_reference", forms.text, xml="AppHdr/BizMsgIdr"),
            Row("reversed_reference", forms.text, "GENL/LINK/20C PREV", "MvmntConfId/Id"),
            Row("", forms.own, "GENL/28E", "Pgntn/PgNb | Pgntn/LastPgInd"),
            Row("prepared_at", forms.instant_or_day, "GENL/98a PREP", "AppHdr/CreDt"),
            Row("safekeeping_account", forms.account, "USECU/97a SAFE", "AcctDtls/SfkpgAcct"),
        ),
        {
            "LINK": "link",
            "EvtsLkg": "beside",
            "REAS": "beside",
            "CACONF": "confirmed",
            "CorpActnConfDtls": "confirmed",
            "FIA": "beside",
            "ADDINFO": "beside",
        },
        frozenset({"GENL", "USECU", "CADETL"}),
    ),
    "link": Scope((Row("reversed_reference", forms.text, "GENL/LINK/20C PREV"),)),
    "confirmed": Scope(
        (Row("option_number", forms.text, "13A CAON", "OptnNb/Nb | OptnNb"),),
        {"SECMOVE": "securities", "SctiesMvmntDtls": "securities", "CASHMOVE": "cash", "CshMvmntDtls": "cash"},
    ),
    "securities": Scope(
        (
            _DIRECTION,
            _DAY,
            Row("isin", forms.isin, "35B", "FinInstrmId/ISIN"),
            Row("posting_quantity", forms.quantity, "36a PSTA", "PstngQty"),
        ),
        {"FIA": "beside", "RECDEL": "beside"},
    ),
    "cash": Scope(
        (
            _DIRECTION,
            _DAY,
            Row("posting_amount", forms.amount, "19B PSTA", "AmtDtls/PstngAmt | PstngAmt"),
            Row("charge_amount", forms.amount, "19B CHAR", "AmtDtls/ChrgsAmt"),
            Row("withholding_tax_rate", forms.percentage, "92a TAXR", "RateAndAmtDtls/WhldgTaxRate | WhldgTaxRate"),
        ),
        {"CSHPRTY": "beside", "TAXVODET": "beside"},
    ),
    "beside": Scope(),
}


def read_confirmation(message: Message) -> list[Draft]:
    """Return a list of one confirmation record. Raises RecordError if event, account, option or what was posted is missing, and for a
    reversal that does not name the confirmation that it takes back."""
    general = read_parts(message, TABLE)
    is_reversal = message.kind == "seev.037" or _is_reversal(general)
    for link in general.all("link"):
        if is_reversal:
            general.draft.take(link.draft)
        else:
            link.keep_used()
    draft = Draft(record_type="confirmation")
    general.draft.raw.pop("function", None)
    if is_reversal:
        general.need("reversed_reference")
    if "payment_reference" not in general.draft.raw:
        general.draft.rename("header_reference", "payment_reference")
    for name in ("corporate_action_event_id", "safekeeping_account"):
        general.need(name)
    draft.take(general.draft, without=("prepared_at", "header_reference"))
    if (prepared := general.get("prepared_at")) is not None:
        draft.put("sequence", order_of(prepared, general.place("prepared_at")), general.place("prepared_at"))
    confirmed = general.only("confirmed", "CACONF", "CorpActnConfDtls")
    for payment in confirmed.all("cash"):
        if is_reversal and "charge_amount" in payment.draft.raw:
            payment.drop("charge_amount")
    _put_posted(draft, confirmed)
    general.put_unread(draft)
    return [draft]


def _is_reversal(general: Part) -> bool:
    """Return True for 23G REVR. Raises RecordError for a function that is neither that nor NEWM."""
    said = general.need("function") if general.is_fin else "NEWM"
    if said not in ("NEWM", "REVR"):
        detail = f"{said[:10]} confirms nothing and takes nothing back: NEWM and REVR do"
        raise RecordError("unsupported_function", general.place("function"), detail)
    return bool(said == "REVR")


def _put_posted(draft: Draft, confirmed: Part) -> None:
    draft.put("option_number", confirmed.need("option_number"), confirmed.place("option_number"))
    payments = confirmed.all("cash")
    moved = _moved(confirmed)
    if not payments and not moved:
        confirmed.only("cash", "CASHMOVE", "CshMvmntDtls")  # nothing was posted: it says what is missing
    for payment in payments:
        at = payment.place("posting_amount")
        draft.put("posting_amount", Added(_signed(payment, "posting_amount")), at)
        draft.put("currency", payment.need("currency"), at)
        if "charge_amount" in payment.draft.raw:
            draft.put("charge_amount", Added(payment.get("charge_amount")), payment.place("charge_amount"))
    for movement in moved:
        movement.draft.raw["posting_quantity"] = _signed(movement, "posting_quantity")
    _put_first(draft, "posting_date", [*payments, *moved])
    _put_first(draft, "withholding_tax_rate", payments)
    posted = [Draft() for _ in moved]
    for inner, movement in zip(posted, moved, strict=True):
        inner.take(movement.draft, ("isin", "posting_quantity"))
    for first in posted[:1]:
        draft.take(first)
    draft.nest("securities_movements", posted[1:], draft.source("posting_quantity"))


def _moved(confirmed: Part) -> list[Part]:
    """Return the securities that were posted, credited ones first; a movement without a posted quantity is kept."""
    movements = confirmed.all("securities")
    for movement in movements:
        if movement.says("posting_quantity"):
            for name in ("posting_quantity", "isin"):
                movement.need(name)
        else:
            movement.keep_used()
    moved = [movement for movement in movements if movement.says("posting_quantity")]
    return sorted(moved, key=lambda movement: movement.need("credit_debit_indicator") != "CRED")


def _signed(movement: Part, name: str) -> str:
    """Return a figure, below zero where it is debited."""
    number: str = movement.need(name)
    return negated(number) if movement.need("credit_debit_indicator") == "DEBT" else number


def _put_first(draft: Draft, name: str, movements: list[Part]) -> None:
    """Put a field of the first movement that says it; another value of a later one is kept."""
    for movement in movements:
        if name in movement.draft.raw:
            if draft.raw.get(name, movement.get(name)) == movement.get(name):
                draft.take(movement.draft, (name,))
            else:
                movement.drop(name)
