"""What fields a value of a message gives a record.

Each form takes the field's name and the value. It returns the fields as {name: content}, {} for a value that is not known yet (UKWN,
TBAN), and None for a kind of value that says nothing of the field. See table.Form.
"""

from collections.abc import Mapping
from typing import Any

from domain.messages.bic import short_bic
from domain.messages.draft import Added, Line
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
    """Return no field: the value is the message's own (its reference, page, function), and says nothing of the record's thing."""
    return {}


def day(name: str, value: Value) -> Given:
    """Return the day of a date or instant, YYYY-MM-DD."""
    said = _dated(value)
    if isinstance(said, Day | Instant):
        return {name: said.day}
    return {} if isinstance(said, Unknown) else None


def deadline(name: str, value: Value) -> Given:
    """Return a deadline as an RFC 3339 instant: of a date alone the last second of that day, UTC."""
    said = _dated(value)
    if isinstance(said, Day):
        return {name: f"{said.day}T23:59:59Z"}
    return instant(name, value)


def instant(name: str, value: Value) -> Given:
    """Return an RFC 3339 instant; a date alone says nothing."""
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
    """Return an RFC 3339 instant, and no field for a date alone, which does not order messages."""
    return {} if isinstance(_dated(value), Day) else instant(name, value)


def account(name: str, value: Value) -> Given:
    """Return an account's number; a code such as GENR names none."""
    return {name: value.text} if isinstance(value, Text) else None


def text(name: str, value: Value) -> Given:
    """Return a text, or a code of the standard."""
    if isinstance(value, Text):
        return {name: value.text}
    return code(name, value)


def line(name: str, value: Value) -> Given:
    """Return a part of a narrative, which is put below the parts before it: a message may have it in several fields."""
    return {name: Line(value.text)} if isinstance(value, Text) else None


def code(name: str, value: Value) -> Given:
    """Return a code of the standard; a proprietary code says nothing that we know."""
    if isinstance(value, Text):
        return {name: value.text}
    return {name: value.code} if isinstance(value, Code) and value.issuer != "Prtry" else None


def place(name: str, value: Value) -> Given:
    """Return a place by its name: a market, country or institution."""
    if isinstance(value, Place):
        return {name: value.name}
    return {} if isinstance(value, Unknown) else text(name, value)


def bic_or_place(name: str, value: Value) -> Given:
    """Return a place or institution, a BIC without its branch XXX."""
    return {name: short_bic(value.text)} if isinstance(value, Text) else place(name, value)


def isin(name: str, value: Value) -> Given:
    """Return the ISIN of a security."""
    if isinstance(value, Security):
        return {name: value.isin} if value.isin else None
    return {name: value.text} if isinstance(value, Text) else None


def flag(name: str, value: Value) -> Given:
    """Return True for yes (Y, true, 1), False for no. Raises RecordError for another text."""
    if isinstance(value, Text):
        if value.text not in _FLAGS:
            raise RecordError("unknown_code", "", f"{value.text[:10]!r} is none of Y, N, {', '.join(_FLAGS)}")
        return {name: _FLAGS[value.text]}
    return {name: value.is_set} if isinstance(value, Flag) else None


def percentage(name: str, value: Value) -> Given:
    """Return the number of a rate that is given in percent."""
    if isinstance(value, Percentage):
        return {name: value.number}
    return {} if isinstance(value, Unknown) else None


def charge(name: str, value: Value) -> Given:
    """Return a charge per unit with its currency, or the number of a percentage as `charge_percent`."""
    return percentage("charge_percent", value) if isinstance(value, Percentage) else amount(name, value)


def amount(name: str, value: Value) -> Given:
    """Return an amount under the field's name, and its `currency`."""
    if isinstance(value, Money):
        return {name: value.number, "currency": value.currency}
    return {} if isinstance(value, Unknown) else None


def price(name: str, value: Value) -> Given:
    """Return an actual price for one unit (ACTU) under the field's name, and its `currency`."""
    if isinstance(value, Price) and value.kind == "ACTU" and value.currency:
        return {name: value.number, "currency": value.currency}
    return {} if isinstance(value, Unknown) else None


def bare_price(name: str, value: Value) -> Given:
    """Return an actual price for one unit without its currency, which market prices have not."""
    given = price(name, value)
    return given and {name: given[name]}


def price_or_percent(name: str, value: Value) -> Given:
    """Return an actual price with its `currency`, or a price in percent of the face amount as `<name>_percent`."""
    if isinstance(value, Price) and value.kind == "PRCT":
        return {f"{name}_percent": value.number}
    return price(name, value)


def ratio(name: str, value: Value) -> Given:
    """Return a ratio of two quantities as {numerator, denominator}."""
    if isinstance(value, Ratio):
        return {name: {"numerator": value.numerator, "denominator": value.denominator}}
    return {} if isinstance(value, Unknown) else None


def exchange(name: str, value: Value) -> Given:
    """Return an exchange rate as {unit_currency, quoted_currency, rate}."""
    if isinstance(value, Exchange):
        return {name: {"unit_currency": value.unit, "quoted_currency": value.quoted, "rate": value.rate}}
    return {} if isinstance(value, Unknown) else None


def quantity(name: str, value: Value) -> Given:
    """Return a quantity in units or face amount."""
    return {name: value.number} if isinstance(value, Quantity) and value.kind in QUANTITY_TYPES else None


def added_quantity(name: str, value: Value) -> Given:
    """Return a quantity that adds to what the field has already: sub-balances of one kind come in several lines."""
    given = quantity(name, value)
    return given and {name: Added(given[name])}


def period(name: str, value: Value) -> Given:
    """Return a period of two known days as {from, to}."""
    if isinstance(value, Period) and value.start and value.end:
        return {name: {"from": value.start, "to": value.end}}
    return {} if isinstance(value, Unknown) else None


def direction(name: str, value: Value) -> Given:
    """Return CRED for a credit, DEBT for a debit. Raises RecordError for another code."""
    said = value.text if isinstance(value, Text) else value.code if isinstance(value, Code) else ""
    if said not in _DIRECTIONS:
        raise RecordError("unknown_code", "", f"{said[:10]!r} is none of {', '.join(_DIRECTIONS)}")
    return {name: _DIRECTIONS[said]}
