"""`python -m harness gate`: runs the judging suites on a target and ends with one verdict."""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from harness.aws_clients import AwsClients
from harness.failure import HarnessError
from harness.gate.canaries import ask_canaries, iam_is_off
from harness.gate.canaries import lines as canary_lines
from harness.gate.files import CHECKOUT, HISTORY, GateFiles
from harness.gate.history import known_divergences
from harness.gate.lines import Progress
from harness.gate.results import Outcome, Run, ScenarioResult, read_run
from harness.gate.session import Asked, run_session
from harness.gate.stamp import stamp
from harness.gate.verdict import Verdict, could_not_judge, judge
from harness.report.writing import write_reports
from harness.system import clients_brought_up, system_brought_up
from harness.targets.deployability import cannot_deploy
from harness.targets.hosts import guard, hosts_of
from harness.targets.identity import identity, require_version
from harness.targets.registry import choose

TESTS = CHECKOUT / "tests"
JUDGING = (
    "smoke", "security", "integration", "conformance", "performance", "resilience", "infrastructure/test_terraform_state.py",
)  # fmt: skip
"""The suites that judge a target; tests/unit judges our own code."""
MOST_RETRIES = 40
"""With more than these indeterminate, a second try would not make a verdict."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to run and where results are kept; the defaults are what a release process uses."""
    parser.add_argument(
        "--suites", type=Path, nargs="+", help="files or folders of scenarios (default: all that judge)"
    )
    parser.add_argument("--workers", default="2", help="pytest-xdist workers")
    parser.add_argument("--history", type=Path, default=HISTORY, help="a folder for results")
    parser.add_argument("--baseline", type=Path, help="an accepted result document (default: that of the history)")
    parser.add_argument("--expect-version", help="judge this version of the emulator only")
    parser.add_argument("--out", type=Path, help="a folder for the reports (default: beside the results)")
    parser.add_argument(
        "--without-system", action="store_true", help="judge on scenarios with resources of their own only"
    )


def run(arguments: argparse.Namespace) -> int:
    """Prints the reasons and, last, the verdict line; 0 pass, 1 regression, 2 could not judge."""
    target = choose(arguments.target)
    no_system = "not deployed: asked for --without-system" if arguments.without_system else cannot_deploy(target)
    try:
        clients = clients_brought_up(target.name) if no_system else system_brought_up(target.name)
        emulator = identity(target, clients.environment)
        if arguments.expect_version:
            require_version(target, emulator, arguments.expect_version)
    except HarnessError as error:
        print_verdict(verdict := could_not_judge(str(error)))
        return verdict.judgement.exit_status
    return judge_target(arguments, clients, emulator, no_system)


def judge_target(
    arguments: argparse.Namespace, clients: AwsClients, emulator: tuple[str, str], no_system: str = ""
) -> int:
    """The same on a target that is up. Of a part of the suites, only what belongs to it is expected, and its results are kept apart."""
    guard(choose(clients.target), hosts_of(clients.environment))
    suites = arguments.suites or [TESTS / name for name in JUDGING]
    folder = arguments.history / arguments.target
    files = GateFiles(folder / "part" if arguments.suites else folder)
    try:
        baseline_file = arguments.baseline or GateFiles(folder).baseline
        baseline = read_run(baseline_file) if arguments.baseline or baseline_file.exists() else None
        asked = Asked(clients.target, clients.endpoint("sts"), suites, arguments.workers)
        found = Judging(clients, files, emulator, no_system).run(asked)
        verdict = judge(found, baseline, whole=not arguments.suites)
        files.keep(found, verdict)
        previous = files.previous if files.previous.exists() else None
        reports = write_reports(files.latest, previous, arguments.out or files.folder)
    except (HarnessError, OSError) as error:
        verdict = could_not_judge(str(error))
    else:
        print("\n".join((*canary_lines(found.canaries), *lanes(found), f"reports: {', '.join(map(_shown, reports))}")))
    print_verdict(verdict)
    return verdict.judgement.exit_status


@dataclass(frozen=True)
class Judging:
    """One run on a target: canaries, the session, and once more what it left open."""

    clients: AwsClients
    files: GateFiles
    emulator: tuple[str, str]
    no_system: str = ""

    def run(self, asked: Asked) -> Run:
        """Everything found. Raises HarnessError where known divergences are not in order."""
        known, begun = known_divergences(self.clients.target), datetime.now(UTC)
        canaries = ask_canaries(self.clients)
        limits = (("--without-system", self.no_system), ("--without-iam", iam_is_off(canaries)))
        asked = replace(asked, options=[*asked.options, *(word for limit in limits if limit[1] for word in limit)])
        told = Progress()
        self.files.log.unlink(missing_ok=True)
        broke_off = run_session(asked, self.files, told)
        results = {**told.results, **{one.id: one for one in _unheard(told)}}
        if not broke_off:
            results |= self._once_more(asked, results)
        return Run(stamp(self.clients, self.emulator, begun), results, canaries, known, broke_off)

    def _once_more(self, asked: Asked, results: dict[str, ScenarioResult]) -> dict[str, ScenarioResult]:
        open_ones = [one for one in results.values() if one.outcome is Outcome.INDETERMINATE]
        if not open_ones or len(open_ones) > MOST_RETRIES:
            return {}
        with tempfile.NamedTemporaryFile("w", prefix="scenario-ids-") as ids:
            ids.write("\n".join(one.id for one in open_ones))
            ids.flush()
            told = Progress()
            again = replace(asked, workers="0", options=[*asked.options, "--scenario-ids", ids.name])
            broke_off = run_session(again, self.files, told)
        if broke_off:
            raise HarnessError(f"in the second try of {len(open_ones)} scenarios: {broke_off}")
        return {name: replace(one, attempts=2) for name, one in told.results.items()}


def _unheard(told: Progress) -> Iterator[ScenarioResult]:
    """A test whose worker ended: nobody knows what it would have found, nor (it is read at collection) its scenario."""
    for test in told.without_result():
        yield ScenarioResult(
            test, "unknown", "unknown", "resilience", "", test, Outcome.INDETERMINATE, "its worker ended"
        )


def lanes(found: Run) -> Iterator[str]:
    """Scenarios, and seconds of work, by lane."""
    by_lane: dict[str, list[ScenarioResult]] = defaultdict(list)
    for one in found.scenarios.values():
        by_lane[one.lane].append(one)
    for lane, ones in sorted(by_lane.items()):
        yield f"{lane}: {len(ones)} scenarios, {sum(Decimal(one.seconds) for one in ones):.1f} s of work"


def print_verdict(verdict: Verdict, say: Callable[[str], None] = print) -> None:
    """Reasons, changes, figures; the verdict is the last line."""
    for reason in verdict.reasons:
        say(reason)
    for change in verdict.changes:
        say(f"changed: {change.id}: was {change.was or 'not there'}, now {change.now or 'not there'}")
    counts = ", ".join(f"{count} {outcome}" for outcome, count in verdict.counts.items())
    say(f"{counts}; divergence {_percent(verdict.divergence)}, coverage {_percent(verdict.coverage)}")
    print(f"verdict: {verdict.judgement}", flush=True)


def _shown(file: Path) -> str:
    return str(file.relative_to(CHECKOUT) if file.is_relative_to(CHECKOUT) else file)


def _percent(share: str | None) -> str:
    return "unknown" if share is None else f"{Decimal(share) * 100:.1f} %"
