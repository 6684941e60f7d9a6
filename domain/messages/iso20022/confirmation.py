"""seev.036: the confirmation of a movement becomes one confirmation record, credits positive.

Cash is summed. Of securities the first that is credited, else the first that is debited, stands in the record itself, the others beside it.
The confirmation's identification (MvmntConfId), else the header's (BizMsgIdr), tells two payments of one entitlement apart.
Source: ISO 20022 message definition seev.036.001.15, Securities SEG.
"""

from decimal import Decimal
from functools import reduce

from domain.messages.draft import Draft
from domain.messages.iso20022.document import Element, Iso20022Message
from domain.messages.iso20022.values import date_of, header_order, money_of, quantity_of
from domain.numbers.exact import EXACT, parse_decimal


def read_confirmation(message: Iso20022Message) -> list[Draft]:
    """The confirmation record. Raises RecordError."""
    body, draft = message.body, Draft(record_type="confirmation")
    confirmed = body.need("CorpActnConfDtls")
    for name, element in (
        ("corporate_action_event_id", body.need("CorpActnGnlInf/CorpActnEvtId")),
        ("safekeeping_account", body.need("AcctDtls/SfkpgAcct")),
        ("option_number", confirmed.need("OptnNb/Nb")),
    ):
        draft.put(name, element.text, element.path)
    header = message.header
    if reference := body.get("MvmntConfId") or (header and header.get("BizMsgIdr")):
        draft.put("payment_reference", reference.text, reference.path)
    if order := header_order(message):
        draft.put("sequence", *order)
    _cash(draft, confirmed.all("CshMvmntDtls"))
    _securities(draft, confirmed.all("SctiesMvmntDtls"))
    return [draft]


def _cash(draft: Draft, movements: list[Element]) -> None:
    amounts = []
    for movement in movements:
        posted = movement.need("AmtDtls/PstngAmt")
        amount, currency = money_of(posted)
        draft.put("currency", currency, posted.path)
        amounts.append(_signed(amount, movement))
    if amounts:
        draft.put("posting_amount", reduce(EXACT.add, amounts), posted.path)
    _posted(draft, movements)


def _securities(draft: Draft, movements: list[Element]) -> None:
    posted = []
    for movement in sorted(movements, key=lambda movement: movement.need("CdtDbtInd").text != "CRDT"):
        posted.append(Draft())
        identification, quantity = movement.need("FinInstrmId/ISIN"), movement.need("PstngQty")
        posted[-1].put("isin", identification.text, identification.path)
        posted[-1].put("posting_quantity", _signed(quantity_of(quantity), movement), quantity.path)
    for first in posted[:1]:
        draft.take(first)
        draft.nest("securities_movements", posted[1:], first.source("posting_quantity"))
    if "posting_date" not in draft.raw:
        _posted(draft, movements)


def _signed(figure: str, movement: Element) -> Decimal:
    """Above zero where it is credited, below where debited."""
    direction = movement.need("CdtDbtInd")
    if direction.text not in ("CRDT", "DBIT"):
        raise direction.fail("unknown_code", f"{direction.text[:10]!r} is neither CRDT nor DBIT")
    return parse_decimal(figure) if direction.text == "CRDT" else EXACT.minus(parse_decimal(figure))


def _posted(draft: Draft, movements: list[Element]) -> None:
    for movement in movements:
        day = movement.need("DtDtls/PstngDt")
        draft.put("posting_date", date_of(day), day.path)
