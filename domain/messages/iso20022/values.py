"""Values of ISO 20022 elements as records carry them."""

import re

from domain.messages.bic import short_bic
from domain.messages.iso20022.document import Element, Iso20022Message
from domain.messages.preparation import order_of
from domain.numbers.exact import EXACT, parse_decimal, plain
from domain.records import RecordError

_QUANTITIES = ("Unit", "FaceAmt")
_POSITIONS = {"LONG": False, "SHOR": True}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_DAY = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?\Z")


def text_of(element: Element) -> str:
    """The element's text."""
    return element.text


def decimal_of(element: Element) -> str:
    """The element's number."""
    try:
        return plain(parse_decimal(element.text))
    except ValueError as error:
        raise element.fail("invalid_format", str(error)) from error


def code_of(element: Element) -> str:
    """The code of a choice between code (Cd) and proprietary identification (Prtry), which we do not know."""
    code = element.get("Cd")
    if code is None:
        raise element.fail("unsupported_code", "a code of the standard (Cd) is expected, not a proprietary one")
    return code.text


def date_of(element: Element | None) -> str | None:
    """The day of a date, a date and time, or a choice of them; None where it is absent or a code says that the day is not known."""
    if element is None:
        return None
    for path in ("Dt/Dt", "Dt/DtTm", "Dt", "DtTm"):
        if (day := element.get(path)) is not None and not day.children:
            return _day_of(day)
    if element.get("DtCd") is not None:
        return None
    if element.children:
        raise element.fail("invalid_date", "neither a date nor a code is given")
    return _day_of(element)


def _day_of(element: Element) -> str:
    """The day of an XML date or date and time, as it is written there: an offset moves it to no other."""
    written = _DAY.match(element.text)
    if written is None:
        raise element.fail("invalid_date", f"{element.text[:40]!r} is no date")
    return written["day"]


def flag_of(element: Element) -> bool:
    """The value of an XML boolean."""
    if element.text not in _FLAGS:
        raise element.fail("unknown_code", f"{element.text[:10]!r} is none of {', '.join(_FLAGS)}")
    return _FLAGS[element.text]


def instant_of(element: Element, end_of_day: bool = False) -> str | None:
    """The instant of a date and time, in UTC where it has no offset. A date alone gives the last second of its day where `end_of_day`
    is true, else RecordError; a code None."""
    moment = next((instant for path in ("Dt/DtTm", "DtTm") if (instant := element.get(path))), None)
    text = element.text if not element.children else moment.text if moment else ""
    if "T" in text:
        return text if text.endswith("Z") or text[-6:-5] in ("+", "-") else f"{text}Z"
    day = date_of(element)
    if day is None:
        return None
    if not end_of_day:
        raise element.fail("no_time", "an instant is needed: a date alone does not say when")
    return f"{day}T23:59:59Z"


def quantity_of(element: Element) -> str:
    """The quantity in units or face amount, wherever below it stands; below zero where ShrtLngInd or ShrtLngPos says short."""
    leaves = _leaves(element)
    quantities = [leaf for leaf in leaves if leaf.name in _QUANTITIES]
    if len(quantities) != 1:
        raise element.fail("unsupported_quantity", f"one quantity in {' or '.join(_QUANTITIES)} is expected")
    sides = [leaf for leaf in leaves if leaf.name in ("ShrtLngInd", "ShrtLngPos")]
    for side in sides:
        if side.text not in _POSITIONS:
            raise side.fail("unknown_code", f"{side.text[:10]!r} is none of {', '.join(_POSITIONS)}")
    quantity = decimal_of(quantities[0])
    return negated(quantity) if any(_POSITIONS[side.text] for side in sides) else quantity


def negated(figure: str) -> str:
    """Return a figure with the other sign; zero has none."""
    return plain(EXACT.minus(parse_decimal(figure)))


def _leaves(element: Element) -> list[Element]:
    if not element.children:
        return [element]
    return [leaf for child in element.children for leaf in _leaves(child)]


def money_of(element: Element) -> tuple[str, str]:
    """(amount, currency)."""
    return decimal_of(element), element.attributes.get("Ccy", "")


def ratio_of(element: Element) -> dict[str, str]:
    """A ratio of two quantities."""
    pair = element if element.get("Qty1") else element.get("QtyToQty")
    if pair is None:
        raise element.fail("unsupported_format", "a ratio of quantities (QtyToQty) is expected")
    return {"numerator": decimal_of(pair.need("Qty1")), "denominator": decimal_of(pair.need("Qty2"))}


def place_of(element: Element | None) -> str | None:
    """A BIC, a country, or a proprietary place; None where there is none."""
    if element is None:
        return None
    form = element.get("SfkpgPlcFrmt") or element
    for path in ("TpAndId/Id", "Ctry", "Id/Id", "Prtry/Id"):
        if place := form.get(path):
            return short_bic(place.text) if path == "TpAndId/Id" else place.text
    lei = element.get("LEI")
    return lei.text if lei else None


def header_instant(message: Iso20022Message) -> tuple[str, str]:
    """(when the header was created, its path). Raises RecordError without one: the document itself does not say when it was made."""
    created = message.header.get("CreDt") if message.header else None
    instant = instant_of(created) if created else None
    if created is None or instant is None:
        raise RecordError(
            "missing_field", "AppHdr/CreDt", "the business application header says when the message was created"
        )
    return instant, created.path


def header_order(message: Iso20022Message) -> tuple[int, str] | None:
    """(number that orders the messages about one thing, its path), or None without a header."""
    if message.header is None or message.header.get("CreDt") is None:
        return None
    instant, at = header_instant(message)
    return order_of(instant, at), at


def sender_of(message: Iso20022Message) -> tuple[str, str] | None:
    """(the BIC that the header is from, its path), or None."""
    if message.header is None:
        return None
    sender = message.header.get("Fr/FIId/FinInstnId/BICFI")
    return (short_bic(sender.text), sender.path) if sender else None
