"""seev.036: the confirmation of a movement becomes one confirmation record, credits positive.

The confirmation's identification (MvmntConfId), else the header's (BizMsgIdr), tells two payments of one entitlement apart.
Source: ISO 20022 message definition seev.036.001.15, Securities SEG.
"""

from decimal import Decimal

from domain.messages.draft import Draft
from domain.messages.iso20022.document import Element, Iso20022Message
from domain.messages.iso20022.values import date_of, header_order, money_of, quantity_of, text_of
from domain.messages.payment import put_posted
from domain.numbers.exact import EXACT, parse_decimal


def read_confirmation(message: Iso20022Message) -> list[Draft]:
    """The confirmation record. Raises RecordError."""
    body, draft = message.body, Draft(record_type="confirmation")
    confirmed = body.need("CorpActnConfDtls")
    draft.copy("corporate_action_event_id", body.need("CorpActnGnlInf/CorpActnEvtId"), text_of)
    draft.copy("safekeeping_account", body.need("AcctDtls/SfkpgAcct"), text_of)
    draft.copy("option_number", confirmed.need("OptnNb/Nb"), text_of)
    header = message.header
    draft.copy("payment_reference", body.get("MvmntConfId") or (header and header.get("BizMsgIdr")), text_of)
    if order := header_order(message):
        draft.put("sequence", *order)
    cash = confirmed.all("CshMvmntDtls")
    securities = sorted(
        confirmed.all("SctiesMvmntDtls"), key=lambda movement: movement.need("CdtDbtInd").text != "CRDT"
    )
    charges = [amount for movement in cash if (amount := movement.get("AmtDtls/ChrgsAmt"))]
    charged = [(parse_decimal(money_of(amount)[0]), money_of(amount)[1], amount.path) for amount in charges]
    moved = [_securities(movement) for movement in securities]
    put_posted(draft, [_cash(movement) for movement in cash], charged, moved)
    for movements in (cash, securities):
        for movement in movements if "posting_date" not in draft.raw else ():
            draft.copy("posting_date", movement.need("DtDtls/PstngDt"), date_of)
    return [draft]


def _cash(movement: Element) -> tuple[Decimal, str, str]:
    posted = movement.need("AmtDtls/PstngAmt")
    number, currency = money_of(posted)
    return _signed(number, movement), currency, posted.path


def _securities(movement: Element) -> Draft:
    posted = Draft()
    posted.copy("isin", movement.need("FinInstrmId/ISIN"), text_of)
    posted.copy("posting_quantity", movement.need("PstngQty"), lambda field: _signed(quantity_of(field), movement))
    return posted


def _signed(number: str, movement: Element) -> Decimal:
    """Above zero where it is credited, below where debited."""
    direction = movement.need("CdtDbtInd")
    if direction.text not in ("CRDT", "DBIT"):
        raise direction.fail("unknown_code", f"{direction.text[:10]!r} is neither CRDT nor DBIT")
    return parse_decimal(number) if direction.text == "CRDT" else EXACT.minus(parse_decimal(number))
