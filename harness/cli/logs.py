"""`logs`: the ends of the logs of emulators, PostgreSQL, supervisor, functions and engine tasks; `--follow` goes on with the files."""

import argparse
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.deployment.access import applied_outputs, aws_environment
from harness.embedded.run_folder import RunFolder
from harness.environment import client
from harness.failure import HarnessError
from harness.targets.registry import require_started_here
from harness.targets.target import Target

ROUND_SECONDS = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how much is printed, and whether to go on."""
    parser.add_argument("-f", "--follow", action="store_true", help="go on until interrupted")
    parser.add_argument("-n", "--lines", type=int, default=20, help="lines of each log (default 20)")


def run(arguments: argparse.Namespace) -> int:
    """Print each line with the name of its log before it."""
    target = require_started_here(arguments.target)
    folder = RunFolder.of_target(target.name).logs
    positions: dict[Path, int] = {}
    for log in sorted(folder.rglob("*.log")):
        lines = list(_new_lines(log, positions))
        for line in lines[max(0, len(lines) - arguments.lines) :]:
            print(f"{log.relative_to(folder)}: {line}")
    for function, line in _function_lines(target, arguments.lines):
        print(f"functions/{function}: {line}")
    pause = threading.Event()
    while arguments.follow:
        pause.wait(ROUND_SECONDS)
        for log in sorted(folder.rglob("*.log")):
            for line in _new_lines(log, positions):
                print(f"{log.relative_to(folder)}: {line}", flush=True)
    return 0


def _new_lines(log: Path, positions: dict[Path, int]) -> Iterator[str]:
    """Give the complete lines after the position that was read last."""
    with log.open("rb") as file:
        file.seek(positions.get(log, 0))
        content = file.read()
    complete = content[: content.rfind(b"\n") + 1]
    positions[log] = positions.get(log, 0) + len(complete)
    yield from complete.decode(errors="replace").splitlines()


def _function_lines(target: Target, lines: int) -> Iterator[tuple[str, str]]:
    """Give (function, line), oldest first, at most `lines` of each; nothing where nothing is applied or the target is not up."""
    try:
        functions, environment = applied_outputs(target)["function_names"], aws_environment(target)
    except HarnessError:
        return
    logs = client("logs", environment)
    for name, function in sorted(functions.items()):
        yield from ((name, text) for text in _last(logs, f"/aws/lambda/{function}", lines))


def _last(logs: Any, group: str, lines: int) -> list[str]:
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    newest = sorted(streams, key=lambda stream: stream.get("lastEventTimestamp", 0))[-lines:] if lines else []
    events: list[dict[str, Any]] = []
    for stream in newest:
        answer = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=lines, startFromHead=False
        )
        events += answer["events"]
    return [event["message"].rstrip() for event in sorted(events, key=lambda event: event["timestamp"])[-lines:]]
