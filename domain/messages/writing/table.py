"""Fill a message with facts by a table: each line puts one fact at its place in FIN and at its place in XML."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain.messages.writing.forms import Form, UnwritableError

Content = dict[str, Any]
"""Fields and sequences, or elements, in order, by name: a text, (amount, currency), the inner content, or a list of such."""
SAID = "="
"""Before a word that a line says as it is."""


class UnwritableMessageError(ValueError):
    """A message that the standard has no room for: `field` is the fact at fault, or the message's field."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class Line(NamedTuple):
    """A fact at its place: `USECU/97A SAFE` in FIN, `AcctDtls/SfkpgAcct` in XML, "" where one of them has none.

    `fact` is a name, or `=WORD` for a word said as it is. A fact that is not there is not said.
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


def fill(table: Table, facts: Mapping[str, Any], is_fin: bool) -> Content:
    """Return the message's content in one standard, in the order of the lines. A place may name a fact: `93B {kind}`.

    Raises UnwritableMessageError that names the fact for which the standard has no room.
    """
    filled: Content = {}
    for line in table:
        place = line.fin if is_fin else line.xml
        if place and (content := _content(line, facts, is_fin)) not in (None, []):
            *outer, name = place.format_map(facts).split("/")
            inside = filled
            for step in outer:
                inside = inside.setdefault(step, {})
            inside[name] = content
    return filled


def _content(line: Line | Each, facts: Mapping[str, Any], is_fin: bool) -> Any:
    if isinstance(line, Each):
        return [fill(line.lines, {**facts, **inner}, is_fin) for inner in facts[line.fact]]
    value = line.value(facts)
    if value is None:
        return None
    try:
        return line.form.fin(value) if is_fin else line.form.xml(value)
    except UnwritableError as error:
        raise UnwritableMessageError(line.fact, str(error)) from error
