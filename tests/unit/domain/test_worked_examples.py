"""Worked examples: figures computed with pencil and paper, from the rules and their sources, before any code was asked.

One case a file under `worked/`: what it claims, where the rule comes from, the derivation, a `calculate` document and what is expected of
it. An expected entry names a row by its identity fields and then only the fields that the case decides:

- `entitlements`: event, account and option, among the rows that are CALCULATED;
- `tax_lots`: `lot_id`, or `origin` (the first lot of the lineage) and `isin`, among the open ones;
- `realised`: `origin` or `lot_id`, and `closed_by`;
- `rejected`: `record_id`, `reason`, `field`;
- `corporate_actions`: the event; `market_claims`: `trade_id`; `breaks`: `key`, `code`.

A dotted name reads inside (`components.0.amount`). `totals` sums the matching rows of a list. `absent` names rows that must not be there;
An empty list says that there is no row;
`"complete": true` that there are no further entitlements or realised rows. `debatable` says where the rules can honestly be read otherwise.
"""

import json
from importlib import import_module

import pytest

from domain.calculation import calculate_document
from domain.corporate_actions import EVENT_TYPES
from domain.numbers.money import MINOR_UNITS
from tests.unit.domain.afresh import imported_afresh
from tests.worked_cases import IDENTITY, WORKED, current_rows, unmet

REDEMPTIONS = ("redm", "mcal", "pcal", "draw", "bput", "pred")
"""Their types are made by one function, which is called while the domain is imported."""
CASES = sorted(WORKED.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_worked_example_comes_out_as_it_does_with_pencil_and_paper(path):
    case = json.loads(path.read_text(encoding="utf-8"))
    expect, result = case["expect"], calculate_document(case["document"])
    wrong = unmet(case, current_rows(result))
    wrong += [f"the result has no {kind}" for kind in IDENTITY if kind in expect and kind not in result]
    if wrong:
        rejected = json.dumps(result["rejected"])[:1500]
        pytest.fail("\n".join([case["claim"], *wrong, f"rejected: {rejected}"]), pytrace=False)


def test_redemptions_come_out_so_in_a_new_process_too():
    cases = [json.loads(path.read_text("utf-8")) for path in CASES if path.stem.startswith(REDEMPTIONS)]
    with imported_afresh():
        calculate = import_module("domain.calculation").calculate_document
        results = [calculate(case["document"]) for case in cases]
    assert [unmet(case, current_rows(result)) for case, result in zip(cases, results, strict=True)] == [[]] * len(cases)


def test_every_event_type_has_a_worked_example():
    documents = [json.loads(path.read_text(encoding="utf-8"))["document"] for path in CASES]
    events = [event for document in documents for event in document.get("corporate_actions", ())]
    assert {event["event_type"] for event in events if "event_type" in event} >= set(EVENT_TYPES)


def odd_amounts(row):
    """Amounts of an entitlement that are not written as their currency's minor unit says. Of a reclaim that no treaty rate gives,
    domain-rules.md says "0" itself."""
    for name in (name for name in row if name.endswith("_amount") and row[name] is not None):
        currency = row["payment_currency"] if name == "payment_amount" else row["currency"]
        places = len(row[name].partition(".")[2])
        if (name, row[name]) != ("tax_reclaim_amount", "0") and places != (MINOR_UNITS[currency] if currency else 0):
            yield name, row[name], currency


def test_every_amount_has_the_minor_unit_of_its_currency_whatever_the_type_and_is_a_plain_0_where_the_option_names_none():
    results = {
        path.stem: calculate_document(json.loads(path.read_text(encoding="utf-8"))["document"]) for path in CASES
    }
    rows = [(stem, row) for stem, result in results.items() for row in (*result["entitlements"], *result["reversals"])]
    assert [(stem, *each) for stem, row in rows for each in odd_amounts(row)] == []
    assert {row["gross_amount"] for _, row in rows if not row["currency"]} == {"0"}
