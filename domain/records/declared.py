"""Records as declarations: a dataclass names its fields with the kinds below, and is read by them.

`residence: Country` must be there, `isin: Isin = ""` may be absent, `ratio: Ratio` is an object that is declared likewise. Several values
stand in a list, `tuple[Option, ...]`, in a list with each once, `frozenset[Day]`, or under names, `Mapping[str, MarketCalendar]`: the `key`
of such a record is its field for the name. A record may say which optional fields it `needs` after all, and `check` its fields against
each other. A field that is called `from` in JSON is `from_` here.
`Annotated[Number, Meaning("pays", "percent")]` says what a field means: docs/reference is made from it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from decimal import Decimal
from functools import cache, partial
from keyword import kwlist
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin

from domain.records.fields import Fields
from domain.records.shapes import (
    COUNTRY,
    CURRENCY,
    DAY,
    FLAG,
    IDENTIFIER,
    INSTANT,
    ISIN,
    NUMBER,
    PERCENT,
    SIGNED,
    TEXT,
    Shape,
    one_of,
    whole_number,
)

Reader = Callable[[Fields, str, Any], Any]
"""Reads a field by its name; the default is MISSING if it must be there."""
_T = TypeVar("_T")
_KEYWORDS = frozenset(kwlist)
Conditions = Mapping[str, tuple[str, ...]]
"""Fields with the words that each may say; without words a condition holds if the field is there."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """How a field is read, and what its value looks like; None where the declared type says that.

    `may_be_absent`: also without a default. `unread_if`: not read if one of these holds, whatever stands there. `also_named`: another
    name under which it is read.
    """

    read: Reader
    shape: Shape | None
    may_be_absent: bool = False
    unread_if: Conditions = field(default_factory=dict)
    also_named: str = ""


class Meaning(NamedTuple):
    """What a field says, in which `unit` if it is a number, and the ISO 15022 tag or the law that it comes from."""

    text: str
    unit: str = ""
    source: str = ""


class AtLeast(NamedTuple):
    """How many objects a list has at least: 1 where nothing is said."""

    number: int


class Needs(NamedTuple):
    """Optional fields that must be there after all: if a condition of `when` holds, or there is none, and no condition of `unless`."""

    names: tuple[str, ...]
    when: Conditions = {}
    unless: Conditions = {}


@dataclass(frozen=True, slots=True)
class Declared:
    """One field of a record. `record` is the record that it holds, else None.

    `several` is tuple, frozenset or Mapping if it holds several values of its kind, and `least` how many a tuple has at least.
    """

    kind: Kind
    default: Any
    meaning: Meaning
    record: Any
    several: Any
    least: int

    @property
    def is_required(self) -> bool:
        """Return True if every record must have the field."""
        return self.default is MISSING and not self.kind.may_be_absent


def kind(read: Callable[..., Any], shape: Shape, **options: Any) -> Kind:
    """Return the kind read by a method of Fields that knows `required`; if nothing is there it gives the default."""

    def reader(given: Fields, name: str, default: Any) -> Any:
        value = read(given, name, required=default is MISSING, **options)
        return default if value is None else value

    return Kind(reader, shape)


def among(*words: str) -> Kind:
    """Return the kind of one of these words; a default is kept as if it had been said."""

    def reader(given: Fields, name: str, default: Any) -> Any:
        said = "" if default is MISSING else default
        return given.text(name, required=default is MISSING, among=words, default=said)

    return Kind(reader, one_of(*words))


def whole(minimum: int = 0, maximum: int = 2**63 - 1) -> Kind:
    """Return the kind of an integer; a default is kept as if it had been said."""

    def reader(given: Fields, name: str, default: Any) -> Any:
        said = None if default is MISSING else default
        return given.integer(name, default=said, minimum=minimum, maximum=maximum)

    return Kind(reader, whole_number(minimum, maximum))


def optional(read: Callable[[Fields, str], Any], shape: Shape) -> Kind:
    """Return the kind of a field that may always be absent: `read` says what it is then."""
    return Kind(lambda given, name, _: read(given, name), shape, may_be_absent=True)


Text = Annotated[str, kind(Fields.text, TEXT)]
Identifier = Annotated[str, kind(Fields.identifier, IDENTIFIER)]
Isin = Annotated[str, kind(Fields.isin, ISIN)]
Country = Annotated[str, kind(Fields.country, COUNTRY)]
Currency = Annotated[str, kind(Fields.currency, CURRENCY)]
Number = Annotated[Decimal, kind(Fields.decimal, NUMBER)]
"""Zero or more."""
SignedNumber = Annotated[Decimal, kind(Fields.decimal, SIGNED, signed=True)]
Percentage = Annotated[Decimal, kind(Fields.percentage, PERCENT)]
Day = Annotated[dt.date, kind(Fields.date, DAY)]
Instant = Annotated[dt.datetime, kind(Fields.instant, INSTANT)]
Whole = Annotated[int, whole()]
SequenceNumber = Annotated[Whole, Meaning("of two reports of one identity the one with the higher number stands")]
Flag = Annotated[bool, optional(Fields.flag, FLAG)]
"""Without a default: absent is false."""
Permission = Annotated[bool, optional(partial(Fields.flag, keeps_default=False), FLAG)]
"""Absent is false, and is not kept: records without it stay what they were."""


def read_as(record: type[_T], given: Fields, place: str = "") -> _T:
    """Return the record that these fields declare; `place` is the name under which it stands. Raises RecordError."""
    declaration: Any = record
    known, needs, key = declared(declaration), needs_of(record), getattr(record, "key", "")
    given.known.update(known, shared_by(declaration))
    said: dict[str, Any] = {}

    def holds(conditions: Conditions) -> bool:
        for name, words in conditions.items():
            if name not in said:
                said[name] = known[name].kind.read(given, name, known[name].default)
            if said[name] in words if words else said[name] != known[name].default:
                return True
        return False

    applying = (need for need in needs if not holds(need.unless) and (not need.when or holds(need.when)))
    needed = {name for need in applying for name in need.names}
    for name, own in known.items():
        if own.kind.unread_if and holds(own.kind.unread_if):
            said[name] = own.default
        elif name in needed or name not in said:
            said[name] = own.kind.read(given, name, MISSING if name in needed else own.default)
    if hasattr(record, "check"):
        declaration.check(given, said)
    for name in _KEYWORDS & said.keys():
        said[f"{name}_"] = said.pop(name)
    return record(**said, **{key: place}) if key else record(**said)


def needs_of(record: Any) -> tuple[Needs, ...]:
    """Return what a record needs beside its required fields."""
    needs: tuple[Needs, ...] = getattr(record, "needs", ())
    return needs


@cache
def shared_by(record: Any) -> Mapping[str, Declared]:
    """Return the fields that a record may have for all objects of its list: terms of all options at the event."""
    list_name, names = getattr(record, "shared", ("", ()))
    return {name: declared(declared(record)[list_name].record)[name] for name in names}


@cache
def declared(record: Any) -> Mapping[str, Declared]:
    """Return every field of a record by its name: these names are the known ones."""
    key = getattr(record, "key", "")
    return {each.name.rstrip("_"): _declared(each.type, each.default) for each in fields(record) if each.name != key}


def _declared(annotation: Any, default: Any) -> Declared:
    """Return the field of an annotation: X, X | None, several X, or Annotated[any of them, a kind or meaning, …].

    A kind outside tuple[…] reads the whole list, a kind within it one value.
    """
    said: list[Any] = []
    several, is_read = None, False
    while not is_dataclass(annotation) and (parts := get_args(annotation)):
        origin = get_origin(annotation)
        if origin is Annotated:
            said += reversed(annotation.__metadata__)
        elif origin in (tuple, frozenset, Mapping):
            several, is_read = origin, any(isinstance(each, Kind) for each in said)
        annotation = parts[1] if origin is Mapping else parts[0]
    record: Any = annotation if is_dataclass(annotation) else None
    of_record = Kind(lambda given, name, default: _object(record, given, name, default), None)
    own = next((each for each in said if isinstance(each, Kind)), of_record)
    meaning = next((each for each in said if isinstance(each, Meaning)), Meaning(""))
    least = next((each.number for each in said if isinstance(each, AtLeast)), 1) if several is tuple else 0
    if several and not is_read:
        own = replace(own, read=_several(own.read, several, least))
    return Declared(own, default, meaning, record, several if not (is_read and own.shape) else None, least)


def _object(record: Any, given: Fields, name: str, default: Any) -> Any:
    inner = given.object(name, required=default is MISSING)
    if inner is None:
        return default
    value = read_as(record, inner, name)
    given.normalised[name] = inner.rest()
    return value


def _several(read: Reader, several: Any, least: int) -> Reader:
    """Return the reader of several values, each of which `read` reads under its name, or its number in the list."""

    def reader(given: Fields, name: str, default: Any) -> Any:
        take = given.object if several is Mapping else partial(given.items, least=least)
        inner = take(name, required=default is MISSING)
        if inner is None:
            return default
        values = {place: read(inner, place, MISSING) for place in inner.names()}
        given.normalised[name] = inner.normalised if several is Mapping else list(inner.normalised.values())
        if several is frozenset and len(set(values.values())) < len(values):
            ((twice, _),) = Counter(values.values()).most_common(1)
            place = [place for place, value in values.items() if value == twice][1]
            raise inner.fail(place, "duplicate", f"{twice} is in {name} twice")
        return values if several is Mapping else several(values.values())

    return reader
