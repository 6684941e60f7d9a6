"""`python -m harness reproduce ID`: writes a boto3 script that shows the divergence of one scenario without the harness."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness.embedded.run_folder import CHECKOUT
from harness.gate.judging import judging_suites
from harness.results.again import command_of
from harness.targets.registry import choose

SECONDS = 300
SHOWN, NO_SCRIPT = 1, 2
"""Exit status of a script that shows its divergence, and of this command where there is no script."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which scenario, and where the script goes."""
    parser.add_argument("id", metavar="ID", help="a scenario that fails on the target")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the script there (default: print it)")
    parser.add_argument("--suites", type=Path, nargs="+", help="where to look for it (default: all suites that judge)")


def run(arguments: argparse.Namespace) -> int:
    """Print the script and return 0; where there is none, print the reason and the gate's command, and return 2.

    The script has been run on the target, and has shown the divergence there.
    """
    target = choose(arguments.target)
    told = _traced(arguments.id, target.name, arguments.suites or judging_suites())
    reason = told.get("reason") or _fails_to_show(told["script"], told["environment"])
    if reason:
        print(f"no script: {reason}", file=sys.stderr)
        print(command_of(target.name, target.endpoint or "", arguments.id))
        return NO_SCRIPT
    if arguments.out:
        arguments.out.write_text(told["script"])
    else:
        print(told["script"], end="")
    return 0


def _traced(scenario: str, target: str, suites: list[Path]) -> dict[str, Any]:
    """Run one scenario; return its script with the environment of the target's clients, or the reason why there is none."""
    with tempfile.TemporaryDirectory(prefix="reproduce-") as folder:
        ids, script = Path(folder) / "ids", Path(folder) / "script.json"
        ids.write_text(scenario)
        pytest = [sys.executable, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), "-q", "-n", "0"]
        options = ["-p", "harness.reproduction.plugin", "--script", str(script), "--scenario-ids", str(ids)]
        ended = subprocess.run(
            [*pytest, *options, "--target", target, *map(str, suites)],
            cwd=CHECKOUT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if script.exists():
            return dict(json.loads(script.read_text()))
        said = [line for line in f"{ended.stdout}\n{ended.stderr}".splitlines() if line.strip()]
        return {"reason": f"the session broke off: {said[-1] if said else 'it printed nothing'}"}


def _fails_to_show(script: str, environment: dict[str, str]) -> str:
    """Run a script; return "" if it shows its divergence, else what it said."""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    if ended.returncode == SHOWN and not ended.stderr:
        return ""
    said = f"{ended.stdout}\n{ended.stderr}".strip().splitlines()
    return f"the calls alone do not show it (exit status {ended.returncode}: {said[-1] if said else 'it said nothing'})"
