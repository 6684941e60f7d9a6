"""`reconcile`: a day's reconciliation reports, added up; the summary goes beside them, to `summaries/{as_of_date}.json`."""

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Context, Decimal, Inexact, localcontext
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from harness.failure import HarnessError
from harness.system import System, running_system

TOTALS = ("compared", "matched", "breaks")
COLUMNS = {
    "safekeeping_account": "account", "code": "code", "kind": "kind", "key": "key", "ours": "ours", "theirs": "theirs",
    "difference": "difference", "unit": "unit", "age_business_days": "age", "likely_cause": "likely cause",
}  # fmt: skip
"""Field of a break -> heading."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The day, and JSON for programs."""
    parser.add_argument(
        "--date", type=date.fromisoformat, help="an as-of date, YYYY-MM-DD (default: the newest with reports)"
    )
    parser.add_argument("--json", action="store_true", help="the summary as JSON instead of tables")


def run(arguments: argparse.Namespace) -> int:
    """Writes and prints the summary; the same reports give the same bytes. HarnessError where there is no report."""
    system = running_system(arguments.target)
    s3, bucket = system.client("s3"), system.outputs["reports_bucket"]
    day = arguments.date or _newest(s3, bucket)
    keys = _keys(s3, bucket, f"reports/{day}/")
    if not keys:
        raise HarnessError(f"no reconciliation report of {day}: feed positions of that date first", exit_status=3)
    summary = summarise(str(day), _read(s3, bucket, keys))
    body = f"{json.dumps(summary, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()
    s3.put_object(Bucket=bucket, Key=f"summaries/{day}.json", Body=body, ContentType="application/json")
    print(body.decode(), end="") if arguments.json else _print(system, summary)
    return 0


def summarise(as_of_date: str, reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts by break code and by account, and the control totals of all reports added up (by unit, exact)."""
    totals = [report["control_totals"] for report in reports]
    added: dict[str, Any] = {name: sum(int(total[name]) for total in totals) for name in TOTALS}
    breaks = [
        {**row, "safekeeping_account": report["safekeeping_account"]} for report in reports for row in report["breaks"]
    ]
    return {
        "as_of_date": as_of_date,
        "accounts": len(reports),
        "breaks_by_code": dict(sorted(Counter(row["code"] for row in breaks).items())),
        "breaks": sorted(breaks, key=lambda row: (row["code"], row["safekeeping_account"], row["key"])),
        "control_totals": {
            **added,
            "values": _values([total["values"] for total in totals]),
        },
    }


def _values(reports: Iterable[dict[str, dict[str, str]]]) -> dict[str, dict[str, str]]:
    """Unit (units, or a currency) -> ours, theirs and difference, added up over all reports."""
    added: dict[str, dict[str, Decimal]] = {}
    with localcontext(Context(prec=1_000, traps=[Inexact])):
        for unit, sides in (pair for report in reports for pair in report.items()):
            sums = added.setdefault(unit, dict.fromkeys(sides, Decimal(0)))
            for side, value in sides.items():
                sums[side] += Decimal(value)
    return {unit: {side: f"{value:f}" for side, value in sums.items()} for unit, sums in sorted(added.items())}


def _newest(s3: Any, bucket: str) -> str:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="reports/", Delimiter="/")
    days = [prefix["Prefix"].split("/")[1] for page in pages for prefix in page.get("CommonPrefixes", [])]
    if not days:
        raise HarnessError(
            "no reconciliation reports yet: make feed FILE=examples/feeds/first-day.jsonl", exit_status=3
        )
    newest: str = max(days)
    return newest


def _keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return sorted(item["Key"] for page in pages for item in page.get("Contents", []))


def _read(s3: Any, bucket: str, keys: list[str]) -> list[dict[str, Any]]:
    shown = track(keys, description="reports", console=Console(stderr=True), transient=True)
    return [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in shown]


def _print(system: System, summary: dict[str, Any]) -> None:
    console, totals = Console(), summary["control_totals"]
    table = Table(*COLUMNS.values(), title=f"Breaks of {summary['as_of_date']}")
    for row in summary["breaks"]:
        table.add_row(*("" if row[name] is None else str(row[name]) for name in COLUMNS))
    if summary["breaks"]:
        console.print(table)
    console.print(
        f"{summary['accounts']} accounts: {totals['compared']} rows compared, {totals['matched']} matched, {totals['breaks']} breaks"
    )
    for unit, sides in totals["values"].items():
        console.print(f"{unit}: ours {sides['ours']}, theirs {sides['theirs']}, difference {sides['difference']}")
    console.print(
        f"summary: s3://{system.outputs['reports_bucket']}/summaries/{summary['as_of_date']}.json", highlight=False
    )
