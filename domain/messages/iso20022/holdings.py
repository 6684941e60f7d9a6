"""semt.002: a statement of holdings becomes, for each security at each place, one position and one statement record.

Source: ISO 20022 message definition semt.002.001.11, Securities SEG. What the balances mean: domain/messages/fin/holdings.py.
"""

from domain.messages.bic import short_bic
from domain.messages.draft import Draft
from domain.messages.holding import Balances, Holding, Stated, records_of
from domain.messages.iso20022.document import Element, Iso20022Message
from domain.messages.iso20022.values import code_of, date_of, header_order, place_of, quantity_of, sender_of
from domain.records import RecordError


def read_holdings(message: Iso20022Message) -> list[Draft]:
    """Position and statement records, in the message's order. Raises RecordError, so for a statement that lists nothing."""
    body = message.body
    basis, day = body.need("StmtGnlDtls/StmtBsis"), body.need("StmtGnlDtls/StmtDtTm")
    if code_of(basis) != "SETT":
        raise basis.fail(
            "unsupported_basis", f"a statement on the basis {code_of(basis)} does not state settled quantities"
        )
    common = Draft()
    common.copy("as_of_date", day, date_of)
    if order := header_order(message):
        common.put("sequence", *order)
    source = _source(message)
    holders = [(body, "BalForAcct"), *((part, "BalForSubAcct") for part in body.all("SubAcctDtls"))]
    balances = [(part.get("SfkpgAcct/Id"), part, balance) for part, name in holders for balance in part.all(name)]
    drafts: list[Draft] = []
    for account, holder, balance in balances:
        if account is None:
            raise RecordError("missing_field", holder.place("SfkpgAcct/Id"), "the holding's account is needed")
        drafts += _records(balance, (account.text, account.path), common, source)
    if not drafts:
        raise RecordError(
            "nothing_stated", body.place("BalForAcct"), "the statement lists no holding, so there is nothing to record"
        )
    return drafts


def _source(message: Iso20022Message) -> Stated:
    """The account servicer, else the header's sender."""
    servicer = message.body.get("AcctSvcr/Id/AnyBIC")
    if servicer is not None:
        return short_bic(servicer.text), servicer.path
    sender = sender_of(message)
    if sender is None:
        raise RecordError(
            "missing_field", message.body.place("AcctSvcr/Id/AnyBIC"), "neither the servicer nor the sender is named"
        )
    return sender


def _records(balance: Element, account: Stated, common: Draft, source: Stated) -> list[Draft]:
    """A balance is at one place, or is split over places, each with balances of its own."""
    isin = balance.need("FinInstrmId/ISIN")
    drafts: list[Draft] = []
    for part in balance.all("BalAtSfkpgPlc") or [balance]:
        place = (place_of(part.get("SfkpgPlc")), part.place("SfkpgPlc"))
        drafts += records_of(Holding(account, (isin.text, isin.path), place, common, source, _balances(part)))
    return drafts


def _balances(part: Element) -> Balances:
    def sub_balances(code: str) -> list[Stated]:
        inner = ((balance, balance.get("SubBalTp/Cd")) for balance in part.all("BalBrkdwn"))
        of_code = [balance for balance, kind in inner if kind and kind.text == code]
        return [(quantity_of(balance.need("Qty")), balance.path) for balance in of_code]

    available, not_available = part.get("AvlblBal"), part.get("NotAvlblBal")
    return Balances(
        _stated(part.need("AggtBal")),
        _stated(available) if available else None,
        _stated(not_available) if not_available else None,
        sub_balances,
    )


def _stated(element: Element) -> Stated:
    return quantity_of(element), element.path
