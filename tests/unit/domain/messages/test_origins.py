"""Each field of a record remembers the message's field it came from, so that a refusal names it: all fields of all examples.

`origins.json` is what the code answered, then read line by line beside the examples; what is fixed (`record_type`) or lies inside an object that
came as one has no origin of its own.
"""

import json
from pathlib import Path

import pytest

from domain.messages.read import drafts_in
from tests.unit.domain.messages.examples import ALL, example
from tests.unit.domain.messages.test_terms import (
    BOND_IN_FIN,
    BOND_IN_XML,
    LAST_IN_FIN,
    LAST_IN_XML,
    LINKS_IN_FIN,
    LINKS_IN_XML,
    MOVEMENTS_IN_FIN,
    MOVEMENTS_IN_XML,
    RIGHTS,
    RIGHTS_IN_XML,
)

ORIGINS = json.loads((Path(__file__).parent / "origins.json").read_text(encoding="utf-8"))


def names(value, path=""):
    """The dotted names of everything inside a record."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        dotted = f"{path}.{name}" if path else str(name)
        yield dotted
        yield from names(each, dotted)


def drafts(name, *changes):
    """The drafts of a changed example's only message."""
    return drafts_in(example(name, *changes))


def origins_of(name, *changes):
    return [
        {each: draft.source(each) for each in names(draft.raw) if draft.source(each)}
        for draft in drafts(name, *changes)
    ]


@pytest.mark.parametrize("name", ALL)
def test_each_field_of_a_record_remembers_where_it_came_from(name):
    assert origins_of(name) == ORIGINS[name]


def test_what_no_field_of_the_message_said_has_no_origin():
    (draft,) = drafts("dividend.fin")
    assert [draft.source(each) for each in ("record_type", "redeemed_percent")] == ["", ""]


RICH = {
    "bond.fin": ("dividend.fin", BOND_IN_FIN),
    "bond.xml": ("dividend.xml", BOND_IN_XML),
    "rights.fin": ("dividend.fin", [RIGHTS]),
    "rights.xml": ("dividend.xml", [RIGHTS_IN_XML]),
    "links.fin": ("dividend.fin", [LINKS_IN_FIN]),
    "links.xml": ("dividend.xml", [LINKS_IN_XML]),
    "movements.fin": ("dividend.fin", [(":16R:CASHMOVE\n", f"{MOVEMENTS_IN_FIN}:16R:CASHMOVE\n")]),
    "movements.xml": ("dividend.xml", [("<CshMvmntDtls>", f"{MOVEMENTS_IN_XML}<CshMvmntDtls>")]),
    "last.fin": ("dividend.fin", LAST_IN_FIN),
    "last.xml": ("dividend.xml", LAST_IN_XML),
    **{name: (name, ()) for name in ALL},
}


@pytest.mark.parametrize("name", RICH)
def test_whatever_a_message_said_has_an_origin_of_its_own_or_that_of_the_object_it_is_in(name):
    file, changes = RICH[name]
    for draft in drafts(file, *changes):
        every = {each for each in names(draft.raw) if each != "record_type" and not each.startswith("unread")}
        leaves = [each for each in every if not any(other.startswith(f"{each}.") for other in every)]
        for path in (leaf.split(".") for leaf in leaves):
            assert any(draft.source(".".join(path[:length])) for length in range(1, len(path) + 1)), path


@pytest.mark.parametrize("name", sorted(set(RICH) - set(ALL)))
def test_what_a_longer_message_says_more_remembers_where_it_came_from(name):
    file, changes = RICH[name]
    ((more, plain),) = zip(origins_of(file, *changes), origins_of(file), strict=True)
    assert [dict(more.items() - plain.items())] == ORIGINS[name]
