"""`logs`: the ends of the logs of emulators, PostgreSQL, supervisor, functions and engine tasks; `--follow` goes on with the files."""

import argparse
import threading
from collections.abc import Iterator
from pathlib import Path

from harness.cli.function_logs import function_lines
from harness.cli.started_here import run_folder
from harness.targets.registry import choose

ROUND_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much, and whether to go on."""
    parser.add_argument("-f", "--follow", action="store_true", help="go on until interrupted")
    parser.add_argument("-n", "--lines", type=int, default=20, help="lines of each log (default 20)")


def run(arguments: argparse.Namespace) -> int:
    """Prints each line with the name of its log before it."""
    folder = run_folder(arguments.target).logs
    positions: dict[Path, int] = {}
    for log in sorted(folder.rglob("*.log")):
        lines = list(_new_lines(log, positions))
        for line in lines[max(0, len(lines) - arguments.lines) :]:
            print(f"{log.relative_to(folder)}: {line}")
    for function, line in function_lines(choose(arguments.target), arguments.lines):
        print(f"functions/{function}: {line}")
    pause = threading.Event()
    while arguments.follow:
        pause.wait(ROUND_SECONDS)
        for log in sorted(folder.rglob("*.log")):
            for line in _new_lines(log, positions):
                print(f"{log.relative_to(folder)}: {line}", flush=True)
    return 0


def _new_lines(log: Path, positions: dict[Path, int]) -> Iterator[str]:
    """Complete lines after the position that was read last."""
    with log.open("rb") as file:
        file.seek(positions.get(log, 0))
        content = file.read()
    complete = content[: content.rfind(b"\n") + 1]
    positions[log] = positions.get(log, 0) + len(complete)
    yield from complete.decode(errors="replace").splitlines()
