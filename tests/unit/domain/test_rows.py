"""Whole rows of `calculate`, every name and value, for worked examples that fill each of them.

`rows.json` is what the code answered, then read beside the examples' own derivations and the contract's names.
"""

import json
from pathlib import Path

import pytest

from domain.calculation import calculate_document
from domain.calculation_version import CALCULATION_VERSION
from tests.unit.domain.test_worked_examples import CASES

DOCUMENTS = {path.stem: path for path in CASES}
ROWS = json.loads((Path(__file__).parent / "rows.json").read_text(encoding="utf-8"))


def rows_of(case):
    """Everything that is not empty, but for the version of the calculation, which every entitlement names."""
    result = calculate_document(json.loads(DOCUMENTS[case].read_text(encoding="utf-8"))["document"])
    for row in (*result["entitlements"], *result["reversals"]):
        assert row.pop("calculation_version") == CALCULATION_VERSION
    return json.loads(json.dumps({kind: rows for kind, rows in result.items() if rows}))


@pytest.mark.parametrize("case", ROWS)
def test_every_row_is_as_expected_name_by_name(case):
    assert rows_of(case) == ROWS[case]
