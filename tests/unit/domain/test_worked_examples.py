"""Worked examples: figures computed with pencil and paper, from the rules and their sources, before any code was asked.

One case a file under `worked/`: what it claims, where the rule comes from, the derivation, a `calculate` document and what is expected of
it. An expected entry names a row by its identity fields and then only the fields that the case decides:

- `entitlements`: event, account and option, among the rows that are CALCULATED;
- `tax_lots`: `lot_id`, or `origin` (the first lot of the lineage) and `isin`, among the open ones;
- `realised`: `origin` or `lot_id`, and `closed_by`;
- `rejected`: `record_id`, `reason`, `field`;
- `corporate_actions`: the event; `market_claims`: `trade_id`.

A dotted name reads inside (`components.0.amount`). `totals` sums the matching rows of a list. `absent` names rows that must not be there;
An empty list says that there is no row;
`"complete": true` that there are no further entitlements or realised rows. `debatable` says where the rules can honestly be read otherwise.
"""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from domain.calculation import calculate_document
from domain.money import MINOR_UNITS
from domain.records.corporate_action import EVENT_TYPES

CASES = sorted((Path(__file__).parent / "worked").glob("*.json"))
IDENTITY = {
    "entitlements": ("corporate_action_event_id", "safekeeping_account", "option_number"),
    "tax_lots": ("lot_id", "origin", "isin", "safekeeping_account"),
    "realised": ("lot_id", "origin", "closed_by"),
    "rejected": ("record_id", "reason", "field"),
    "corporate_actions": ("corporate_action_event_id",),
    "market_claims": ("trade_id",),
}
CLOSED_WORLD = ("entitlements", "realised")
_NOTHING = object()


def read(row, name):
    """The value at a dotted name, or what shows that there is none."""
    value = row
    for part in name.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError):
            return _NOTHING
    return value


def current_rows(result):
    """Rows by kind: what stands now, lots and realised rows with the `origin` of their lineage."""
    parents = {lot["lot_id"]: lot["parent_lot_id"] for lot in result["tax_lots"]}

    def origin(lot_id):
        while parents.get(lot_id):
            lot_id = parents[lot_id]
        return lot_id

    traced = {
        kind: [row | {"origin": origin(row["lot_id"])} for row in result[kind]] for kind in ("tax_lots", "realised")
    }
    standing = [row for row in result["entitlements"] if row["status"] == "CALCULATED"]
    lots = [lot for lot in traced["tax_lots"] if lot["closed_at"] is None]
    current = {"entitlements": standing, "tax_lots": lots, "realised": traced["realised"]}
    return {kind: result.get(kind, []) for kind in IDENTITY} | current


def matching(rows, entry):
    return [row for row in rows if all(read(row, name) == value for name, value in entry.items())]


def differences(name, row, fields):
    got = {field: read(row, field) for field in fields}
    return [
        f"{name} {field}: expected {expected!r}, got {'no such field' if got[field] is _NOTHING else repr(got[field])}"
        for field, expected in fields.items()
        if got[field] != expected
    ]


def compare(kind, rows, expected, closed):
    """What differs in one list, in words; a closed list has no row that is not expected."""
    wrong, matched = [], []
    for entry in expected:
        identity = {name: value for name, value in entry.items() if name in IDENTITY[kind]}
        found = matching(rows, identity)
        if len(found) != 1:
            wrong.append(f"{kind} {identity}: expected one row, got {len(found)} among {json.dumps(rows)[:1500]}")
        else:
            fields = {field: value for field, value in entry.items() if field not in identity}
            wrong += differences(f"{kind} {identity}", found[0], fields)
        matched += found
    if closed:
        wrong += [f"{kind}: unexpected {json.dumps(row)[:500]}" for row in rows if row not in matched]
    return wrong


def compare_totals(rows, totals):
    """Sums over the rows of a list that match by identity."""
    wrong = []
    for total in totals:
        kind = total["of"]
        identity = {name: value for name, value in total.items() if name in IDENTITY[kind]}
        for field in total.keys() - identity.keys() - {"of"}:
            got = sum((Decimal(row.get(field) or 0) for row in matching(rows[kind], identity)), Decimal(0))
            if got != Decimal(total[field]):
                wrong.append(f"sum of {kind} {identity} {field}: expected {total[field]}, got {got}")
    return wrong


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_worked_example_comes_out_as_it_does_with_pencil_and_paper(path):
    case = json.loads(path.read_text(encoding="utf-8"))
    expect, result = case["expect"], calculate_document(case["document"])
    rows = current_rows(result)
    wrong = compare_totals(rows, expect.get("totals", ()))
    for kind in IDENTITY:
        if kind in expect or case.get("complete"):
            closed = expect.get(kind) == [] or (case.get("complete", False) and kind in CLOSED_WORLD)
            wrong += compare(kind, rows[kind], expect.get(kind, ()), closed)
    wrong += [f"the result has no {kind}" for kind in IDENTITY if kind in expect and kind not in result]
    for kind, entries in expect.get("absent", {}).items():
        wrong += [f"{kind}: unexpected {entry}" for entry in entries if matching(rows[kind], entry)]
    if wrong:
        rejected = json.dumps(result["rejected"])[:1500]
        pytest.fail("\n".join([case["claim"], *wrong, f"rejected: {rejected}"]), pytrace=False)


def test_every_event_type_has_a_worked_example():
    documents = [json.loads(path.read_text(encoding="utf-8"))["document"] for path in CASES]
    events = [event for document in documents for event in document.get("corporate_actions", ())]
    assert {event["event_type"] for event in events if "event_type" in event} == EVENT_TYPES


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
