"""Comparing what came out with what a worked example expects (tests/unit/domain/worked): rows found by identity, then field by field."""

import json
from decimal import Decimal
from pathlib import Path

WORKED = Path(__file__).parent / "unit" / "domain" / "worked"
IDENTITY = {
    "entitlements": ("corporate_action_event_id", "safekeeping_account", "option_number"),
    "tax_lots": ("lot_id", "origin", "isin", "safekeeping_account"),
    "realised": ("lot_id", "origin", "closed_by"),
    "rejected": ("record_id", "reason", "field"),
    "corporate_actions": ("corporate_action_event_id",),
    "market_claims": ("trade_id",),
    "notices": ("corporate_action_event_id", "safekeeping_account", "option_number"),
    "breaks": ("key", "code"),
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


def unmet(case, rows):
    """Every difference between `rows`, as current_rows gives them, and what the case expects, in words. A kind that `rows` lacks is not compared."""
    expect = case["expect"]
    wrong = compare_totals(rows, [total for total in expect.get("totals", ()) if total["of"] in rows])
    for kind in rows:
        if kind in expect or case.get("complete"):
            closed = expect.get(kind) == [] or (case.get("complete", False) and kind in CLOSED_WORLD)
            wrong += compare(kind, rows[kind], expect.get(kind, ()), closed)
    for kind, entries in expect.get("absent", {}).items():
        wrong += [f"{kind}: unexpected {entry}" for entry in entries if matching(rows.get(kind, ()), entry)]
    return wrong
