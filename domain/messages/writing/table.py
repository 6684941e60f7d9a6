"""Fill a message with facts by a table: each line puts one fact at its place in FIN and at its place in XML."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from domain.messages.writing.forms import Form, UnwritableError

Content = dict[str, Any]
"""Fields and sequences, or elements, in order, by name: a text, (amount, currency), the inner content, or a list of such."""
SAID = "="
"""Before a word that a line says as it is."""
FIN = 0
"""In place of a version of XML."""


class UnwritableMessageError(ValueError):
    """A message that the standard has no room for: `field` is the fact at fault, or the message's field."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class Line(NamedTuple):
    """A fact at its place: `USECU/97A SAFE` in FIN, `AcctDtls/SfkpgAcct` in XML, "" where one of them has none.

    `fact` is a name, or `=WORD` for a word said as it is. A fact that is not there is not said. A place in XML may be of some versions
    alone: `-13: RcrdDt/Dt/Dt | RcrdDt/Dt` up to version 13 and after it, `15-: MvmntConfId` from 15 on and none before.
    """

    fact: str
    form: Form
    fin: str = ""
    xml: str = ""

    def value(self, facts: Mapping[str, Any]) -> Any:
        """Return what the line says, None for nothing."""
        return self.fact.removeprefix(SAID) if self.fact.startswith(SAID) else facts.get(self.fact)


class Each(NamedTuple):
    """A sequence or element for each of a list of facts, whose inner lines have places inside it."""

    fact: str
    fin: str
    xml: str
    lines: "Sequence[Line | Each]"


Table = Sequence[Line | Each]


@cache
def place_in(places: str, version: int) -> str:
    """Return the first place of an element that a version of the message has, "" for none."""
    for given in places.split(" | "):
        versions, _, place = given.rpartition(": ")
        first, to, last = versions.partition("-")
        if not versions or int(first or 0) <= version <= int(last or (version if to else first)):
            return place
    return ""


def fill(table: Table, facts: Mapping[str, Any], version: int = FIN) -> Content:
    """Return the message's content in FIN or in a version of XML, in the order of the lines. A place may name a fact: `93B {kind}`.

    Raises UnwritableMessageError that names the fact for which the standard has no room.
    """
    filled: Content = {}
    for line in table:
        place = line.fin if version == FIN else place_in(line.xml, version)
        if place and (content := _content(line, facts, version)) not in (None, []):
            *outer, name = place.format_map(facts).split("/")
            inside = filled
            for step in outer:
                inside = inside.setdefault(step, {})
            inside[name] = content
    return filled


def _content(line: Line | Each, facts: Mapping[str, Any], version: int) -> Any:
    if isinstance(line, Each):
        return [fill(line.lines, {**facts, **inner}, version) for inner in facts[line.fact]]
    value = line.value(facts)
    if value is None:
        return None
    try:
        return line.form.fin(value) if version == FIN else line.form.xml(value)
    except UnwritableError as error:
        raise UnwritableMessageError(line.fact, str(error)) from error
