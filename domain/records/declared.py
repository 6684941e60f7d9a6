"""Records as declarations: a dataclass names its fields with the kinds below, and is read by them.

`residence: Country` must be there, `isin: Isin = ""` may be absent, `ratio: Ratio` is an object and `tuple[Option, ...]` a list of objects
that are declared likewise. A record may say which optional fields it `needs` after all, and `check` its fields against each other.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

from domain.records.fields import Fields

Reader = Callable[[Fields, str, Any], Any]
"""Reads a field by its name; the default is MISSING if it must be there."""
_T = TypeVar("_T")


def kind(read: Callable[..., Any], **options: Any) -> Reader:
    """Return a reader by a method of Fields that knows `required`; if nothing is there it gives the default."""

    def reader(given: Fields, name: str, default: Any) -> Any:
        value = read(given, name, required=default is MISSING, **options)
        return default if value is None else value

    return reader


def among(*words: str) -> Reader:
    """Return a reader of one of these words; a default is kept as if it had been said."""

    def reader(given: Fields, name: str, default: Any) -> Any:
        said = "" if default is MISSING else default
        return given.text(name, required=default is MISSING, among=words, default=said)

    return reader


def whole(**bounds: int) -> Reader:
    """Return a reader of an integer; a default is kept as if it had been said."""
    return lambda given, name, default: given.integer(name, default=None if default is MISSING else default, **bounds)


def optional(read: Callable[[Fields, str], Any]) -> Reader:
    """Return a reader of a field that may always be absent: `read` says what it is then."""
    return lambda given, name, _: read(given, name)


Text = Annotated[str, kind(Fields.text)]
Identifier = Annotated[str, kind(Fields.identifier)]
Isin = Annotated[str, kind(Fields.isin)]
Country = Annotated[str, kind(Fields.country)]
Currency = Annotated[str, kind(Fields.currency)]
Number = Annotated[Decimal, kind(Fields.decimal)]
"""Zero or more."""
SignedNumber = Annotated[Decimal, kind(Fields.decimal, signed=True)]
Day = Annotated[dt.date, kind(Fields.date)]
Instant = Annotated[dt.datetime, kind(Fields.instant)]
Whole = Annotated[int, whole()]
Flag = Annotated[bool, optional(Fields.flag)]
"""Without a default: absent is false."""


def read_as(record: type[_T], given: Fields) -> _T:
    """Return the record that these fields declare. Raises RecordError."""
    declaration: Any = record
    given.known.update(declared(declaration))
    needs: Collection[str] = declaration.needs(given) if hasattr(record, "needs") else ()
    values = {
        name: read(given, name, MISSING if name in needs else default)
        for name, (read, default) in declared(declaration).items()
    }
    if hasattr(record, "check"):
        declaration.check(given, values)
    return record(**values)


@cache
def declared(record: type[Any]) -> Mapping[str, tuple[Reader, Any]]:
    """Return reader and default of every field of a record: its names are the known ones."""
    return {field.name: (_reader(field.type), field.default) for field in fields(record)}


def _reader(declaration: Any) -> Reader:
    if get_origin(declaration) is Annotated:
        reader: Reader = declaration.__metadata__[0]
        return reader
    if is_dataclass(declaration):
        return lambda given, name, default: _object(declaration, given, name, default)
    of = get_args(declaration)  # X | None, or tuple[X, ...]
    if get_origin(declaration) is tuple:
        return lambda given, name, default: _objects(of[0], given, name, default)
    return _reader(of[0])


def _object(record: Any, given: Fields, name: str, default: Any) -> Any:
    inner = given.object(name, required=default is MISSING)
    if inner is None:
        return default
    value = read_as(record, inner)
    given.normalised[name] = inner.rest()
    return value


def _objects(record: Any, given: Fields, name: str, default: Any) -> Any:
    return tuple(read_as(record, line) for line in given.objects(name)) if given.has(name) else default
