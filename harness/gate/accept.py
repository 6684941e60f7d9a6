"""`python -m harness baseline`: shows how the last result differs from the accepted one; with --accept it takes its place."""

import argparse
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from harness.failure import HarnessError
from harness.gate.files import HISTORY, GateFiles
from harness.gate.verdict import judge
from harness.results.document import Run, read_run, write_document
from harness.targets.registry import named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which documents."""
    parser.add_argument("--result", type=Path, help="a result document (default: the last one of the target)")
    parser.add_argument("--baseline", type=Path, help="the accepted document (default: that of the history)")
    parser.add_argument("--history", type=Path, default=HISTORY, help="a folder for results")
    parser.add_argument("--accept", action="store_true", help="make the result the baseline")


def run(arguments: argparse.Namespace) -> int:
    """Print how the result differs from the baseline; return 0. Raises HarnessError for a document that cannot be the baseline."""
    files = GateFiles(arguments.history / named(arguments.target).name)
    result_file, baseline_file = arguments.result or files.latest, arguments.baseline or files.baseline
    result = read_run(result_file)
    baseline = read_run(baseline_file) if baseline_file.exists() else None
    for name, document in (("result", result), ("baseline", baseline)):
        if document and document.stamp.target != arguments.target:
            raise HarnessError(
                f"the {name} is of target {document.stamp.target}, not {arguments.target}: name the right file"
            )
    _show(result, baseline)
    if not arguments.accept:
        print(f"not accepted; to make it the baseline: python -m harness baseline --target {arguments.target} --accept")
        return 0
    if result.broke_off:
        raise HarnessError(f"half a session is no baseline: {result.broke_off}")
    write_document(baseline_file, replace(result, verdict=None).as_json())
    print(
        f"accepted: {baseline_file.name}, {len(result.scenarios)} scenarios of {result.stamp.emulator} {result.stamp.emulator_version}"
    )
    return 0


def _show(result: Run, baseline: Run | None) -> None:
    console = Console(width=160)
    if baseline is None:
        console.print("no baseline yet: everything is new")
    changes = judge(result, baseline).changes
    table = Table("scenario", "was", "now", title=f"{len(changes)} changes")
    for change in changes:
        table.add_row(change.id, change.was or "not there", change.now or "not there")
    if baseline:
        was, now = baseline.stamp, result.stamp
        console.print(
            f"was: {was.emulator} {was.emulator_version}, {was.finished_at}; now: {now.emulator} {now.emulator_version}, {now.finished_at}"
        )
        console.print(table)
