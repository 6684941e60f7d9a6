"""How a fact is written in either standard. Each form raises UnwritableError for what the standard has no room for.

Source: ISO 15022 User Handbook, "Field formats"; ISO 20022 data types of the Securities SEG (amounts have 18 digits and 5 after the point,
quantities 17 and rates 10 after the point, identifiers 35 characters).
"""

import re
import textwrap
from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any, NamedTuple

from domain.messages.notation import X
from domain.numbers.exact import EXACT, plain

LONGEST_NUMBER = 15
_LONGEST_IDENTIFIER = 35
_DIGITS = 18
_LINES, _LINE = 6, 35
_OUTSIDE_X = re.compile(f"[^{X}]")
_DEPOSITORIES = {
    "ICSD": ("MGTCBEBE", "CEDELULL"),
    "NCSD": (
        *("DTCYUS33", "FRNYUS33", "CRSTGB22", "DAKVDEFF", "SICVFRPP", "NECINL2A"),
        *("CIKBBEBB", "INSECHZZ", "MOTIITMM", "IBRCESMM", "JJSDJPJT"),
    ),
}
"""Central securities depositories, international and national, by BIC, as a record names the place alone. Any other BIC is written as a
custodian (CUST).

Sources: Euronext Securities Milan, T2S Gateway settlement links, valid from 1 May 2026, table of contents (read as quoted in a public
repository): MGTCBEBE, CEDELULL, DTCYUS33, DAKVDEFF, SICVFRPP, NECINL2A, CIKBBEBB, INSECHZZ, MOTIITMM, IBRCESMM. Clearstream, instruction
specifications (PSET) of UK debt securities: CRSTGB22; of Japanese debt securities, 19 May 2023: JJSDJPJT. Not verified: FRNYUS33, which
only public sample messages have as PSET.
"""
_OPTION_NUMBER = re.compile(r"[0-9]{3}")


class UnwritableError(ValueError):
    """A value for which a standard has no room."""


class Form(NamedTuple):
    """What a FIN field says after its qualifier; and the text of an element, (amount, currency), or the elements in it."""

    fin: Callable[[Any], str]
    xml: Callable[[Any], Any]


def _number(value: Decimal) -> str:
    """Return format 15d without sign, as a code beside it or the field's format says the direction."""
    text = plain(EXACT.abs(value))
    text = text.replace(".", ",") if "." in text else f"{text},"
    if len(text) > LONGEST_NUMBER:
        raise UnwritableError(f"{text} is longer than the {LONGEST_NUMBER} characters of a number in FIN")
    return text


def _decimal(places: int) -> Callable[[Decimal], str]:
    def write(value: Decimal) -> str:
        text = plain(EXACT.abs(value))
        whole, _, fraction = text.partition(".")
        if len(fraction) > places or len(whole) + len(fraction) > _DIGITS:
            raise UnwritableError(f"{text} has more than {_DIGITS} digits, or more than {places} after the point")
        return text

    return write


def _option(number: str) -> str:
    if not _OPTION_NUMBER.fullmatch(number):
        raise UnwritableError(f"{number:.60} is not three digits")
    return number


def _text(longest: int) -> Callable[[str], str]:
    def write(text: str) -> str:
        if len(text) > longest:
            raise UnwritableError(f"{text:.60} is longer than {longest} characters")
        return text

    return write


def _paragraph(text: str) -> str:
    """Return a text in lines of 35 characters of set x, of which six have room.

    No line begins with `:` or `-`, as a tag and the end of the text do, or ends inside a date or number that has a hyphen.
    """
    wrapped = textwrap.wrap(_OUTSIDE_X.sub(" ", text), _LINE - 1, break_on_hyphens=False)
    lines = [f" {line}" if line.startswith((":", "-")) else line for line in wrapped]
    if len(lines) > _LINES:
        raise UnwritableError(f"{text:.60} … is longer than {_LINES} lines of {_LINE} characters")
    return "\r\n".join(lines)


def _place_type(bic: str) -> str:
    """Return what an institution is: a depository, or a custodian."""
    return next((kind for kind, bics in _DEPOSITORIES.items() if bic[:8] in bics), "CUST")


def _rate_of(exchange: Mapping[str, Any]) -> Decimal:
    return Decimal(exchange["rate"])


code = Form(str, str)
identifier = Form(str, _text(_LONGEST_IDENTIFIER))
option = Form(str, _option)
isin = Form(lambda isin: f"ISIN {isin}", str)
flag = Form(lambda is_set: "Y" if is_set else "N", lambda is_set: "true" if is_set else "false")
day = Form(lambda day: day.replace("-", ""), str)
instant = Form(
    lambda moment: f"{moment.astimezone(UTC):%Y%m%d%H%M%S}", lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
)  # fmt: skip
units = Form(lambda quantity: f"UNIT/{_number(quantity)}", _decimal(17))
"""A quantity without its sign."""
balance = Form(lambda quantity: f"UNIT/{'N' if quantity < 0 else ''}{_number(quantity)}", _decimal(17))
"""A quantity, in FIN with its sign, in XML beside its `side`."""
side = Form(str, lambda quantity: "SHOR" if quantity < 0 else "LONG")
direction = Form(lambda moved: "DEBT" if moved < 0 else "CRED", lambda moved: "DBIT" if moved < 0 else "CRDT")
percentage = Form(_number, _decimal(10))
money = Form(lambda paid: f"{paid[1]}{_number(paid[0])}", lambda paid: (_decimal(5)(paid[0]), paid[1]))
"""(amount, currency), without the amount's sign."""
paid_or_received = Form(lambda paid: direction.fin(paid[0]), lambda paid: direction.xml(paid[0]))
"""The direction of (amount, currency)."""
narrative = Form(_paragraph, _text(_LINES * _LINE))
institution = Form(
    lambda bic: f"{_place_type(bic)}/{bic}", lambda bic: {"SfkpgPlcTp": _place_type(bic), "Id": bic}
)  # fmt: skip
"""A place of safekeeping by its BIC."""
elsewhere = Form(
    lambda name: f"SHHE/{name}", lambda name: {"SfkpgPlcTp": "SHHE", "Id": _text(_LONGEST_IDENTIFIER)(name)}
)
"""A place of safekeeping by another name: shares held elsewhere."""
exchange = Form(
    lambda rate: f"{rate['unit_currency']}/{rate['quoted_currency']}/{_number(_rate_of(rate))}",
    lambda rate: {"UnitCcy": rate["unit_currency"], "QtdCcy": rate["quoted_currency"], "XchgRate": _decimal(10)(_rate_of(rate))},
)  # fmt: skip
