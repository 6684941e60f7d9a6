"""What a FIN field says, by its tag's number and letter. Source: ISO 15022 User Handbook, "Field formats"."""

from collections.abc import Callable, Mapping

from domain.messages.bic import short_bic
from domain.messages.tree import Node
from domain.messages.values import (
    Code,
    Day,
    Exchange,
    Flag,
    Instant,
    Money,
    Percentage,
    Period,
    Place,
    Price,
    Quantity,
    Ratio,
    Security,
    Text,
    Unknown,
    Value,
    instead,
    negated,
)
from domain.numbers.exact import parse_decimal, plain

_NO_PLACE = ("N/A", "NA", "UKWN")
_Parts = tuple[str | None, ...]


def fin_value(field: Node) -> Value | None:
    """Return what a field says; None if its format is not known."""
    if field.name[:2] == "70":  # a narrative, whatever the length of its lines
        return Text(said(field))
    return _READERS[field.name](field.parts) if field.parts is not None and field.name in _READERS else None


def said(field: Node) -> str:
    """Return a field's value as people read it, without its qualifier."""
    return field.text[6:].removeprefix("/") if field.qualifier else field.text


def _number(text: str | None, sign: str | None = None) -> str:
    """Return `12,50` as 12.5, with a minus where N stands before it."""
    number = plain(parse_decimal((text or "").replace(",", ".").removesuffix(".")))
    return negated(number) if sign else number


def _date(text: str | None) -> str:
    digits = text or ""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


def _instant(parts: _Parts) -> Instant:
    """Return the instant of a 98C, in UTC as it names no zone, or of a 98E."""
    day, time = _date(parts[0]), parts[1] or ""
    offset = "Z"
    if len(parts) > 2 and parts[4] is not None:
        offset = f"{'-' if parts[3] else '+'}{parts[4]}:{parts[5] or '00'}"
    return Instant(day, f"{day}T{time[:2]}:{time[2:4]}:{time[4:]}{offset}")


def _code(parts: _Parts) -> Code:
    return Code(parts[1] or "", parts[0] or "")


def _text(parts: _Parts) -> Text:
    return Text(" ".join((parts[-1] or "").split("\n")))


def _place(parts: _Parts) -> Place | Unknown:
    name = parts[2] or parts[1] or ""
    return Unknown(name) if name.upper() in _NO_PLACE else Place(name)


def _joined(parts: _Parts) -> Place:
    return Place("".join(part or "" for part in parts))


_READERS: Mapping[str, Callable[[_Parts], Value]] = {
    "11A": lambda parts: Code(parts[0] or ""),
    "13A": _text,
    "13B": _text,
    "13J": _text,
    "17B": lambda parts: Flag(parts[0] == "Y") if parts[0] in ("Y", "N") else Text(parts[0] or ""),
    "19A": lambda parts: Money(_number(parts[2], parts[0]), parts[1] or ""),
    "19B": lambda parts: Money(_number(parts[1]), parts[0] or ""),
    "20C": _text,
    "22F": _code,
    "22H": lambda parts: Code(parts[0] or ""),
    "23G": lambda parts: Code(parts[0] or ""),
    "24B": _code,
    "25D": _code,
    "35B": lambda parts: Security(parts[0] or ""),
    "36B": lambda parts: Quantity(_number(parts[1]), parts[0] or ""),
    "36C": lambda parts: instead(parts[0]),
    "69A": lambda parts: Period(_date(parts[0]), _date(parts[1])),
    "69B": lambda parts: Period(_date(parts[0]), _date(parts[2])),
    "69C": lambda parts: Period(_date(parts[0]), None),
    "69D": lambda parts: Period(_date(parts[0]), None),
    "69E": lambda parts: Period(None, _date(parts[1])),
    "69F": lambda parts: Period(None, _date(parts[1])),
    "69J": lambda parts: instead(parts[0]),
    "90A": lambda parts: Price(parts[0] or "", _number(parts[2], parts[1]), ""),
    "90B": lambda parts: Price(parts[0] or "", _number(parts[2]), parts[1] or ""),
    "90E": lambda parts: instead(parts[0]),
    "92A": lambda parts: Percentage(_number(parts[1], parts[0])),
    "92B": lambda parts: Exchange(parts[0] or "", parts[1] or "", _number(parts[2])),
    "92D": lambda parts: Ratio(_number(parts[0]), _number(parts[1])),
    "92F": lambda parts: Money(_number(parts[1]), parts[0] or ""),
    "92H": lambda parts: Money(_number(parts[1]), parts[0] or "", status=parts[2] or ""),
    "92J": lambda parts: Money(_number(parts[3]), parts[2] or "", parts[1] or "", parts[4] or ""),
    "92K": lambda parts: instead(parts[0]),
    "92R": lambda parts: Percentage(_number(parts[3], parts[2]), parts[1] or ""),
    "93B": lambda parts: Quantity(_number(parts[3], parts[2]), parts[1] or ""),
    "93C": lambda parts: Quantity(_number(parts[3], parts[2]), parts[0] or ""),
    "94B": _place,
    "94C": _joined,
    "94F": lambda parts: Place(short_bic("".join(part or "" for part in parts[1:]))),
    "94H": lambda parts: Place(short_bic("".join(part or "" for part in parts))),
    "94L": _joined,
    "97A": _text,
    "97B": _text,
    "97C": lambda parts: Code(parts[0] or ""),
    "97D": lambda parts: Text((parts[0] or "").replace("\n", "")),
    "97E": _text,
    "98A": lambda parts: Day(_date(parts[0])),
    "98B": lambda parts: instead(parts[1]),
    "98C": _instant,
    "98E": _instant,
    "98F": lambda parts: instead(parts[1]),
}
