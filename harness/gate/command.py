"""`python -m harness gate`: runs all suites on a target and ends with one verdict."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from harness.failure import HarnessError
from harness.gate.history import History, known_divergences
from harness.gate.outcomes import Result, read_results
from harness.gate.part import in_part, part_of
from harness.gate.verdict import Verdict, could_not_judge, judge
from harness.system import system_brought_up

CHECKOUT = Path(__file__).resolve().parents[2]
SUITES = CHECKOUT / "tests"
TESTS_RAN = (0, 1)
"""pytest's exit statuses for "all passed" and "some failed"; every other says that the session itself broke."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to run and where results are kept; the defaults are what a release process uses."""
    parser.add_argument("--suites", type=Path, default=SUITES, help="a file or folder of tests")
    parser.add_argument("--workers", default="2", help="pytest-xdist workers")
    parser.add_argument("--history", type=Path, default=CHECKOUT / ".run" / "gate", help="a folder for results")


def run(arguments: argparse.Namespace) -> int:
    """Prints the reasons and, last, the verdict line; 0 pass, 1 regression, 2 could not judge."""
    try:
        system_brought_up(arguments.target)
    except HarnessError as error:
        _print(verdict := could_not_judge(str(error)))
        return verdict.judgement.exit_status
    return judge_suites(arguments)


def judge_suites(arguments: argparse.Namespace) -> int:
    """The same on a system that is up. Of a part of the suites, only what belongs to it is expected, and its results are kept apart."""
    part = part_of(arguments.suites, SUITES)
    history = History(arguments.history / arguments.target / part)
    results: Mapping[str, Result] = {}
    try:
        accepted, known = history.accepted_results(), in_part(known_divergences(arguments.target), part)
        results = _run_suites(arguments)
        verdict = judge(results, accepted, known)
        history.record(verdict, results, datetime.now(UTC))
    except (HarnessError, OSError) as error:
        verdict = could_not_judge(str(error))
    _print(verdict)
    return verdict.judgement.exit_status


def _run_suites(arguments: argparse.Namespace) -> Mapping[str, Result]:
    with tempfile.TemporaryDirectory(prefix="gate-") as folder:
        junit = Path(folder) / "results.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            str(arguments.suites),
            "-n",
            arguments.workers,
            "--junit-xml",
            str(junit),
        ]
        finished = subprocess.run([*command, "--target", arguments.target], cwd=CHECKOUT, check=False)
        if finished.returncode not in TESTS_RAN:
            raise HarnessError(f"the test session broke off (pytest exit status {finished.returncode}); see above")
        return read_results(junit)


def _print(verdict: Verdict) -> None:
    for reason in verdict.reasons:
        print(reason)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in verdict.counts.items())
    print(f"{counts}; divergence {_percent(verdict.divergence)}, coverage {_percent(verdict.coverage)}")
    print(f"verdict: {verdict.judgement}", flush=True)


def _percent(share: Fraction | None) -> str:
    if share is None:
        return "unknown"
    whole, tenth = divmod(round(share * 1000), 10)
    return f"{whole}.{tenth} %"
