"""How a value sets fields of a record. Each form takes the field's name and the value: see table.Form."""

from collections.abc import Mapping
from typing import Any

from domain.messages.bic import short_bic
from domain.messages.draft import Added
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
    dated,
)
from domain.records import RecordError

QUANTITY_TYPES = ("UNIT", "FAMT")
"""Quantities that we hold: units, or the face amount of a debt. An amortised amount (AMOR) is neither."""
_DIRECTIONS = {"CRED": "CRED", "DEBT": "DEBT", "CRDT": "CRED", "DBIT": "DEBT"}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
Given = Mapping[str, Any] | None
"""What a form gives. It raises RecordError for a text that is not of the field's format; whoever calls it adds the place."""


def own(_: str, __: Value) -> Given:
    """Set nothing: the value is the message's own (its reference, page, function), and says nothing of the record's thing."""
    return {}


def day(name: str, value: Value) -> Given:
    """Set the day of a date or instant."""
    said = _dated(value)
    if isinstance(said, Day | Instant):
        return {name: said.day}
    return {} if isinstance(said, Unknown) else None


def deadline(name: str, value: Value) -> Given:
    """Set an instant; a date alone holds to the end of its day."""
    said = _dated(value)
    if isinstance(said, Day):
        return {name: f"{said.day}T23:59:59Z"}
    return instant(name, value)


def instant(name: str, value: Value) -> Given:
    """Set an instant."""
    said = _dated(value)
    if isinstance(said, Instant):
        return {name: said.moment}
    return {} if isinstance(said, Unknown) else None


def _dated(value: Value) -> Value | None:
    day_or_other = dated(value)
    if isinstance(day_or_other, Text):
        raise RecordError("invalid_date", "", f"{day_or_other.text[:40]!r} is no date")
    return day_or_other


def instant_or_day(name: str, value: Value) -> Given:
    """Set an instant; a date alone does not order messages."""
    return {} if isinstance(_dated(value), Day) else instant(name, value)


def account(name: str, value: Value) -> Given:
    """Set an account's number; a code such as GENR names none."""
    return {name: value.text} if isinstance(value, Text) else None


def text(name: str, value: Value) -> Given:
    """Set a text, a code or a place."""
    if isinstance(value, Text):
        return {name: value.text}
    return code(name, value)


def code(name: str, value: Value) -> Given:
    """Set a code of the standard; another issuer's says nothing that we know."""
    if isinstance(value, Text):
        return {name: value.text}
    return {name: value.code} if isinstance(value, Code) and value.issuer != "Prtry" else None


def place(name: str, value: Value) -> Given:
    """Set a place of a name."""
    if isinstance(value, Place):
        return {name: value.name}
    return {} if isinstance(value, Unknown) else text(name, value)


def bic_or_place(name: str, value: Value) -> Given:
    """Set a place or institution, a BIC without its branch XXX."""
    return {name: short_bic(value.text)} if isinstance(value, Text) else place(name, value)


def isin(name: str, value: Value) -> Given:
    """Set an ISIN."""
    if isinstance(value, Security):
        return {name: value.isin} if value.isin else None
    return {name: value.text} if isinstance(value, Text) else None


def flag(name: str, value: Value) -> Given:
    """Set a yes or no."""
    if isinstance(value, Text):
        if value.text not in _FLAGS:
            raise RecordError("unknown_code", "", f"{value.text[:10]!r} is none of Y, N, {', '.join(_FLAGS)}")
        return {name: _FLAGS[value.text]}
    return {name: value.is_set} if isinstance(value, Flag) else None


def percentage(name: str, value: Value) -> Given:
    """Set a rate in percent."""
    if isinstance(value, Percentage):
        return {name: value.number}
    return {} if isinstance(value, Unknown) else None


def charge(name: str, value: Value) -> Given:
    """Set a charge per unit as `amount` does; a percentage sets `charge_percent`."""
    return percentage("charge_percent", value) if isinstance(value, Percentage) else amount(name, value)


def amount(name: str, value: Value) -> Given:
    """Set an amount, and the currency beside it."""
    if isinstance(value, Money):
        return {name: value.number, "currency": value.currency}
    return {} if isinstance(value, Unknown) else None


def price(name: str, value: Value) -> Given:
    """Set an actual price for one unit (ACTU), and the currency beside it."""
    if isinstance(value, Price) and value.kind == "ACTU" and value.currency:
        return {name: value.number, "currency": value.currency}
    return {} if isinstance(value, Unknown) else None


def bare_price(name: str, value: Value) -> Given:
    """Set an actual price alone: market prices have no currency of their own."""
    given = price(name, value)
    return given and {name: given[name]}


def price_or_percent(name: str, value: Value) -> Given:
    """Set an actual price, or one in percent of the face amount under `…_percent`."""
    if isinstance(value, Price) and value.kind == "PRCT":
        return {f"{name}_percent": value.number}
    return price(name, value)


def ratio(name: str, value: Value) -> Given:
    """Set a ratio of two quantities."""
    if isinstance(value, Ratio):
        return {name: {"numerator": value.numerator, "denominator": value.denominator}}
    return {} if isinstance(value, Unknown) else None


def exchange(name: str, value: Value) -> Given:
    """Set an exchange rate."""
    if isinstance(value, Exchange):
        return {name: {"unit_currency": value.unit, "quoted_currency": value.quoted, "rate": value.rate}}
    return {} if isinstance(value, Unknown) else None


def quantity(name: str, value: Value) -> Given:
    """Set a quantity in units or face amount."""
    return {name: value.number} if isinstance(value, Quantity) and value.kind in QUANTITY_TYPES else None


def added_quantity(name: str, value: Value) -> Given:
    """Add a quantity to others of its kind."""
    given = quantity(name, value)
    return given and {name: Added(given[name])}


def period(name: str, value: Value) -> Given:
    """Set a period of two days."""
    if isinstance(value, Period) and value.start and value.end:
        return {name: {"from": value.start, "to": value.end}}
    return {} if isinstance(value, Unknown) else None


def direction(name: str, value: Value) -> Given:
    """Set CRED or DEBT."""
    said = value.text if isinstance(value, Text) else value.code if isinstance(value, Code) else ""
    if said not in _DIRECTIONS:
        raise RecordError("unknown_code", "", f"{said[:10]!r} is none of {', '.join(_DIRECTIONS)}")
    return {name: _DIRECTIONS[said]}
