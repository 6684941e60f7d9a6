"""`python -m servicing_engine` without a command is an engine task; its commands are short-lived."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.records.instants import parse_instant
from servicing_engine.commands.calculate import EPILOG, calculate_files
from servicing_engine.commands.message import add_command, print_message
from servicing_engine.heartbeat import health, heartbeat_path
from servicing_engine.settings import UnusableError

UNUSABLE = 3


def main(arguments: list[str] | None = None) -> int:
    """Return the exit status: 0 done, 1 unhealthy or nothing to write, 3 a file or environment that cannot be used."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except UnusableError as error:
        print(f"{chosen.command or 'servicing_engine'}: {error}", file=sys.stderr)
        return UNUSABLE


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, which exits with 2 for usage."""
    made = argparse.ArgumentParser(prog="python -m servicing_engine", description=__doc__)
    made.set_defaults(run=_task)
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    _add_calculate(commands)
    commands.add_parser(
        "health", help="whether this machine's task is alive: reads its heartbeat file; exit status 0 or 1"
    ).set_defaults(run=lambda _: health(heartbeat_path()))
    commands.add_parser(
        "rebuild-projection", help="writes the read projection again from PostgreSQL; with a task's environment"
    ).set_defaults(run=_rebuild)
    _add_history(commands)
    message = add_command(commands)
    message.set_defaults(run=lambda chosen: print_message(chosen, datetime.now(UTC)))
    return made


def _add_calculate(commands: Any) -> None:
    calculate = commands.add_parser(
        "calculate",
        help="the calculation alone: documents, messages or CSV in, JSON out; no AWS, no database",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    calculate.set_defaults(
        run=lambda chosen: calculate_files(
            chosen.files,
            explain=chosen.explain,
            as_json=chosen.json,
            keep_going=chosen.keep_going,
            rules=chosen.rules,
        )
    )
    calculate.add_argument("files", type=Path, metavar="FILE", nargs="+", help="see below; - for standard input")
    calculate.add_argument(
        "--explain", action="store_true", help="for people: each figure with its rule and arithmetic, instead of JSON"
    )
    calculate.add_argument("--json", action="store_true", help="with --explain: JSON, each row with its explanation")
    calculate.add_argument("--keep-going", action="store_true", help="exit status 0 although something was rejected")
    calculate.add_argument(
        "--rules",
        default="",
        metavar="FOLDER",
        help="withholding_rates.json and market_calendars.json for what no file has; `default`: those of this package",
    )


def _add_history(commands: Any) -> None:
    history = commands.add_parser(
        "history", help="an event's entitlements with every revision and reversal, as JSON; with a task's environment"
    )
    history.set_defaults(run=_history)
    claims = commands.add_parser(
        "claims", help="an event's market claims, transformations and buyer protections, as JSON; likewise"
    )
    claims.set_defaults(run=_claims)
    lots = commands.add_parser(
        "lots", help="an account's tax lots and what it realised, as JSON or explained; with a task's environment"
    )
    lots.set_defaults(run=_lots)
    lots.add_argument("account", metavar="ACCOUNT")
    lots.add_argument("--explain", action="store_true", help="for people: each figure with its rule and arithmetic")
    for command in (history, lots):
        command.add_argument(
            "--as-at", type=instant, metavar="INSTANT", help="as they stood then, such as 2026-03-27T09:00:00Z"
        )
    for command in (history, claims):
        command.add_argument("event", metavar="EVENT")
        command.add_argument("account", metavar="ACCOUNT", nargs="?", default="")


# What follows imports late: calculate, health and message of a document need neither AWS nor a database.


def _task(_: argparse.Namespace) -> int:
    from servicing_engine.task import run_task

    return run_task()


def _rebuild(_: argparse.Namespace) -> int:
    from servicing_engine.commands.rebuild import rebuild_projection

    return rebuild_projection()


def _history(chosen: argparse.Namespace) -> int:
    from servicing_engine.commands.history import print_history

    return print_history(chosen.event, chosen.account, chosen.as_at)


def _claims(chosen: argparse.Namespace) -> int:
    from servicing_engine.commands.history import print_claims

    return print_claims(chosen.event, chosen.account)


def _lots(chosen: argparse.Namespace) -> int:
    from servicing_engine.commands.lots_as_at import print_lots

    return print_lots(chosen.account, chosen.as_at or datetime.now(UTC), explain=chosen.explain)


def instant(text: str) -> datetime:
    """Return an RFC 3339 instant with an offset, in UTC. Raises ValueError."""
    return parse_instant(text)


if __name__ == "__main__":
    sys.exit(main())
