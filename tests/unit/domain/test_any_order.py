"""Whatever the event type: any order of the same facts, duplicated or not, gives the same current entitlements and open lots."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calculation import PARTS, calculate_document
from tests.worked_cases import WORKED

CASES = sorted(WORKED.glob("*.json"))


def outcome(document):
    result = calculate_document(document)
    lots = [lot for lot in result["tax_lots"] if lot["quantity"] != "0"]
    rows = (result["entitlements"], lots, result["realised"], result["market_claims"], result["reversals"])
    return [sorted(json.dumps(row, sort_keys=True) for row in each) for each in rows]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@settings(max_examples=4)
@given(data=st.data())
def test_the_order_and_repetition_of_facts_do_not_matter(path, data):
    document = json.loads(path.read_text(encoding="utf-8"))["document"]
    shuffled = dict(document)
    for part in PARTS:
        facts = document.get(part, [])
        if facts:
            again = data.draw(st.lists(st.sampled_from(facts), max_size=2))
            shuffled[part] = data.draw(st.permutations([*facts, *again]))
    assert outcome(shuffled) == outcome(document)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_gross_is_net_and_taxes_and_every_figure_is_explained(path):
    document = json.loads(path.read_text(encoding="utf-8"))["document"]
    for row in calculate_document(document, explained=True)["entitlements"]:
        taxes = Decimal(row["withholding_tax_amount"]) + Decimal(row["second_level_tax_amount"])
        assert Decimal(row["gross_amount"]) == Decimal(row["net_amount"]) + taxes
        if row["components"]:
            assert sum(Decimal(part["amount"]) for part in row["components"]) == Decimal(row["withholding_tax_amount"])
        explained = {step["name"]: step["result"] for step in row["explanation"]}
        for name in (
            "gross_amount",
            "withholding_tax_amount",
            "net_amount",
            "entitled_quantity",
            "cash_in_lieu_amount",
        ):
            assert explained.get(name, row[name]) == row[name]
            if Decimal(row[name]) and name != "net_amount":
                assert name in explained, f"{name} {row[name]} is not explained"
