"""Each field of a record remembers the message's field it came from, so that a refusal names it: all fields of all examples.

`origins.json` is what the code answered, then read line by line beside the examples; what is fixed (`record_type`) or lies inside an object that
came as one has no origin of its own.
"""

import json
from pathlib import Path

import pytest

from domain.messages.fin.read import read_fin
from domain.messages.iso20022.read import read_iso20022
from tests.unit.domain.messages.examples import ALL, example

ORIGINS = json.loads((Path(__file__).parent / "origins.json").read_text(encoding="utf-8"))


def names(value, path=""):
    """The dotted names of everything inside a record."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        dotted = f"{path}.{name}" if path else str(name)
        yield dotted
        yield from names(each, dotted)


def origins_of(name):
    drafts = (read_fin if name.endswith(".fin") else read_iso20022)(example(name))
    return [{each: draft.source(each) for each in names(draft.raw) if draft.source(each)} for draft in drafts]


@pytest.mark.parametrize("name", ALL)
def test_each_field_of_a_record_remembers_where_it_came_from(name):
    assert origins_of(name) == ORIGINS[name]
