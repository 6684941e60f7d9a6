"""What the declarations say of records: every field with its meaning and unit, and JSON Schemas that agree with the reader."""

from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.lots.lot import OpeningLot
from domain.records import CorporateAction, Option, Record, RecordError
from domain.records.declared import declared, needs_of, read_as
from domain.records.fields import Fields
from domain.records.schema import name_of, schema_of
from tests.unit.domain.facts import APPLE, SAP


def with_objects(records):
    """The records, and all objects that they hold."""
    for record in records:
        yield record
        yield from with_objects(field.record for field in declared(record).values() if field.record)


OBJECTS = sorted(set(with_objects([*get_args(Record), OpeningLot])), key=name_of)
SCHEMAS = {record: schema_of(record) for record in OBJECTS}


@pytest.mark.parametrize("record", OBJECTS, ids=name_of)
def test_every_field_says_what_it_means_and_a_number_in_which_unit(record):
    numbers = {name for name, field in declared(record).items() if field.kind.shape and field.kind.shape.is_number}
    assert {name for name, field in declared(record).items() if not field.meaning.text} == set()
    assert {name for name in numbers if not declared(record)[name].meaning.unit} == set()


@pytest.mark.parametrize("record", OBJECTS, ids=name_of)
def test_a_schema_is_one_of_its_dialect_and_describes_each_field(record):
    Draft202012Validator.check_schema(SCHEMAS[record])
    properties = SCHEMAS[record]["properties"]
    assert set(declared(record)) <= set(properties)
    assert {name for name, schema in properties.items() if "description" not in schema} <= {"record_type"}


EXAMPLES = {
    "decimal": "1", "signed_decimal": "-1", "percentage": "1", "positive": "1", "isin": APPLE, "country": "US", "currency": "USD",
    "date": "2026-03-01", "instant": "2026-03-01T10:00:00Z", "period": {"from": "2026-03-01", "to": "2026-06-01"}, "identifier": "A-1",
    "text": "x", "reference": "A/1", "flag": True, "codes": ["NOMC"], "prices": {APPLE: "1"}, "": 1,
}  # fmt: skip
"""Shape -> a value of it; "" is a whole number."""
ODD = (
    *(None, "", " ", 0, 5, -1, True, [], {}, [None], [{}], "x", "buy", " buy ", "Canc", "a/b", "ß", "-1", "-0", "+5", "007", "1e3", "1.50"),
    *("2026-02-30", "2026-03-01", "2026-03-01/2026-06-01", "2026-03-01T10:00:00Z", "2026-03-01 10:00+02:00", APPLE, SAP.lower(), "Usd", "UK"),
    *(["2026-03-01", "2026-06-01"], {"start": "2026-03-01", "end": "2026-06-01", "to": None}, ["NOMC"], {APPLE: "1"}, {"a": "1"}),
)  # fmt: skip
BEYOND_SHAPE = {
    *("invalid_isin", "invalid_date", "invalid_instant", "invalid_text", "not_a_decimal", "above_100_percent", "uneven_coupons"),
    *("empty_period", "zero_ratio", "zero_rate", "zero_quantity", "zero_denomination", "zero_minimum_exercisable_multiple"),
    *("breakdown_mismatch", "contradictory_conditions", "percent_of_units", "interest_above_amount", "deadline_order"),
    *("duplicate_option_number", "circular_link", "drawn_twice", "duplicate_account", "not_a_multiple", "version_twice", "below_minor_unit", "negative_basis"),
    *("same_account", "same_currency"),
}  # fmt: skip
"""Why the reader refuses what no schema can: a check digit, a value, or what fields say of each other."""


def sample(record):
    """A record with the fields that it needs, and no others."""
    needed = {name for needs in needs_of(record) for name in needs.names}
    fields = {name: field for name, field in declared(record).items() if field.is_required or name in needed}
    others = {"to_safekeeping_account": "A-2", "quote": "EUR"}
    return {name: others.get(name) or example(field) for name, field in fields.items()}


def example(field):
    shape = field.kind.shape
    if shape is None:
        return [sample(field.record)] if field.several else sample(field.record)
    return shape.words[0] if shape.words and not shape.name else EXAMPLES[shape.name]


def disagreement(record, raw):
    """What schema and reader say of an object where they do not agree, else ""."""
    faults = [error.message for error in Draft202012Validator(SCHEMAS[record]).iter_errors(raw)]
    fields = Fields(raw)
    fields.known.add("record_type")
    try:
        read_as(record, fields)
        fields.rest()
    except RecordError as error:
        of_a_movement = error.reason == "missing_field" and error.field.endswith("currency")
        return "" if faults or of_a_movement or error.reason in BEYOND_SHAPE else f"refused, but by no schema: {error}"
    return f"taken, but by the schema: {faults}" if faults else ""


@pytest.mark.parametrize("record", OBJECTS, ids=name_of)
def test_schema_and_reader_agree_on_any_odd_value_of_any_field_and_on_its_absence(record):
    base = sample(record)
    names = {*SCHEMAS[record]["properties"], "x_own", "quantitiy"} - {"record_type"}
    raws = [base, *({key: value for key, value in base.items() if key != name} for name in base)]
    raws += [base | {name: value} for name in sorted(names) for value in ODD]
    assert {said: raw for raw in raws if (said := disagreement(record, raw))} == {}


def allowed(schema, definitions):
    """Values that a schema allows: of an object the fields that it needs, and at most one more."""
    match schema:
        case {"$ref": str(name)}:
            return allowed(definitions[name.rpartition("/")[2]], definitions)
        case {"anyOf": parts}:
            return st.one_of(*(allowed(part, definitions) for part in parts))
        case {"enum": words}:
            return st.sampled_from(words)
        case {"type": "string", "pattern": pattern}:
            return st.from_regex(pattern.replace("$", r"\Z"))
        case {"type": "integer", "minimum": least, "maximum": most}:
            return st.integers(least, most)
        case {"type": "array", "items": item}:
            return st.lists(
                allowed(item, definitions), min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 2)
            )
        case {"type": "object", "properties": properties}:
            named = {
                name: st.deferred(lambda part=part: allowed(part, definitions)) for name, part in properties.items()
            }
            needed = st.fixed_dictionaries({name: named[name] for name in schema["required"]})
            more = st.one_of(*(st.fixed_dictionaries({name: value}) for name, value in named.items()))
            return st.builds(lambda some, one: one | some, needed, more)
        case {"type": "object", "additionalProperties": price}:
            return st.dictionaries(st.sampled_from((APPLE, SAP)), allowed(price, definitions))
        case {"type": "boolean"}:
            return st.booleans()
    return st.none()


@pytest.mark.parametrize("record", OBJECTS, ids=name_of)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_schema_and_reader_agree_on_what_the_schema_allows(record, data):
    schema = SCHEMAS[record]
    conditional = {
        name: part for needs in schema.get("allOf", ()) for name, part in needs["then"]["properties"].items()
    }
    parts = schema["properties"] | {name: part for name, part in conditional.items() if "not" not in part}
    name = data.draw(st.sampled_from(sorted(parts.keys() - {"record_type"})))
    raw = sample(record) | {name: data.draw(allowed(parts[name], schema["$defs"]))}
    assert disagreement(record, raw) == ""


@pytest.mark.parametrize(("said", "agreed"), [("5", True), ("five", False)])
def test_what_an_event_says_for_all_its_options_is_of_the_same_shape_as_in_an_option(said, agreed):
    raw = sample(CorporateAction) | {"options": [sample(Option)], "interest_rate": said}
    assert Draft202012Validator(SCHEMAS[CorporateAction]).is_valid(raw) is agreed


def test_terms_of_a_cancelled_event_may_be_anything():
    cancelled = {"corporate_action_event_id": "CA-1", "function": "canc", "options": 5, "interest_rate": []}
    assert Draft202012Validator(SCHEMAS[CorporateAction]).is_valid(cancelled)
    assert disagreement(CorporateAction, cancelled) == ""
