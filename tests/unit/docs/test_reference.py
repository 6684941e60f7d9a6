"""docs/reference is what its generator makes of the declarations, and allows our examples."""

import importlib.util
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from domain.records import RecordError, parse_record, read_json
from tests.unit.domain.afresh import imported_afresh

HERE = Path(__file__).resolve().parents[3] / "docs" / "reference"
CHECKOUT = HERE.parents[1]


def generated():
    spec = importlib.util.spec_from_file_location("generate", HERE / "generate.py")
    generator = importlib.util.module_from_spec(spec)
    with imported_afresh():
        spec.loader.exec_module(generator)
        return generator.pages()


def test_the_reference_is_what_the_declarations_say():
    pages = generated()
    validators = CHECKOUT / "terraform" / "modules" / "rules" / "schemas"
    there = {HERE / "records.md", HERE / "messages.md", *(HERE / "schemas").iterdir(), *validators.iterdir()}
    stale = {
        path for path in there | set(pages) if pages.get(path) != (path.read_text("utf-8") if path in there else None)
    }
    assert {str(path.relative_to(CHECKOUT)) for path in stale} == set(), "run: python docs/reference/generate.py"


SCHEMAS = {path.name: json.loads(path.read_text("utf-8")) for path in (HERE / "schemas").glob("*.json")}
REGISTRY = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items())
FEED = (CHECKOUT / "examples" / "feeds" / "first-day.jsonl").read_text("utf-8").splitlines()


def taken(line):
    try:
        parse_record(read_json(line))
    except RecordError:
        return False
    return True


def test_the_schema_of_a_feed_allows_the_lines_of_the_first_day_that_are_taken():
    validator = Draft202012Validator(SCHEMAS["feed_record.schema.json"], registry=REGISTRY)
    lines = [line for line in FEED if taken(line)]
    assert len(lines) > 40
    assert [line for line in lines if not validator.is_valid(read_json(line))] == []


@pytest.mark.parametrize(
    "record", [{"record_type": "trade", "trade_id": "T"}, {"trade_id": "T"}, {"record_type": "trades"}]
)
def test_the_schema_of_a_feed_refuses_what_is_no_record(record):
    assert not Draft202012Validator(SCHEMAS["feed_record.schema.json"], registry=REGISTRY).is_valid(record)


def test_the_schema_of_a_document_allows_the_example_and_refuses_a_misspelt_part_or_field():
    document = json.loads((CHECKOUT / "examples" / "calculate" / "dividend.json").read_text("utf-8"))
    validator = Draft202012Validator(SCHEMAS["calculate.schema.json"], registry=REGISTRY)
    misspelt = {"accounts": [document["accounts"][0] | {"residense": "GB"}]}
    assert [validator.is_valid(each) for each in (document, {**document, "trade": []}, misspelt)] == [
        True,
        False,
        False,
    ]
