"""Writes records.md, messages.md and schemas/ beside it, and the validators of AppConfig, from the declarations in domain.

`python docs/reference/generate.py` rewrites them; tests/unit/docs/test_reference.py fails while they are stale.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path.insert(0, str(CHECKOUT))

from domain.calculation import PARTS  # noqa: E402
from domain.corporate_actions import EVENT_TYPES  # noqa: E402
from domain.lots.lot import OpeningLot  # noqa: E402
from domain.messages import TABLES, WRITTEN, Each, Line, Row, Scope  # noqa: E402
from domain.records import Record, shapes  # noqa: E402
from domain.records.declared import Declared, declared, needs_of, shared_by  # noqa: E402
from domain.records.schema import name_of, schema_of  # noqa: E402
from domain.rules import MarketCalendars, WithholdingRates  # noqa: E402

DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
APPCONFIG = {"$schema": "http://json-schema.org/draft-04/schema#"}
VALIDATORS = CHECKOUT / "terraform" / "modules" / "rules" / "schemas"
RECORDS = get_args(Record)
RULES = (WithholdingRates, MarketCalendars)
PART_OF = {record_type: part for part, record_type in PARTS.items()}
SHAPES = sorted(
    (shape for shape in vars(shapes).values() if isinstance(shape, shapes.Shape)), key=lambda shape: shape.name
)
INTRODUCTION = """\
# Records

What `calculate` and the stream read, field by field. A JSON Schema of each record stands in
[schemas/](schemas); `feed_record.schema.json` is of a line of a feed, `calculate.schema.json` of a
document of `calculate`.

`python docs/reference/generate.py` writes this page and the schemas from the declarations in
[domain/records](../../domain/records).

- On the stream a record says its `record_type`. In a document of `calculate` the list says it.
- A field that is null or blank is absent.
- Numbers are exact decimals in strings. A JSON number is refused, as its exactness is lost.
- White space around a text, and small letters in a code, do not matter.
- An unknown field is refused by name. Fields that begin with `x_` are the sender's own: kept, and
  used for nothing.
- A schema says the shape of each field. The reader also refuses a wrong check digit, a day that no
  month has, and fields that contradict each other.
- *Source* names the field of ISO 15022, or the law.

What comes out: [results.md](results.md).
"""

MESSAGES = """\
# Messages

What the reader makes of each field of ISO 15022 and ISO 20022 messages, and what we write.
`python docs/reference/generate.py` writes this page from the tables in
[domain/messages](../../domain/messages), by which messages are read (ADR 25).

- *Used*: the field sets a field of the [record](records.md). `message` means that it is the
  message's own: its reference, function or page.
- *Kept*: the field is kept in the record's `unread`, and changes no figure.
- A field stands for its place and for the same place in older releases. `98a` is tag 98 with any
  letter. Elements are named by the end of their path.
- Any other field: the last line of a part says whether it is kept, holds the record
  (`unread_terms`), or refuses the message.
- A FIN sequence that is not named here refuses the message.

`python -m servicing_engine message read FILE` says the same of each field of a message.
"""


WRITING = """\
## What is written

`python -m servicing_engine message write KIND …` writes these. A fact that is not known is not said.
In FIN a sequence, and in XML an element, comes again for each movement, holding or balance. `-13:`
stands before a path that holds up to version 13 of the message, `16-:` from 16 on.
"""


def messages() -> str:
    """Return the page of messages: for each type its parts, field by field."""
    lines = [MESSAGES]
    for kinds, of_kind in TABLES.items():
        lines += ["", f"## {kinds}"]
        for name, scope in of_kind.items():
            opened = sorted(
                {step for outer in of_kind.values() for step, inner in outer.opens.items() if inner == name}
            )
            lines += [
                "",
                f"### {', '.join(opened) or 'The message'}",
                "",
                *rows(scope),
                "",
                f"Any other field: {fate(scope)}.",
            ]
    lines += ["", WRITING]
    for kinds, table_of_kind in WRITTEN.items():
        lines += [
            "",
            f"### Written: {kinds}",
            "",
            "| FIN | XML | Says |",
            "|---|---|---|",
            *written(table_of_kind, "MT" in kinds),
        ]
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def written(lines: Sequence[Line | Each], is_in_fin: bool, fin: str = "", xml: str = "") -> Iterator[str]:
    """Yield the table of what a message says; `fin` and `xml` are where its part stands. A table may be of XML alone."""
    for line in lines:
        in_fin, in_xml = (f"{outer}{inner}" if inner else "" for outer, inner in ((fin, line.fin), (xml, line.xml)))
        in_fin = in_fin if is_in_fin else ""
        if isinstance(line, Each):
            yield from written(line.lines, is_in_fin, f"{in_fin}/", f"{in_xml}/")
        elif in_fin or in_xml:
            said = f"`{line.fact[1:]}`" if line.fact.startswith("=") else line.fact.replace("_", " ")
            yield f"| {' | '.join(f'`{place}`' if place else '' for place in (in_fin, in_xml))} | {said} |"


def rows(scope: Scope) -> Iterator[str]:
    """Yield the table of a part's fields."""
    if scope.rows:
        yield from ("| FIN | XML | Fate | Field |", "|---|---|---|---|")
    for row in scope.rows:
        fate, field = ("used", f"`{row.field}`" if row.field else "message") if row.form else ("kept", "")
        yield f"| {places(row, True)} | {places(row, False)} | {fate} | {field} |"


def places(row: Row, is_fin: bool) -> str:
    """Return the places of a row in one standard."""
    return ", ".join(f"`{place}`" for place in row.places(is_fin))


def fate(scope: Scope) -> str:
    """Return what becomes of a field that no row of a part names."""
    if scope.refuses:
        return "a quantity, option or condition refuses the message, a price or rate holds the record, all else is kept"
    if scope.holds:
        return "a rate, price, amount, quantity or security holds the record, all else is kept"
    return "kept"


def reference() -> str:
    """Return the page."""
    lines = [INTRODUCTION, "## Values", "", "| Value | Is |", "|---|---|"]
    lines += [f"| {shape.name.replace('_', ' ')} | {shape.text} |" for shape in SHAPES]
    done: set[Any] = set()
    for record in sorted(RECORDS, key=lambda record: list(PART_OF).index(record.record_type)):
        lines += ["", f"## {record.record_type}", "", first_line(record), ""]
        lines += [f"In `calculate`: `{PART_OF[record.record_type]}`. Identity: {first_line(record.identity)[7:]}", ""]
        lines += [*table(record), *objects_in(record, done)]
    lines += [
        "",
        f"## {name_of(OpeningLot)}",
        "",
        first_line(OpeningLot),
        "",
        "In `calculate`: `lots`. Not on the stream.",
        "",
    ]
    lines += [*table(OpeningLot), *objects_in(OpeningLot, done)]
    lines += ["", "## Event types", "", "Types with a rule. An announcement of any other type is kept, and held.", ""]
    lines += ["| Type | Source of the rule |", "|---|---|"]
    lines += [f"| `{code}` | {event_type.source} |" for code, event_type in sorted(EVENT_TYPES.items())]
    for document in RULES:
        name = name_of(document)
        lines += ["", f"## {name}", "", first_line(document), ""]
        lines += [f"In `calculate`: `rules.{name}`. In AppConfig: profile `{name}`.", ""]
        lines += [*table(document), *objects_in(document, done)]
    return "\n".join(lines) + "\n"


def objects_in(record: Any, done: set[Any]) -> Iterator[str]:
    """Yield a section for each object that the record holds, once a page."""
    for field in declared(record).values():
        if field.record and field.record not in done:
            done.add(field.record)
            yield from ("", f"### {name_of(field.record)}", "", first_line(field.record), "", *table(field.record))
            yield from objects_in(field.record, done)


def first_line(declaration: Any) -> str:
    """Return the first sentence of a docstring."""
    return str(declaration.__doc__).partition("\n")[0]


def table(record: Any) -> Iterator[str]:
    """Yield the table of a record's fields."""
    yield from ("| Field | Value | Unit | Required | Meaning | Source |", "|---|---|---|---|---|---|")
    for name, field in declared(record).items():
        cells = (f"`{name}`", value(field), field.meaning.unit, required(record, name, field), *field.meaning[::2])
        yield f"| {' | '.join(cells)} |"
    if shared := shared_by(record):
        yield from (
            "",
            f"Also here, for every option that does not say otherwise: {', '.join(f'`{name}`' for name in shared)}.",
        )


def value(field: Declared) -> str:
    """Return what stands in a field, with the words that it may say."""
    if field.several:
        many = {tuple: "list of", frozenset: "list, each once, of", Mapping: "object of name and"}[field.several]
        return f"{many} {value(replace(field, several=None))}"
    shape = field.kind.shape
    if shape is None:
        name = name_of(field.record)
        return f"[{name}](#{name})"
    if shape.words and not shape.name:
        return ", ".join(f"`{word}`" for word in shape.words)
    return shape.name.replace("_", " ") or shape.text


def required(record: Any, name: str, field: Declared) -> str:
    """Return whether the field must be there, and what holds if it is not."""
    needs = next((needs for needs in needs_of(record) if name in needs.names), None)
    if needs:
        when = f" if {conditions(needs.when)}" if needs.when else ""
        return f"yes{when}, unless {conditions(needs.unless)}" if needs.unless else f"yes{when}"
    if field.is_required:
        return "yes"
    shown = str(field.default) if isinstance(field.default, str | int | Decimal) else ""
    return f"no; `{shown.lower() if shown == 'False' else shown}`" if shown else "no"


def conditions(of: Mapping[str, tuple[str, ...]]) -> str:
    """Return conditions, of which one must hold, in words."""
    said = [f"`{name}` is {' or '.join(words)}" for name, words in of.items() if words]
    there = [f"`{name}`" for name, words in of.items() if not words]
    return " or ".join(said + ([f"{' or '.join(there)} is there"] if there else []))


def schemas() -> Mapping[str, dict[str, Any]]:
    """Return every schema by the name of its file."""
    declared_ones = (*RECORDS, OpeningLot, *RULES)
    files = {name_of(record): {"title": name_of(record), **schema_of(record)} for record in declared_ones}
    of_file = {name: {"$ref": f"{name}.schema.json"} for name in files}
    feed = {"type": "object", "required": ["record_type"], "anyOf": [of_file[name] for name in PART_OF]}
    parts = {**PARTS, "lots": name_of(OpeningLot)}
    properties = {part: {"type": ["array", "null"], "items": of_file[name]} for part, name in parts.items()}
    properties["as_of"] = {**shapes.DAY.schema, "description": "calculate what was known at the end of this day"}
    of_rules = {name_of(document): {"anyOf": [of_file[name_of(document)], {"type": "null"}]} for document in RULES}
    properties["rules"] = {"type": ["object", "null"], "properties": of_rules, "additionalProperties": False}
    document = {"type": "object", "properties": properties, "additionalProperties": False}
    files |= {
        "feed_record": {"title": "feed record", **feed},
        "calculate": {"title": "document of calculate", **document},
    }
    return {f"{name}.schema.json": {**DIALECT, **schema} for name, schema in files.items()}


def pages() -> dict[Path, str]:
    """Return the content of every file that is generated."""
    written = {HERE / "records.md": reference(), HERE / "messages.md": messages()}
    for name, schema in schemas().items():
        written[HERE / "schemas" / name] = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    for document in RULES:  # AppConfig knows draft-04 alone, where $defs are definitions
        schema = json.dumps({**APPCONFIG, "title": name_of(document), **schema_of(document)}, indent=1)
        written[VALIDATORS / f"{name_of(document)}.json"] = schema.replace("$defs", "definitions") + "\n"
    return written


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
