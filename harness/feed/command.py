"""`python -m harness feed FILE`: puts a feed on the stream and shows what the system made of it."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.deadline import DeadlineError, wait_for
from harness.failure import HarnessError
from harness.feed.lines import USAGE, Line, read_lines
from harness.feed.record_states import await_with_bar
from harness.feed.stream import put_lines
from harness.feed.tables import print_json, print_tables, record_rows
from harness.feed.what_came_out import WhatCameOut, accounts_of, read_what_came_out
from harness.notification_tap import NotificationTap, notification_tap
from harness.system import System, running_system

SECONDS_UNTIL_FINAL = 120
SECONDS_UNTIL_ANNOUNCED = 20
IDENTITY = ("corporate_action_event_id", "version", "safekeeping_account", "option_number", "revision")
"""What one announcement is about (domain-rules.md, "Eligibility and time")."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line, `--target` apart, which every command has."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a JSON Lines file, or one ISO message (.fin, .xml)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS_UNTIL_FINAL, help="how long to wait for the last record"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 every record accounted for, 1 something lost; a HarnessError carries 3 (contracts.md, "Commands")."""
    lines = read_lines(arguments.file)
    try:
        system = running_system(arguments.target)
    except HarnessError as error:
        raise HarnessError(str(error), USAGE) from error
    return feed(system, lines, arguments.seconds, arguments.json)


def feed(system: System, lines: Sequence[Line], seconds_until_final: float, as_json: bool) -> int:
    """Feeds the lines and prints what became of them, and what came out; 0, or 1 when a record got no final state."""
    started, since = time.monotonic(), datetime.now(UTC)
    with notification_tap(system) as tap:
        record_ids = put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)
        states = await_with_bar(system, "records with a final state", record_ids, seconds_until_final)
        seconds = time.monotonic() - started
        result = _await_announcements(system, accounts_of(lines), tap, since)
    rows = record_rows(lines, record_ids, states)
    if as_json:
        print_json(rows, result, len(tap.events))
    else:
        print_tables(rows, result, len(tap.events), seconds)
    return int(any(row["state"] == "LOST" for row in rows))


def _await_announcements(system: System, accounts: Sequence[str], tap: NotificationTap, since: datetime) -> WhatCameOut:
    """Reads what came out, once every entitlement calculated since then is announced and its account has a report; at the
    deadline as far as it has come. Reports follow the entitlements' stream, so they may come after the announcement."""
    results: list[WhatCameOut] = []

    def missing() -> dict[str, int]:
        announced = {_identity(detail) for detail in tap.drain()}
        results[:] = [read_what_came_out(system, accounts)]
        new = [item for item in results[0].entitlements if _instant(str(item["calculated_at"])) >= since]
        without_report = {str(item["safekeeping_account"]) for item in new} - results[0].reported_accounts()
        unannounced = sum(_identity(item) not in announced for item in new)
        return {"entitlements not announced": unannounced, "accounts without a report": len(without_report)}

    try:
        wait_for("all that comes out", missing, lambda counts: not any(counts.values()), SECONDS_UNTIL_ANNOUNCED)
    except DeadlineError as error:
        print(error, file=sys.stderr)
    return results[0]


def _identity(entitlement: dict[str, object]) -> tuple[str, ...]:
    return tuple(str(entitlement[name]) for name in IDENTITY)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
