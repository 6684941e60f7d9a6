"""JSON Schemas (draft 2020-12) of declared records: they accept whatever `read_as` accepts.

They say the shape of each field alone. Check digits, days that no month has, and what fields say of each other are the reader's to judge.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from domain.records.declared import Conditions, Declared, declared, needs_of, shared_by
from domain.records.json_object import FREE
from domain.records.shapes import ABSENT, one_of

Definitions = dict[str, Any]
_ABSENT = {"$ref": "#/$defs/absent"}


def schema_of(record: Any) -> dict[str, Any]:
    """Return the schema of one record. It allows `record_type`, which only the stream demands."""
    definitions: Definitions = {"absent": ABSENT}
    schema = _object(record, definitions)
    if record_type := getattr(record, "record_type", ""):
        schema["properties"] = {"record_type": {"const": record_type}, **schema["properties"]}
    return {**schema, "$defs": definitions}


def name_of(record: Any) -> str:
    """Return the name of a record or of an object in it, such as securities_movement."""
    return str(getattr(record, "record_type", "") or re.sub(r"(?<!^)(?=[A-Z])", "_", record.__name__).lower())


def _object(record: Any, definitions: Definitions) -> dict[str, Any]:
    fields, shared = declared(record), shared_by(record)
    always = {name: field for name, field in fields.items() if not field.kind.unread_if}
    properties = {
        name: _property(field, definitions)
        for known, field in always.items()
        for name in filter(None, (known, field.kind.also_named))
    }
    others = {name: {"description": field.meaning.text} for name, field in {**fields, **shared}.items()}
    at_times = [*_needed(record), *_read_at_times(record, definitions)]
    return {
        "type": "object",
        "description": (record.__doc__ or "").partition("\n")[0],
        "properties": {**others, **properties},
        "required": [name for name, field in fields.items() if field.is_required],
        "patternProperties": {f"^{FREE}": {}},
        "additionalProperties": {"type": "null"},
        **({"allOf": at_times} if at_times else {}),
    }


def _property(field: Declared, definitions: Definitions) -> dict[str, Any]:
    value = _value(field, definitions)
    said = ", ".join(filter(None, (field.meaning.text, field.meaning.unit and f"in {field.meaning.unit}")))
    return {"description": said, **(value if field.is_required else {"anyOf": [*value.get("anyOf", [value]), _ABSENT]})}


def _value(field: Declared, definitions: Definitions) -> Mapping[str, Any]:
    shape = field.kind.shape
    if field.several:
        value = _value(replace(field, several=None), definitions)
        if field.several is Mapping:
            return {"type": "object", "additionalProperties": value}
        once = {"uniqueItems": True} if field.several is frozenset else {"minItems": field.least}
        return {"type": "array", "items": value, **once}
    if shape and not shape.name:
        return shape.schema
    name = shape.name if shape else name_of(field.record)
    if name not in definitions:
        definitions[name] = shape.schema if shape else _object(field.record, definitions)
    return {"$ref": f"#/$defs/{name}"}


def _needed(record: Any) -> Iterator[dict[str, Any]]:
    """Yield a condition for what a record needs at times: there, and not blank."""
    for needs in needs_of(record):
        there = {name: {"not": _ABSENT} for name in needs.names}
        when = [{"anyOf": [_said(*condition) for condition in needs.when.items()]}] if needs.when else []
        yield {
            "if": {"allOf": [*_none_of(needs.unless), *when]},
            "then": {"required": list(needs.names), "properties": there},
        }


def _read_at_times(record: Any, definitions: Definitions) -> Iterator[dict[str, Any]]:
    """Yield a condition for each list that is not always read, and for what its objects share."""
    for name, field in declared(record).items():
        if unless := _none_of(field.kind.unread_if):
            yield {"if": {"allOf": unless}, "then": {"properties": {name: _property(field, definitions)}}}
            shared = {name: _property(field, definitions) for name, field in shared_by(record).items()}
            yield {"if": {"allOf": [*unless, _said(name, ())]}, "then": {"properties": shared}}


def _none_of(conditions: Conditions) -> list[dict[str, Any]]:
    return [{"not": _said(*condition)} for condition in conditions.items()]


def _said(name: str, words: tuple[str, ...]) -> dict[str, Any]:
    value = one_of(*words).schema if words else {"not": _ABSENT}
    return {"properties": {name: value}, "required": [name]}
