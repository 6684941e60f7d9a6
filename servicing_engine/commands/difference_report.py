"""Printing differences as they are found: a table, or one JSON object a line; counts at the end."""

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from servicing_engine.folding.differences import Difference

_FIGURES = ("entitled_quantity", "gross_amount", "withholding_tax_amount", "net_amount")
_ROW = "{:<18}  {:<14}  {:<34}  {:>14}  {:>18}  {:>18}  {:>18}  {}".format
_HEAD = ("EVENT", "ACCOUNT", "WHAT", "QUANTITY", "GROSS", "TAX", "NET", "ELSE")
PROGRESS_SECONDS = 2.0


@dataclass(slots=True)
class Report:
    """Counts while it prints: `found` differences by part, `then` what becomes of entitlements, `left` after they were applied, and what
    `failed`."""

    as_json: bool
    writes: bool
    found: Counter[str] = field(default_factory=Counter)
    then: Counter[str] = field(default_factory=Counter)
    looked: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    left: int = 0
    failed: int = 0
    _said: float = field(default_factory=monotonic)

    def add(self, difference: Difference) -> None:
        """Print one difference."""
        self.progress("")
        if not self.found and not self.as_json:
            print(_ROW(*_HEAD))
        self.found[difference.part] += 1
        then = difference.then
        follows = {
            "new revisions": bool(then.get("revision")),
            "superseded": then.get("status") == "SUPERSEDED",
            "reversed": then.get("status") == "REVERSED",
            "reversals written": bool(then.get("reversal")),
        }
        self.then.update(name for name, does in follows.items() if does)
        print(json.dumps(_object(difference), ensure_ascii=False) if self.as_json else _line(difference))

    def progress(self, of: str) -> None:
        """Say on standard error how far it is, at most every two seconds; `of` says of how many."""
        if monotonic() - self._said >= PROGRESS_SECONDS:
            self._said = monotonic()
            print(
                f"recalculate: {_counted(self.looked)} looked at{of}, {sum(self.found.values())} differences",
                file=sys.stderr,
            )

    def end(self) -> None:
        """Print the counts."""
        if self.as_json:
            print(json.dumps({"part": "counts", **self._counts()}))
            return
        print(f"looked at: {_counted(self.looked) or 'nothing'}; of these differ: {_counted(self.differing) or 'none'}")
        if self.found:
            print(f"differences: {_counted(self.found)}")
        if self.found["entitlements"]:
            print(f"entitlements: {_counted(self.then)}")
        if not self.writes:
            print("nothing was written: this was a dry run")
        elif self.left or self.failed:
            print(f"{self.left} differences are left, {self.failed} folds failed: run it again")
        else:
            print("all of it is applied" if self.found else "nothing was written")

    def _counts(self) -> dict[str, Any]:
        counted = {"looked_at": self.looked, "differing": self.differing, "differences": self.found}
        then = {name.replace(" ", "_"): count for name, count in self.then.items()}
        return {**counted, **then, "applied": self.writes, "left": self.left, "failed": self.failed}


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)


def _object(difference: Difference) -> dict[str, Any]:
    names = [*(_FIGURES if difference.part == "entitlements" else ()), *difference.changed]
    before, after = ({name: row.get(name) for name in names} for row in (difference.before, difference.after))
    return {
        "part": difference.part,
        "corporate_action_event_id": difference.event_id or None,
        "safekeeping_account": difference.account or None,
        "key": difference.key,
        **difference.then,
        "before": before if difference.before else None,
        "after": after if difference.after else None,
    }


def _line(difference: Difference) -> str:
    figures = _FIGURES if difference.part == "entitlements" else ()
    changed = difference.changed
    cells = [_cell(difference.before.get(name), difference.after.get(name)) for name in figures]
    if not difference.before or not difference.after:
        changed = {} if figures else changed
    others = (f"{name} {_cell(*changed[name])}" for name in changed if name not in figures)
    return _ROW(
        difference.event_id or "-",
        difference.account or "-",
        _what(difference),
        *(cells or [""] * 4),
        "; ".join(others),
    ).rstrip()


def _cell(before: Any, after: Any) -> str:
    was, becomes = ("-" if value is None else str(value) for value in (before, after))
    return was if was == becomes else f"{was} > {becomes}"


def _what(difference: Difference) -> str:
    if difference.part != "entitlements":
        return f"{difference.part} {difference.key}".rstrip()
    then = difference.then
    told = [f"revision {then['revision']}"] if then["revision"] else []
    if then["closes"]:
        told.append(f"{then['closes']} {then['status']}{' in full' * then['reversal']}")
    return f"option {difference.key}: {', '.join(told)}"
