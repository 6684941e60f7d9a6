"""docs/reference/results.md names each field of each part that `calculate` gives."""

import json
import re
from pathlib import Path

from domain.calculation import calculate_document
from tests.worked_cases import WORKED

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "results.md").read_text("utf-8")
SECTIONS = dict(section.split("\n", 1) for section in PAGE.split("\n## ")[1:])
NAMED = {title: set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) for title, text in SECTIONS.items()}
NAMED["reversals"] = NAMED["entitlements"] | {"is_reversal"}
WITHOUT_EXPLANATION = {"rejected", "notices", "breaks"}


NOW_AND_THEN = {"short_by", "explanation"}


def given():
    """Part of the result, or name of an object in it -> fields that any worked case gives it."""
    fields: dict[str, set[str]] = {}
    for path in sorted(WORKED.glob("*.json")):
        for part, rows in calculate_document(json.loads(path.read_text("utf-8"))["document"], explained=True).items():
            fields.setdefault(part, set()).update(*rows)
            for name, value in ((name, value) for row in rows for name, value in row.items() if name in SECTIONS):
                fields.setdefault(name, set()).update(*value)
    return fields


def test_every_part_of_a_result_is_described_with_the_fields_that_worked_cases_give_it():
    fields = given()
    assert fields.keys() - NAMED.keys() == set()
    wrong = {part: (names ^ NAMED[part]) - NOW_AND_THEN for part, names in fields.items() if names}
    assert {part: names for part, names in wrong.items() if names} == {}
    parts = {part for part in calculate_document({}) if fields[part]}
    assert {part for part in fields if "explanation" in fields[part]} == parts - WITHOUT_EXPLANATION
