"""`python -m tests.simulation.planted [ID …]`: plants faults of ours, one at a time, in a copy of the checkout, and says after how many
schedules the simulation finds each. Exit status 0: all were found."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("planted.yaml")
MOST_SCHEDULES = 2_000
_COPIED = ("domain", "functions", "harness", "rules", "sending", "servicing_engine", "tests")
_FAILED = re.compile(r"^seed (?P<seed>\d+) fails:\n +(?P<violation>.*)$", re.MULTILINE)


def main() -> int:
    """Return the exit status."""
    bugs = {bug["id"]: bug for bug in yaml.safe_load(FILE.read_text())}
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.planted")
    parser.add_argument("ids", nargs="*", choices=[*bugs, []], metavar="ID", help=f"default all: {', '.join(bugs)}")
    parser.add_argument("--processes", default="1", help="how many schedules run at a time (default 1)")
    options = parser.parse_args()
    chosen = [bugs[bug_id] for bug_id in options.ids] or list(bugs.values())
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for name in _COPIED:
            shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for bug in chosen:
            found = _found(copy, bug, options.processes)
            missed += not found
            print(f"{'found ' if found else 'MISSED'} {bug['id']}: {found or bug['wrong']}", flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} found within {MOST_SCHEDULES} schedules")
    return 1 if missed else 0


def planted(folder: Path, bug: dict[str, Any]) -> dict[Path, str]:
    """Return the text of each file with the bug. Raises ValueError unless what it replaces stands there once."""
    texts: dict[Path, str] = {}
    for change in (bug, *bug.get("also", ())):
        file = folder / change["file"]
        text = texts.get(file) or file.read_text()
        if text.count(change["before"]) != 1:
            raise ValueError(
                f"{bug['id']}: {change['file']} has the text {text.count(change['before'])} times: mend {FILE.name}"
            )
        texts[file] = text.replace(change["before"], change["after"])
    return texts


def _found(copy: Path, bug: dict[str, Any], processes: str) -> str:
    """Return which schedule found a bug, and how; "" if none did."""
    texts = planted(copy, bug)
    sound = {file: file.read_text() for file in texts}
    command = [
        sys.executable,
        "-m",
        "tests.simulation",
        "--schedules",
        str(MOST_SCHEDULES),
        "--seed",
        "1",
        "--processes",
        processes,
        "--no-shrink",
    ]
    for file, text in texts.items():
        file.write_text(text)
    try:
        output = _output(command, copy)
    finally:
        for file, text in sound.items():
            file.write_text(text)
    failed = _FAILED.search(output)
    return f"by schedule {failed['seed']}: {failed['violation'][:150]}" if failed else ""


def _output(command: list[str], folder: Path) -> str:
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            return process.communicate()[0]
        except KeyboardInterrupt:
            process.wait()  # Ctrl-C came to it as well, and it cleans up
            raise


if __name__ == "__main__":
    sys.exit(main())
