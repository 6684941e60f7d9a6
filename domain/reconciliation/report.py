"""The report of one account and date, with the totals that prove that nothing was left out."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from domain.exact import plain
from domain.reconciliation.entitlements import CalculatedEvent, CurrentEntitlement, check_entitlements, input_key
from domain.reconciliation.lots import check_lots
from domain.reconciliation.row import Input, Row
from domain.reconciliation.statements import check_statements, latest
from domain.records import Position, content_digest

BUCKETS = ("matched", "broken", "superseded", "not_compared")
"""Of an input: in comparisons that all agree, in one that does not, replaced by its place's later statement, or in none."""


def reconcile(
    safekeeping_account: str,
    as_of_date: date,
    positions: Sequence[Position],
    entitlements: Sequence[CurrentEntitlement],
    open_lots: Mapping[str, Fraction],
    calculated_events: Sequence[CalculatedEvent] = (),
) -> dict[str, Any]:
    """The report: every comparison is matched or a break, every input in exactly one bucket, and the control totals prove it.

    `positions` are all statements of the account, `entitlements` and `calculated_events` all that the account has or might have: what is
    later than `as_of_date` is left out. `open_lots` is today's open quantity by ISIN: lots are compared only where no statement is later
    than `as_of_date`, and are no input of an older date's report. A break keeps its id: the digest of account, code and key.
    """
    known = [each for each in positions if each.as_of_date <= as_of_date]
    due = [each for each in entitlements if each.entitlement_date <= as_of_date]
    events = [each for each in calculated_events if each.entitlement_date <= as_of_date]
    lots = open_lots if len(known) == len(positions) else {}
    rows = [*check_entitlements(known, due, events), *check_statements(known, as_of_date)]
    if len(known) == len(positions):
        rows += check_lots(known, as_of_date, lots)
    rows.sort(key=lambda row: (row.kind, row.key, row.code))
    inputs = _inputs(known, due, events, lots)
    broken = [row for row in rows if row.code]
    return {
        "safekeeping_account": safekeeping_account,
        "as_of_date": as_of_date.isoformat(),
        "inputs": {
            kind: {"count": len(lines), "digest": content_digest({kind: sorted(lines.values())})}
            for kind, lines in inputs.items()
        },
        "breaks": [{**row.to_json(), "break_id": _break_id(safekeeping_account, row)} for row in broken],
        "control_totals": {
            **_totals(rows, broken),
            "inputs": _buckets(inputs, rows, {each.identity for each in latest(known, as_of_date)}),
        },
    }


def report_bytes(report: Mapping[str, Any]) -> bytes:
    """The canonical JSON of a report: sorted keys, one trailing newline."""
    return f"{json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()


def _totals(rows: Sequence[Row], broken: Sequence[Row]) -> dict[str, Any]:
    """Counts of comparisons, and hash totals in units over all of them: ours + difference = theirs (an absent side counts 0)."""
    ours = sum((row.ours or Fraction(0) for row in rows), Fraction(0))
    theirs = sum((row.theirs or Fraction(0) for row in rows), Fraction(0))
    return {
        "compared": len(rows),
        "matched": len(rows) - len(broken),
        "breaks": len(broken),
        "ours": plain(ours),
        "theirs": plain(theirs),
        "difference": plain(theirs - ours),
    }


def _inputs(
    positions: Sequence[Position],
    due: Sequence[CurrentEntitlement],
    events: Sequence[CalculatedEvent],
    open_lots: Mapping[str, Fraction],
) -> dict[str, dict[str, str]]:
    """Kind -> key -> the line that its digest is taken of."""
    return {
        "positions": {
            each.identity: f"{each.identity}:{each.sequence}:{each.source}:{plain(each.settled_quantity)}"
            for each in positions
        },
        "entitlements": {
            input_key(each): f"{input_key(each)}:{plain(each.eligible_quantity)}:{':'.join(each.pays)}" for each in due
        },
        "calculated_events": {input_key(each): input_key(each) for each in events},
        "open_lots": {isin: f"{isin}:{plain(quantity)}" for isin, quantity in open_lots.items()},
    }


def _buckets(
    inputs: Mapping[str, Mapping[str, str]], rows: Sequence[Row], current: set[str]
) -> dict[str, dict[str, int]]:
    """Kind -> bucket -> count: each input is counted once."""
    used: dict[Input, str] = {}
    for row in sorted(rows, key=lambda each: bool(each.code)):
        used |= dict.fromkeys(row.uses, "broken" if row.code else "matched")
    totals = {}
    for kind, lines in inputs.items():
        unused = {key: "superseded" if kind == "positions" and key not in current else "not_compared" for key in lines}
        counts = Counter(used.get((kind, key), unused[key]) for key in lines)
        totals[kind] = {bucket: counts[bucket] for bucket in BUCKETS}
    return totals


def _break_id(account: str, row: Row) -> str:
    return hashlib.sha256("\n".join((account, row.code, row.key)).encode()).hexdigest()[:16]
