"""`python -m servicing_engine` without a command is an engine task; its commands are short-lived."""

import argparse
import sys
from pathlib import Path

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
    commands.add_parser(
        "health", help="whether this machine's task is alive: reads its heartbeat file; exit status 0 or 1"
    )
    commands.add_parser(
        "rebuild-projection", help="writes the read projection again from PostgreSQL; with a task's environment"
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "calculate":
        return calculate_file(chosen.file)
    if chosen.command == "health":
        return health(heartbeat_path())
    if chosen.command == "rebuild-projection":
        from servicing_engine.rebuild import rebuild_projection  # calculate and health need neither AWS nor a database

        return rebuild_projection()
    from servicing_engine.task import run_task

    return run_task()


if __name__ == "__main__":
    sys.exit(main())
