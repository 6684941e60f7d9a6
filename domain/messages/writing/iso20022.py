"""seev.035, seev.036 and seev.037, written from what an entitlement moves.

Source: ISO 20022 message definitions seev.035.001.15, seev.036.001.15 and seev.037.001.15 and business application header head.001.001.02.
"""

import re
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from domain.messages.writing.due import Cash, Due, Envelope, Securities, UnwritableMessageError, posting_day
from domain.numbers.exact import EXACT, plain

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_HEADER = "head.001.001.02"
_LONGEST_IDENTIFIER = 35
_OPTION_NUMBER = re.compile(r"[0-9]{3}")
_DIGITS = 18
"""Digits of an amount or a quantity, of which an amount may have 5 after the point and a quantity 17."""
_PARTS = (
    *(("GrssCshAmt", "gross"), ("NetCshAmt", "net"), ("CshInLieuOfShr", "in_lieu")),
    *(("WhldgTaxAmt", "tax"), ("ScndLvlTaxAmt", "second_level_tax"), ("ChrgsAmt", "charges")),
)
_Content = Mapping[str, Any]
"""Elements in order, by name: a text, (amount, currency), the elements inside, or a list of such; None is left out."""


def write_advice(due: Due, envelope: Envelope) -> str:
    """seev.035: what will be posted."""
    day = {"DtDtls": {"PmtDt": {"Dt": due.payment_date} if due.payment_date else {"DtCd": {"Cd": "UKWN"}}}}
    position = {"ShrtLngPos": _position(due), "Qty": _unit(due.eligible, "eligible_quantity")}
    message = {
        "MvmntPrlimryAdvcGnlInf": {"MvmntPrlimryAdvcId": envelope.reference, "Tp": "NEWM", "Fctn": "CAPA"},
        "CorpActnGnlInf": {
            **_event(due),
            "MndtryVlntryEvtTp": {"Cd": due.mandatory_voluntary},
            "UndrlygScty": _security(due.isin),
        },
        "AcctDtls": {
            "AcctsListAndBalDtls": {
                "SfkpgAcct": due.account,
                "Bal": {"TtlElgblBal": {"Bal": {"QtyChc": {"SgndQty": position}}}},
            }
        },
        "CorpActnDtls": _dates(due),
        "CorpActnMvmntDtls": {
            "OptnNb": due.option_number,
            "OptnTp": {"Cd": due.option_type},
            "CcyOptn": due.cash.event_currency if due.cash else None,
            "DfltPrcgOrStgInstr": {"DfltOptnInd": "true" if due.is_default_option else "false"},
            "SctiesMvmntDtls": [
                _moved({"SctyDtls": _security(moved.isin)}, moved, "EntitldQty", day) for moved in due.securities
            ],
            "CshMvmntDtls": due.cash
            and {
                "CdtDbtInd": _direction(due.cash.amount),
                "AmtDtls": {**_parts(due.cash), "EntitldAmt": _paid(due.cash)},
                **day,
                **_rates(due.cash),
            },
        },
    }
    return _business_message("seev.035.001.15", due, envelope, {"CorpActnMvmntPrlimryAdvc": message})


def write_confirmation(due: Due, envelope: Envelope) -> str:
    """seev.036: what was posted."""
    day = {"DtDtls": {"PstngDt": {"Dt": posting_day(due, envelope)}}}
    cash = due.cash and {
        "CdtDbtInd": _direction(due.cash.amount),
        "AmtDtls": {"PstngAmt": _paid(due.cash), **_parts(due.cash)},
        **day,
        **_rates(due.cash),
    }
    currency = {"CcyOptn": due.cash.event_currency if due.cash else None}
    message = {
        "MvmntConfId": envelope.reference,
        **_confirmed(due, {"Bal": _balance(due)}, {**currency, **_posted(due, day), "CshMvmntDtls": cash}),
    }
    return _business_message("seev.036.001.15", due, envelope, {"CorpActnMvmntConf": message})


def write_reversal(due: Due, envelope: Envelope) -> str:
    """seev.037: what was taken back; the movements of `due` are the other way round already."""
    day = {"PstngDt": {"Dt": posting_day(due, envelope)}}
    cash = due.cash and {"CdtDbtInd": _direction(due.cash.amount), **day, "PstngAmt": _paid(due.cash)}
    message = {
        "MvmntConfId": {"Id": envelope.previous},
        **_confirmed(due, _balance(due), {**_posted(due, day), "CshMvmntDtls": cash}),
    }
    return _business_message("seev.037.001.15", due, envelope, {"CorpActnMvmntRvslAdvc": message})


def _business_message(kind: str, due: Due, envelope: Envelope, message: _Content) -> str:
    """The document beside its business application header. Raises UnwritableMessageError where an identifier is too long."""
    _check_identifiers(due, envelope)
    bics = (("Fr", envelope.sender), ("To", envelope.receiver))
    header = {
        **{name: {"FIId": {"FinInstnId": {"BICFI": bic}}} for name, bic in bics},
        "BizMsgIdr": envelope.reference,
        "MsgDefIdr": kind,
        "CreDt": envelope.prepared_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    text = ElementTree.Element("BusinessMessage")
    for name, namespace, content in (("AppHdr", _HEADER, header), ("Document", kind, message)):
        _fill(ElementTree.SubElement(text, name, xmlns=_NAMESPACE + namespace), content)
    ElementTree.indent(text)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(text, encoding="unicode")}\n'


def _fill(element: ElementTree.Element, content: _Content) -> None:
    """Add the content's elements below an element."""
    for name, values in content.items():
        for value in values if isinstance(values, list) else [values]:
            if value is None:
                continue
            inner = ElementTree.SubElement(element, name)
            if isinstance(value, Mapping):
                _fill(inner, value)
            elif isinstance(value, tuple):
                inner.text, inner.attrib["Ccy"] = value
            else:
                inner.text = value


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


def _security(isin: str) -> _Content:
    return {"FinInstrmId": {"ISIN": isin}}


def _event(due: Due) -> _Content:
    return {"CorpActnEvtId": due.event_id, "EvtTp": {"Cd": due.event_type}}


def _confirmed(due: Due, balance: _Content, movements: _Content) -> _Content:
    """What a confirmation and its reversal say alike: event, account with its balance, dates, and the option with its movements."""
    option = {"OptnNb": {"Nb": due.option_number}, "OptnTp": {"Cd": due.option_type}}
    return {
        "CorpActnGnlInf": {**_event(due), **_security(due.isin)},
        "AcctDtls": {"SfkpgAcct": due.account, **balance},
        "CorpActnDtls": _dates(due),
        "CorpActnConfDtls": {**option, **movements},
    }


def _dates(due: Due) -> _Content | None:
    days = {name: {"Dt": day} for name, day in (("RcrdDt", due.record_date), ("ExDvddDt", due.ex_date)) if day}
    return {"DtDtls": days} if days else None


def _balance(due: Due) -> _Content:
    quantity = {"Qty": _unit(due.eligible, "eligible_quantity")}
    return {"ConfdBal": {"Bal": {"ShrtLngPos": _position(due), "QtyChc": quantity}}}


def _position(due: Due) -> str:
    return "SHOR" if due.eligible < 0 else "LONG"


def _posted(due: Due, day: _Content) -> _Content:
    return {"SctiesMvmntDtls": [_moved(_security(moved.isin), moved, "PstngQty", day) for moved in due.securities]}


def _moved(security: _Content, moved: Securities, name: str, day: _Content) -> _Content:
    quantity = {name: {"Qty": _unit(moved.quantity, "entitled_quantity")}}
    return {**security, "CdtDbtInd": _direction(moved.quantity), **quantity, **day}


def _direction(moved: Decimal) -> str:
    return "DBIT" if moved < 0 else "CRDT"


def _parts(cash: Cash) -> _Content:
    amounts = ((name, getattr(cash, part)) for name, part in _PARTS)
    return {name: _money(amount, cash.event_currency) for name, amount in amounts if amount}


def _rates(cash: Cash) -> _Content:
    """The exchange and the tax rate, as far as there are any."""
    content: dict[str, Any] = {}
    if rate := cash.exchange_rate:
        figure = _number(Decimal(rate["rate"]), 10, "exchange_rate")
        currencies = {"UnitCcy": rate["unit_currency"], "QtdCcy": rate["quoted_currency"]}
        content["FXDtls"] = {**currencies, "XchgRate": figure, "RsltgAmt": _paid(cash)}
    if cash.tax_rate:
        withheld = {"Rate": _number(cash.tax_rate, 10, "withholding_tax_rate")}
        content["RateAndAmtDtls"] = {"WhldgTaxRate": withheld}
    return content


def _paid(cash: Cash) -> tuple[str, str]:
    return _money(cash.amount, cash.currency)


def _money(amount: Decimal, currency: str) -> tuple[str, str]:
    return _number(amount, 5, "payment_amount"), currency


def _unit(quantity: Decimal, field: str) -> _Content:
    return {"Unit": _number(quantity, 17, field)}


def _number(value: Decimal, places: int, field: str) -> str:
    """Without sign: the direction stands beside it. Raises UnwritableMessageError where the schema has no room for its digits."""
    text = plain(EXACT.abs(value))
    whole, _, fraction = text.partition(".")
    if len(fraction) > places or len(whole) + len(fraction) > _DIGITS:
        raise UnwritableMessageError(
            field, f"{text} has more than {_DIGITS} digits, or more than {places} after the point"
        )
    return text
