"""`python -m servicing_engine` without a command is an engine task; its commands are short-lived."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from servicing_engine.calculate import calculate_file
from servicing_engine.heartbeat import health, heartbeat_path


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 done, 1 unhealthy, 3 a file that cannot be used; argparse's 2 for usage."""
    parser = argparse.ArgumentParser(prog="python -m servicing_engine", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    calculate = commands.add_parser("calculate", help="the calculation alone: JSON in, JSON out; no AWS, no database")
    calculate.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a document with accounts, positions, trades, …, or - for standard input",
    )
    calculate.add_argument(
        "--explain", action="store_true", help="for people: each figure with its rule and arithmetic, instead of JSON"
    )
    commands.add_parser(
        "health", help="whether this machine's task is alive: reads its heartbeat file; exit status 0 or 1"
    )
    commands.add_parser(
        "rebuild-projection", help="writes the read projection again from PostgreSQL; with a task's environment"
    )
    _add_history(commands)
    chosen = parser.parse_args(arguments)
    if chosen.command == "calculate":
        return calculate_file(chosen.file, explain=chosen.explain)
    if chosen.command == "health":
        return health(heartbeat_path())
    if chosen.command == "rebuild-projection":
        from servicing_engine.rebuild import rebuild_projection  # calculate and health need neither AWS nor a database

        return rebuild_projection()
    if chosen.command in ("history", "claims"):
        from servicing_engine import history

        if chosen.command == "claims":
            return history.print_claims(chosen.event, chosen.account)
        return history.print_history(chosen.event, chosen.account, chosen.as_at)
    from servicing_engine.task import run_task

    return run_task()


def _add_history(commands: Any) -> None:
    history = commands.add_parser(
        "history", help="an event's entitlements with every revision and reversal, as JSON; with a task's environment"
    )
    history.add_argument(
        "--as-at", type=instant, metavar="INSTANT", help="as they stood then, such as 2026-03-27T09:00:00Z"
    )
    claims = commands.add_parser(
        "claims", help="an event's market claims, transformations and buyer protections, as JSON; likewise"
    )
    for each in (history, claims):
        each.add_argument("event", metavar="EVENT")
        each.add_argument("account", metavar="ACCOUNT", nargs="?", default="")


def instant(text: str) -> datetime:
    """An RFC 3339 instant with an offset, in UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return moment.astimezone(UTC)


if __name__ == "__main__":
    sys.exit(main())
