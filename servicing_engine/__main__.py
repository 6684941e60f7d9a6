"""`python -m servicing_engine` without a command is an engine task; its commands are short-lived."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from domain.records.instants import parse_instant
from servicing_engine.commands.calculate import EPILOG, calculate_files
from servicing_engine.commands.message.command import add_command
from servicing_engine.heartbeat import health, heartbeat_path
from servicing_engine.settings import UnusableError

UNUSABLE = 3


def main(arguments: list[str] | None = None) -> int:
    """Return the exit status: 0 done, 1 unhealthy or nothing to write, 3 a file or environment that cannot be used. Raises SystemExit 3
    for usage."""
    chosen = parser().parse_args(arguments)
    try:
        status = int(chosen.run(chosen))
        sys.stdout.flush()
        return status
    except UnusableError as error:
        print(f"{chosen.command or 'servicing_engine'}: {error}", file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        if not chosen.command:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as in `calculate FILE | head`
        return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with 3, as for a file that cannot be used (contracts, "Commands")."""
        self.print_usage(sys.stderr)
        self.exit(UNUSABLE, f"{self.prog}: error: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = _Parser(prog="python -m servicing_engine", description=__doc__)
    made.set_defaults(run=_late("task", "run_task"))
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    _add_calculate(commands)
    commands.add_parser(
        "health", help="whether this machine's task is alive: reads its heartbeat file; exit status 0 or 1"
    ).set_defaults(run=lambda _: health(heartbeat_path()))
    _add_publishing(commands)
    _add_recalculate(commands)
    _add_history(commands)
    add_command(commands)
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


def _add_publishing(commands: Any) -> None:
    rebuild = commands.add_parser(
        "rebuild-projection", help="writes the read projection again from PostgreSQL; with a task's environment"
    )
    rebuild.set_defaults(run=_late("commands.rebuild", "rebuild_projection", "dry_run"))
    republish = commands.add_parser("republish", help="announces entitlements again, under the ids they had; likewise")
    republish.set_defaults(run=_late("commands.republish", "republish", "event", "since", "dry_run"))
    which = republish.add_mutually_exclusive_group(required=True)
    which.add_argument("--event", metavar="ID", help="what was announced of this event")
    which.add_argument("--since", type=parse_instant, metavar="INSTANT", help="what was announced from then on")
    commands.add_parser(
        "note-restore", help="after PostgreSQL was restored from a snapshot and before the engine runs; likewise"
    ).set_defaults(run=_late("commands.restored", "note_restore"))
    for command in (rebuild, republish):
        command.add_argument(
            "--dry-run", action="store_true", help="counts what would be published, and writes nothing"
        )


def _add_recalculate(commands: Any) -> None:
    command = commands.add_parser(
        "recalculate",
        help="what the present code and rules would give for the facts that are stored, and applying it; with a task's environment",
        epilog="exit status: 0 done; 1 something is left: run it again; 3 usage, or an environment that cannot be used",
    )
    command.set_defaults(
        run=_late(
            "commands.recalculate", "recalculate", "event", "dry_run", "json", "rates_version", "calendars_version"
        )
    )
    command.add_argument(
        "--event", action="append", default=[], metavar="ID", help="this event and the lots it touches; may be repeated"
    )
    command.add_argument("--dry-run", action="store_true", help="show what differs, and write nothing")
    command.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    for name in ("rates", "calendars"):
        command.add_argument(
            f"--{name}-version",
            type=int,
            metavar="N",
            help="with --dry-run: by this hosted version of AppConfig, deployed or not",
        )


def _add_history(commands: Any) -> None:
    history = commands.add_parser(
        "history", help="an event's entitlements with every revision and reversal, as JSON; with a task's environment"
    )
    history.set_defaults(run=_late("commands.history", "print_history", "event", "account", "as_at"))
    claims = commands.add_parser(
        "claims", help="an event's market claims, transformations and buyer protections, as JSON; likewise"
    )
    claims.set_defaults(run=_late("commands.history", "print_claims", "event", "account"))
    lots = commands.add_parser(
        "lots", help="an account's tax lots and what it realised, as JSON or explained; with a task's environment"
    )
    lots.set_defaults(
        run=_late("commands.lots_as_at", "print_lots", "account", "as_at", "explain"), as_at=datetime.now(UTC)
    )
    lots.add_argument("account", metavar="ACCOUNT")
    lots.add_argument("--explain", action="store_true", help="for people: each figure with its rule and arithmetic")
    for command in (history, lots):
        command.add_argument(
            "--as-at", type=parse_instant, metavar="INSTANT", help="as they stood then, such as 2026-03-27T09:00:00Z"
        )
    for command in (history, claims):
        command.add_argument("event", metavar="EVENT")
        command.add_argument("account", metavar="ACCOUNT", nargs="?", default="")


def _late(module: str, function: str, *names: str) -> Callable[[argparse.Namespace], int]:
    """Return a command that calls a function with the named arguments and imports it only then: calculate, health and message of a document
    need neither AWS nor a database."""

    def run(chosen: argparse.Namespace) -> int:
        called = getattr(import_module(f"servicing_engine.{module}"), function)
        return int(called(*(getattr(chosen, name) for name in names)))

    return run


if __name__ == "__main__":
    sys.exit(main())
