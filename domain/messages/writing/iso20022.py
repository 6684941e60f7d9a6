"""seev.035, seev.036 and seev.037, written from what an entitlement moves.

Source: ISO 20022 message definitions seev.035.001.15, seev.036.001.15 and seev.037.001.15 and business application header head.001.001.02.
"""

import re
from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from domain.messages.writing.due import Cash, Due, Envelope, Securities, UnwritableMessageError
from domain.numbers.exact import EXACT, plain

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_HEADER = "head.001.001.02"
_LONGEST_IDENTIFIER = 35
_OPTION_NUMBER = re.compile(r"[0-9]{3}")
_DIGITS = 18
"""Digits of an amount or a quantity, of which an amount may have 5 after the point and a quantity 17."""


def write_advice(due: Due, envelope: Envelope) -> str:
    """seev.035: what will be posted."""
    account = _node(
        "AcctsListAndBalDtls",
        _node("SfkpgAcct", due.account),
        _node("Bal", _node("TtlElgblBal", _node("Bal", _node("QtyChc", _node("SgndQty", *_position(due)))))),
    )
    option = _node(
        "CorpActnMvmntDtls",
        _node("OptnNb", due.option_number),
        _code("OptnTp", due.option_type),
        *([_node("CcyOptn", due.cash.event_currency)] if due.cash else []),
        _node("DfltPrcgOrStgInstr", _node("DfltOptnInd", "true" if due.is_default_option else "false")),
        *(_advised_securities(due, moved) for moved in due.securities),
        *([_advised_cash(due, due.cash)] if due.cash else []),
    )
    message = _node(
        "CorpActnMvmntPrlimryAdvc",
        _node(
            "MvmntPrlimryAdvcGnlInf",
            _node("MvmntPrlimryAdvcId", envelope.reference),
            _node("Tp", "NEWM"),
            _node("Fctn", "CAPA"),
        ),
        _node(
            "CorpActnGnlInf",
            _node("CorpActnEvtId", due.event_id),
            _code("EvtTp", due.event_type),
            _code("MndtryVlntryEvtTp", due.mandatory_voluntary),
            _node("UndrlygScty", _security(due.isin)),
        ),
        _node("AcctDtls", account),
        *_dates(due),
        option,
    )
    return _business_message("seev.035.001.15", due, envelope, message)


def write_confirmation(due: Due, envelope: Envelope) -> str:
    """seev.036: what was posted."""
    day = _posting_day(due, envelope)
    message = _node(
        "CorpActnMvmntConf",
        _node("MvmntConfId", envelope.reference),
        _general(due),
        _node("AcctDtls", _node("SfkpgAcct", due.account), _node("Bal", _confirmed_balance(due))),
        *_dates(due),
        _node(
            "CorpActnConfDtls",
            *_option(due),
            *([_node("CcyOptn", due.cash.event_currency)] if due.cash else []),
            *(_posted_securities(moved, _node("DtDtls", _date("PstngDt", day))) for moved in due.securities),
            *([_posted_cash(due.cash, day)] if due.cash else []),
        ),
    )
    return _business_message("seev.036.001.15", due, envelope, message)


def write_reversal(due: Due, envelope: Envelope) -> str:
    """seev.037: what was taken back; the movements of `due` are the other way round already."""
    day = _posting_day(due, envelope)
    message = _node(
        "CorpActnMvmntRvslAdvc",
        _node("MvmntConfId", _node("Id", envelope.previous)),
        _general(due),
        _node("AcctDtls", _node("SfkpgAcct", due.account), _confirmed_balance(due)),
        *_dates(due),
        _node(
            "CorpActnConfDtls",
            *_option(due),
            *(_posted_securities(moved, _date("PstngDt", day)) for moved in due.securities),
            *([_reversed_cash(due.cash, day)] if due.cash else []),
        ),
    )
    return _business_message("seev.037.001.15", due, envelope, message)


def _business_message(kind: str, due: Due, envelope: Envelope, message: Element) -> str:
    """The document beside its business application header. Raises UnwritableMessageError where an identifier is too long."""
    _check_identifiers(due, envelope)
    header = _node(
        "AppHdr",
        *(
            _node(name, _node("FIId", _node("FinInstnId", _node("BICFI", bic))))
            for name, bic in (("Fr", envelope.sender), ("To", envelope.receiver))
        ),
        _node("BizMsgIdr", envelope.reference),
        _node("MsgDefIdr", kind),
        _node("CreDt", envelope.prepared_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
    )
    header.set("xmlns", _NAMESPACE + _HEADER)
    document = _node("Document", message)
    document.set("xmlns", _NAMESPACE + kind)
    text = _node("BusinessMessage", header, document)
    ElementTree.indent(text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(text, encoding="unicode")}\n'


def _check_identifiers(due: Due, envelope: Envelope) -> None:
    """Max35Text, and three digits of an option."""
    texts = {
        "corporate_action_event_id": due.event_id,
        "safekeeping_account": due.account,
        "reference": envelope.reference,
        "previous": envelope.previous,
    }
    for field, text in texts.items():
        if len(text) > _LONGEST_IDENTIFIER:
            raise UnwritableMessageError(field, f"{text:.60} is longer than {_LONGEST_IDENTIFIER} characters")
    if not _OPTION_NUMBER.fullmatch(due.option_number):
        raise UnwritableMessageError("option_number", f"{due.option_number:.60} is not three digits")


def _node(name: str, *content: Element | str) -> Element:
    element = Element(name)
    for part in content:
        if isinstance(part, str):
            element.text = part
        else:
            element.append(part)
    return element


def _code(name: str, code: str) -> Element:
    return _node(name, _node("Cd", code))


def _security(isin: str) -> Element:
    return _node("FinInstrmId", _node("ISIN", isin))


def _general(due: Due) -> Element:
    return _node(
        "CorpActnGnlInf",
        _node("CorpActnEvtId", due.event_id),
        _code("EvtTp", due.event_type),
        _security(due.isin),
    )


def _dates(due: Due) -> Iterator[Element]:
    days = [_date(name, day) for name, day in (("RcrdDt", due.record_date), ("ExDvddDt", due.ex_date)) if day]
    if days:
        yield _node("CorpActnDtls", _node("DtDtls", *days))


def _date(name: str, day: str | None) -> Element:
    return _node(name, _node("Dt", day)) if day else _node(name, _code("DtCd", "UKWN"))


def _position(due: Due) -> Iterator[Element]:
    yield _node("ShrtLngPos", "LONG")
    yield _node("Qty", _unit(due.eligible, "eligible_quantity"))


def _confirmed_balance(due: Due) -> Element:
    quantity = _node("QtyChc", _node("Qty", _unit(due.eligible, "eligible_quantity")))
    return _node("ConfdBal", _node("Bal", _node("ShrtLngPos", "LONG"), quantity))


def _option(due: Due) -> Iterator[Element]:
    yield _node("OptnNb", _node("Nb", due.option_number))
    yield _code("OptnTp", due.option_type)


def _posting_day(due: Due, envelope: Envelope) -> str:
    day = envelope.posting_date.isoformat() if envelope.posting_date else due.payment_date
    if day is None:
        raise UnwritableMessageError(
            "payment_date", "a posting has a day, and neither it nor the payment date is known"
        )
    return day


def _direction(moved: Decimal) -> Element:
    return _node("CdtDbtInd", "DBIT" if moved < 0 else "CRDT")


def _advised_securities(due: Due, moved: Securities) -> Element:
    return _node(
        "SctiesMvmntDtls",
        _node("SctyDtls", _security(moved.isin)),
        _direction(moved.quantity),
        _node("EntitldQty", _node("Qty", _unit(moved.quantity, "entitled_quantity"))),
        _node("DtDtls", _date("PmtDt", due.payment_date)),
    )


def _advised_cash(due: Due, cash: Cash) -> Element:
    return _node(
        "CshMvmntDtls",
        _direction(cash.amount),
        _node("AmtDtls", *_parts(cash), _money("EntitldAmt", cash.amount, cash.currency)),
        _node("DtDtls", _date("PmtDt", due.payment_date)),
        *_exchange(cash),
        *_tax_rate(cash),
    )


def _posted_securities(moved: Securities, day: Element) -> Element:
    return _node(
        "SctiesMvmntDtls",
        _security(moved.isin),
        _direction(moved.quantity),
        _node("PstngQty", _node("Qty", _unit(moved.quantity, "entitled_quantity"))),
        day,
    )


def _posted_cash(cash: Cash, day: str) -> Element:
    return _node(
        "CshMvmntDtls",
        _direction(cash.amount),
        _node("AmtDtls", _money("PstngAmt", cash.amount, cash.currency), *_parts(cash)),
        _node("DtDtls", _date("PstngDt", day)),
        *_exchange(cash),
        *_tax_rate(cash),
    )


def _reversed_cash(cash: Cash, day: str) -> Element:
    posted = _money("PstngAmt", cash.amount, cash.currency)
    return _node("CshMvmntDtls", _direction(cash.amount), _date("PstngDt", day), posted)


def _parts(cash: Cash) -> Iterator[Element]:
    parts = (
        ("GrssCshAmt", cash.gross),
        ("NetCshAmt", cash.net),
        ("CshInLieuOfShr", cash.in_lieu),
        ("WhldgTaxAmt", cash.tax),
        ("ScndLvlTaxAmt", cash.second_level_tax),
    )
    yield from (_money(name, amount, cash.event_currency) for name, amount in parts if amount)


def _exchange(cash: Cash) -> Iterator[Element]:
    if rate := cash.exchange_rate:
        yield _node(
            "FXDtls",
            _node("UnitCcy", rate["unit_currency"]),
            _node("QtdCcy", rate["quoted_currency"]),
            _node("XchgRate", _number(Decimal(rate["rate"]), 10, "exchange_rate")),
            _money("RsltgAmt", cash.amount, cash.currency),
        )


def _tax_rate(cash: Cash) -> Iterator[Element]:
    if cash.tax_rate:
        rate = _node("Rate", _number(cash.tax_rate, 10, "withholding_tax_rate"))
        yield _node("RateAndAmtDtls", _node("WhldgTaxRate", rate))


def _money(name: str, amount: Decimal, currency: str) -> Element:
    element = _node(name, _number(amount, 5, "payment_amount"))
    element.set("Ccy", currency)
    return element


def _unit(quantity: Decimal, field: str) -> Element:
    return _node("Unit", _number(quantity, 17, field))


def _number(value: Decimal, places: int, field: str) -> str:
    """Without sign: the direction stands beside it. Raises UnwritableMessageError where the schema has no room for its digits."""
    text = plain(EXACT.abs(value))
    whole, _, fraction = text.partition(".")
    if len(fraction) > places or len(whole) + len(fraction) > _DIGITS:
        raise UnwritableMessageError(
            field, f"{text} has more than {_DIGITS} digits, or more than {places} after the point"
        )
    return text
