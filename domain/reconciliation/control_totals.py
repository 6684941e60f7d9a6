"""Totals that prove that nothing was left out: comparisons matched or broken, inputs in exactly one bucket, values on both sides."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from domain.numbers.money import MINOR_UNITS
from domain.numbers.series import sum_of
from domain.reconciliation.row import UNITS, Input, Row, Side, amount_text, number

BUCKETS = ("matched", "broken", "superseded", "not_compared")
"""Of an input: in comparisons that all agree, in one that does not, replaced by a later statement, or in none."""


_DATED = ("positions", "second_sources", "statements")
"""Of these each current one is compared: what is in no comparison was replaced by a later one."""


def control_totals(rows: Sequence[Row], inputs: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """`inputs`: kind -> keys."""
    kinds = sorted({row.kind for row in rows})
    return {
        **_totals(rows),
        "by_kind": {kind: _totals([row for row in rows if row.kind == kind]) for kind in kinds},
        "inputs": _buckets(rows, inputs),
    }


def _totals(rows: Sequence[Row]) -> dict[str, Any]:
    broken = sum(bool(row.code) for row in rows)
    return {
        "compared": len(rows),
        "matched": len(rows) - broken,
        "breaks": broken,
        "ours": {"count": sum(row.ours is not None for row in rows)},
        "theirs": {"count": sum(row.theirs is not None for row in rows)},
        "values": {unit: _values(rows, unit) for unit in sorted({row.unit for row in rows if _adds_up(row)})},
    }


def _adds_up(row: Row) -> bool:
    """Return True if the row counts units or money: rates and dates cannot be summed."""
    return row.unit == UNITS or row.unit in MINOR_UNITS


def _values(rows: Sequence[Row], unit: str) -> dict[str, str]:
    """Return hash totals over all rows of a unit: ours + difference = theirs (an absent side counts 0)."""
    of_unit = [row for row in rows if row.unit == unit]

    def total(sides: Iterable[Side]) -> Fraction:
        return sum_of(map(number, sides))

    ours, theirs = total(row.ours for row in of_unit), total(row.theirs for row in of_unit)
    sides = {"ours": ours, "theirs": theirs, "difference": total(row.difference for row in of_unit)}
    return {name: amount_text(value, unit) for name, value in sides.items()}


def _buckets(rows: Iterable[Row], inputs: Mapping[str, Iterable[str]]) -> dict[str, dict[str, int]]:
    """Kind -> bucket -> count: each input is counted once."""
    used: dict[Input, str] = {}
    for row in sorted(rows, key=lambda row: bool(row.code)):
        used |= dict.fromkeys(row.uses, "broken" if row.code else "matched")
    totals = {}
    for kind, keys in inputs.items():
        unused = "superseded" if kind in _DATED else "not_compared"
        counts = Counter(used.get((kind, key), unused) for key in keys)
        totals[kind] = {bucket: counts[bucket] for bucket in BUCKETS}
    return totals
