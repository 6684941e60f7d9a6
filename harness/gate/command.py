"""`python -m harness gate`: runs the judging suites on a target and ends with one verdict."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.gate import selection
from harness.gate.canaries import lines as canary_lines
from harness.gate.files import HISTORY, GateFiles
from harness.gate.judging import Judged, Judging, judging_alone, judging_suites
from harness.gate.selection import Part
from harness.gate.session import LONGEST_MINUTES, WORKERS, minutes_from_now
from harness.gate.verdict import could_not_judge, judge
from harness.report.writing import write_reports
from harness.results.deployment import Deployment
from harness.results.document import Run, read_run
from harness.results.verdict import Verdict
from harness.scenarios.deployed import not_deployed
from harness.system import clients_brought_up
from harness.targets.identity import identity, require_version
from harness.targets.registry import choose

FEW = 10
"""Starting workers takes as long as about so many scenarios."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options: what to run, and where results are kept. A release process uses the defaults."""
    selection.add_arguments(parser)
    parser.add_argument("--workers", default=WORKERS, help="pytest-xdist workers (default: %(default)s)")
    parser.add_argument("--history", type=Path, default=HISTORY, help="a folder for results")
    parser.add_argument("--baseline", type=Path, help="an accepted result document (default: that of the history)")
    parser.add_argument(
        "--time-limit", type=minutes_from_now, dest="until", default=str(LONGEST_MINUTES), metavar="MINUTES",
        help="from now; what was judged by then is reported (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--expect-version", help="judge this version of the emulator only")
    parser.add_argument("--out", type=Path, help="a folder for the reports (default: beside the results)")
    parser.add_argument(
        "--without-system", action="store_true", help="judge on scenarios with resources of their own only"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the reasons and, last, the verdict line. Return 0 pass, 1 regression, else 2. Raises HarnessError for wrong usage."""
    target = choose(arguments.target)
    with ExitStack() as held:
        try:
            # before anything is brought up: a wrong file or name is told at once
            baseline, part = accepted(arguments), selection.chosen(arguments, judging_suites())
            held.enter_context(judging_alone(target, arguments.history / target.name, "gate"))
            if part:
                print(part.line, file=sys.stderr)
            print(f"bringing up target {target.name}", file=sys.stderr, flush=True)
            if arguments.expect_version:  # before minutes go into another version
                emulator = identity(target, clients_brought_up(target.name).environment)
                require_version(target, emulator, arguments.expect_version)
            unneeded = part.without_system if part else ""
            judged = Judged.brought_up(target, "asked for --without-system" if arguments.without_system else unneeded)
        except (HarnessError, OSError) as error:
            print_verdict(verdict := could_not_judge(str(error)))
            return verdict.judgement.exit_status
        return judge_target(arguments, judged, baseline, part)


def accepted(arguments: argparse.Namespace) -> Run | None:
    """Return the baseline that is named, else the history's; None if there is none yet. Raises HarnessError for a wrong file."""
    file = arguments.baseline or GateFiles(arguments.history / arguments.target).baseline
    return read_run(file) if arguments.baseline or file.exists() else None


def judge_target(arguments: argparse.Namespace, judged: Judged, baseline: Run | None, part: Part | None = None) -> int:
    """Judge a target that is up, as `run` does. Of a part only what belongs to it is expected, and its results are kept apart."""
    folder = arguments.history / arguments.target
    files = GateFiles(folder / "part" if part else folder)
    suites, ids = (part.files, part.ids) if part else (judging_suites(), [])
    workers = "0" if part and len(ids) <= FEW else arguments.workers
    reports: list[Path] = []
    try:
        result = Judging(judged, files, arguments.until).run(suites, ids, workers)
        verdict = judge(result, baseline, whole=part is None)
        files.keep(replace(result, verdict=verdict))
        previous = files.previous if files.previous.exists() else None
        reports = write_reports(files.latest, previous, arguments.out or files.folder)
    except (HarnessError, OSError) as error:
        verdict = could_not_judge(str(error))
    else:
        head = [*([part.line] if part else ()), *deployment_lines(judged.deployment), *canary_lines(result.canaries)]
        print("\n".join((*head, *lanes(result))))
    print_verdict(verdict, reports)
    return verdict.judgement.exit_status


def lanes(result: Run) -> Iterator[str]:
    """Yield a line for each lane: its number of scenarios and their seconds of work."""
    by_lane: dict[str, list[Decimal]] = defaultdict(list)
    for scenario in result.scenarios.values():
        by_lane[scenario.lane].append(Decimal(scenario.seconds))
    for lane, seconds in sorted(by_lane.items()):
        yield f"{lane}: {len(seconds)} scenario{'s' if len(seconds) > 1 else ''}, {sum(seconds):.1f} s of work"


def deployment_lines(deployment: Deployment) -> Iterator[str]:
    """Yield lines on the system's deployment, the services that are absent, and an engine that does not run."""
    by = f" by the {deployment.provider} provider" if deployment.provider else ""
    yield f"deployment: {not_deployed(deployment) or f'applied{by}'}"
    for service, reason in sorted(deployment.absent.items()):
        yield f"absent: {service}: {reason}"
    if deployment.engine:
        yield f"engine: no task runs: {deployment.engine}"


def print_verdict(verdict: Verdict, reports: Sequence[Path] = ()) -> None:
    """Print changes, notes and reasons, which may be many; below them reports, counts, how to accept, and last `verdict: …`."""
    for change in verdict.changes:
        print(f"changed: {change.id}: was {change.was or 'not there'}, now {change.now or 'not there'}")
    for note in verdict.notes:
        print(f"note: {note}")
    for reason in verdict.reasons:
        print(reason)
    if reports:
        print(f"reports: {', '.join(map(_shown, reports))}")
    if any(verdict.counts.values()):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in verdict.counts.items())
        print(f"{counts}; divergence {_percent(verdict.divergence)}, coverage {_percent(verdict.coverage)}")
    if unknown := sum(verdict.grades.values()):
        grades = ", ".join(f"{count} {grade}" for grade, count in verdict.grades.items())
        print(f"failures that are no known divergence: {unknown}, by the evidence for what AWS answers: {grades}")
    if verdict.to_accept:
        print(verdict.to_accept)
    print(f"verdict: {verdict.judgement}", flush=True)


def _shown(file: Path) -> str:
    return str(file.relative_to(CHECKOUT) if file.is_relative_to(CHECKOUT) else file)


def _percent(share: str | None) -> str:
    return "unknown" if share is None else f"{Decimal(share) * 100:.1f} %"
