"""Reads the fields of one JSON object, each by its kind, and checks it: texts, codes, numbers, dates."""

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from domain.numbers.exact import parse_decimal, plain
from domain.numbers.money import MINOR_UNITS
from domain.numbers.series import paired
from domain.records.countries import ALSO_SAID, COUNTRIES
from domain.records.instants import parse_instant
from domain.records.json_object import JsonObject
from domain.records.nearest import did_you_mean
from domain.records.storable import unstorable
from domain.records.words import is_isin, shown, upper

_CODE = re.compile(r"[A-Z0-9]{4}\Z")
_DECIMAL = re.compile(r"(?!-0*\.?0*\Z)-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_PERIOD_NAMES = (("from", "to"), ("start_date", "end_date"), ("from_date", "to_date"), ("start", "end"))
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:+-]{0,63}\Z")


class Fields(JsonObject):
    """A JSON object with a reader for each kind of value; what is read is kept in its normalised form."""

    def text(self, name: str, *, required: bool = True, among: Collection[str] | None = None, default: str = "") -> str:
        """Return a non-empty string, white space trimmed; from a closed list where `among` is given."""
        value = self._take(name, required)
        if value is None:
            if default:
                self._keep(name, default)
            return default
        if not isinstance(value, str):
            raise self.fail(name, "not_a_string", f"{name} must be a string")
        value = value.strip()
        if among is None and (fault := unstorable(value)):
            raise self.fail(name, "invalid_text", fault)
        if among is not None and value not in among:
            if upper(value) not in among:
                listed = ", ".join(sorted(among))
                detail = f"{shown(value)} is none of {listed}{did_you_mean(value, among)}"
                raise self.fail(name, f"unknown_{name}", detail)
            value = upper(value)
        self._keep(name, value)
        return value

    def codes(self, name: str) -> tuple[str, ...]:
        """ISO codes of four capital letters or digits: a list, or one as it stands; each once, sorted. Empty when absent."""
        value = self._take(name, False)
        named = value if isinstance(value, list) else [] if value is None else [value]
        codes = sorted({upper(word.strip()) if isinstance(word, str) else "" for word in named})
        for code in codes:
            if not _CODE.match(code):
                raise self.fail(name, "invalid_code", f"{code[:20]!r} is not a code of four letters or digits")
        if codes:
            self._keep(name, codes)
        return tuple(codes)

    def identifier(self, name: str, *, required: bool = True) -> str:
        """Return a name of at most 64 letters, digits, spaces and `. _ : + -` (it becomes part of keys, which `/` and `#` divide)."""
        value = self.text(name, required=required)
        if value and not _IDENTIFIER.match(value):
            raise self.fail(
                name, "invalid_identifier", f"{value[:70]!r} is not 1 to 64 letters, digits, spaces or . _ : + -"
            )
        return value

    def isin(self, name: str, *, required: bool = True) -> str:
        """Return an ISIN with a right check digit (ISO 6166), upper-cased."""
        value = upper(self.text(name, required=required))
        if value and not is_isin(value):
            raise self.fail(name, "invalid_isin", f"{value[:20]!r} is not an ISIN with a right check digit")
        if value:
            self._keep(name, value)
        return value

    def country(self, name: str, *, required: bool = True) -> str:
        """Return an ISO 3166-1 alpha-2 code."""
        value = upper(self.text(name, required=required))
        if value and value not in COUNTRIES:
            meant = f", did you mean {ALSO_SAID[value]}?" if value in ALSO_SAID else ""
            raise self.fail(name, "invalid_country", f"{value[:20]!r} is no country of ISO 3166-1{meant}")
        if value:
            self._keep(name, value)
        return value

    def currency(self, name: str, *, required: bool = True) -> str:
        """Return an ISO 4217 code."""
        value = upper(self.text(name, required=required))
        if value and value not in MINOR_UNITS:
            raise self.fail(name, "invalid_currency", f"{value[:20]!r} is not an ISO 4217 currency")
        if value:
            self._keep(name, value)
        return value

    def decimal(self, name: str, *, required: bool = True, signed: bool = False) -> Decimal | None:
        """Return an exact decimal in a JSON string; a JSON number is refused, as its exactness is already lost.

        Refused too are a plus sign, a zero before another digit, white space and -0: whoever writes so may mean something else.
        """
        value = self._take(name, required)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.fail(
                name, "not_a_decimal_string", f'{name} must be an exact decimal in a string, such as "0.25"'
            )
        try:
            if not (self._stored or _DECIMAL.match(value)):
                raise ValueError(f"{value[:40]!r} is not a plain decimal such as 0.25")
            number = parse_decimal(value)
        except ValueError as error:
            raise self.fail(name, "not_a_decimal", str(error)) from error
        if number < 0 and not signed:
            kind = "quantity" if name.endswith("quantity") else "value"
            raise self.fail(name, f"negative_{kind}", f"{plain(number)} is below zero")
        self._keep(name, plain(number))
        return number

    def percentage(self, name: str, *, required: bool = True) -> Decimal | None:
        """Return an exact decimal from 0 to 100."""
        percent = self.decimal(name, required=required)
        if percent is not None and percent > 100:
            raise self.fail(name, "above_100_percent", f"{name} is at most 100 percent")
        return percent

    def needed_decimal(self, name: str) -> Decimal:
        """Return a required decimal, zero or more."""
        number = self.decimal(name)
        assert number is not None
        return number

    def date(self, name: str, *, required: bool = True) -> dt.date | None:
        """Return a calendar date YYYY-MM-DD."""
        value = self._take(name, required)
        if value is None:
            return None
        try:
            if not isinstance(value, str) or not _DATE.match(value):
                raise ValueError
            day = dt.date.fromisoformat(value)
        except ValueError as error:
            raise self.fail(name, "invalid_date", f"{shown(value)} is not a date YYYY-MM-DD") from error
        self._keep(name, value)
        return day

    def needed_date(self, name: str) -> dt.date:
        """Return a required date."""
        day = self.date(name)
        assert day is not None
        return day

    def period(self, name: str) -> tuple[dt.date, dt.date] | None:
        """Two dates, the second one later: an object with `from` and `to` (also start_date and end_date), a list of two, or `from/to`."""
        value = self._take(name, False)
        if value is None:
            return None
        if isinstance(value, Mapping):
            given = {key: end for key, end in value.items() if end is not None}
            named = next(([given[key] for key in pair] for pair in _PERIOD_NAMES if given.keys() == set(pair)), [])
        else:
            named = value.split("/") if isinstance(value, str) else value if isinstance(value, list) else []
        if len(named) != 2:
            raise self.fail(name, "invalid_period", f"{name} must have the two dates from and to")
        ends = self._inner(dict(paired(("from", "to"), named)), name)
        start, end = ends.needed_date("from"), ends.needed_date("to")
        if start >= end:
            raise self.fail(name, "empty_period", f"{name} ends on {end}, which is not after {start}")
        self._keep(name, ends.normalised)
        return start, end

    def instant(self, name: str, *, required: bool = True) -> dt.datetime | None:
        """Return an RFC 3339 instant with an offset, turned to UTC."""
        value = self._take(name, required)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError
            moment = parse_instant(value)
        except ValueError as error:
            detail = f"{shown(value)} is not an RFC 3339 instant with an offset"
            raise self.fail(name, "invalid_instant", detail) from error
        self._keep(name, moment.isoformat().replace("+00:00", "Z"))
        return moment

    def integer(self, name: str, *, default: int | None = None, minimum: int = 0, maximum: int = 2**63 - 1) -> int:
        """Return a JSON integer; at most what a column of ours holds."""
        value = self._take(name, default is None)
        if value is None:
            value = default
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise self.fail(name, "not_an_integer", f"{shown(value)} is not an integer from {minimum} to {maximum}")
        self._keep(name, value)
        return value

    def flag(self, name: str, *, keeps_default: bool = True) -> bool:
        """Return a JSON boolean, false when absent."""
        value = self._take(name, False)
        if value is not None and not isinstance(value, bool):
            raise self.fail(name, "not_a_boolean", f"{name} must be true or false")
        if value is not None or keeps_default:
            self.normalised[name] = bool(value)
        return bool(value)

    def isins(self) -> Sequence[str]:
        """Return the object's names, each of which must be an ISIN as it stands."""
        names = self.names()
        for name in names:
            if not is_isin(name):
                written = name[:20].encode("ascii", "backslashreplace").decode()
                raise self.fail(
                    written, "invalid_isin", f"{name[:20]!r} is not an ISIN in capitals with a right check digit"
                )
        return names
