"""Printing what became of a feed: for people (tables) and for programs (JSON)."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from harness.feed.lines import Line
from harness.feed.record_states import is_final
from harness.feed.what_came_out import WhatCameOut

LONGEST_TABLE = 60
"""Rows of one table shown to people; the summary counts the rest."""

Rows = Sequence[Mapping[str, Any]]


def record_rows(
    lines: Sequence[Line], record_ids: Sequence[str], states: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """One row a line: its number, record type, identity, final state (LOST when there is none) and reason."""
    rows = []
    for line, record_id in zip(lines, record_ids, strict=True):
        item = states.get(record_id, {})
        row = {
            "line": line.number,
            "record_id": record_id,
            "record_type": item.get("record_type") or line.record.get("record_type"),
        }
        last_seen = item.get("state", "nothing")
        state = item["state"] if is_final(item) else "LOST"
        reason = item.get("reason") if state != "LOST" else f"last seen: {last_seen}"
        rows.append(
            {
                **row,
                "identity": item.get("record_identity"),
                "state": state,
                "reason": reason,
                "detail": item.get("detail"),
            }
        )
    return rows


def print_json(rows: Rows, result: WhatCameOut, announced: int) -> None:
    """One JSON object on stdout."""
    document = {
        "records": list(rows),
        "states": dict(Counter(row["state"] for row in rows)),
        "entitlements": result.entitlements,
        "tax_lots": result.tax_lots,
        "positions": len(result.positions),
        "calculations": result.calculation_keys,
        "notifications": announced,
        "reconciliation_reports": result.report_keys,
    }
    print(json.dumps(document, default=str, indent=1))


def print_tables(rows: Rows, result: WhatCameOut, announced: int, seconds: float) -> None:
    """The tables, then the summary."""
    console = Console(width=max(Console().width, 120))
    _table(console, "What became of each record", rows, ["line", "record_type", "identity", "state", "reason"])
    _table(console, "Entitlements", _by_event(result.entitlements), ENTITLEMENT_COLUMNS)
    _table(console, "Open tax lots", result.tax_lots, ["safekeeping_account", "isin", "open_quantity"])
    states = Counter(row["state"] for row in rows)
    console.print(
        f"{len(rows)} records in {seconds:.1f} s: "
        + ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    )
    console.print(
        f"positions: {len(result.positions)}  entitlements: {len(result.entitlements)}  notifications: {announced}"
    )
    console.print(
        f"calculations in S3: {len(result.calculation_keys)}  reconciliation reports in S3: {len(result.report_keys)}"
    )
    for key in result.report_keys[-1:]:
        console.print(f"newest report: {key}", highlight=False)


ENTITLEMENT_COLUMNS = [
    "corporate_action_event_id", "event_type", "safekeeping_account", "eligible_quantity", "gross_amount", "withholding_tax_rate",
    "withholding_tax_amount", "tax_reclaim_amount", "net_amount", "currency", "entitled_quantity", "cash_in_lieu_amount",
]  # fmt: skip
HEADINGS = {
    "corporate_action_event_id": "event", "event_type": "type", "safekeeping_account": "account", "eligible_quantity": "eligible",
    "gross_amount": "gross", "withholding_tax_rate": "tax %", "withholding_tax_amount": "tax", "tax_reclaim_amount": "reclaim",
    "net_amount": "net", "currency": "ccy", "entitled_quantity": "entitled", "cash_in_lieu_amount": "in lieu",
}  # fmt: skip
"""Short names for people: the whole row fits a terminal."""


def _by_event(items: Rows) -> Rows:
    return sorted(
        items, key=lambda item: (item["corporate_action_event_id"], item["safekeeping_account"], item["option_number"])
    )


def _table(console: Console, title: str, rows: Rows, columns: Sequence[str]) -> None:
    table = Table(title=f"{title} ({len(rows)})", title_justify="left")
    for column in columns:
        numeric = column.endswith(("quantity", "amount", "rate"))
        heading = HEADINGS.get(column, column.replace("_", " "))
        table.add_column(heading, overflow="fold", justify="right" if numeric else "left", no_wrap=column in HEADINGS)
    for row in rows[:LONGEST_TABLE]:
        table.add_row(*(_text(row.get(column)) for column in columns))
    if rows:
        console.print(table)


def _text(value: object) -> str:
    return "" if value is None else str(value)
