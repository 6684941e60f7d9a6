"""`python -m harness verify`: whether nothing was lost, doubled or left behind, on any target and after any run."""

import argparse
import json
import time
from collections.abc import Iterator, Sequence

from harness.failure import HarnessError
from harness.steps import Steps
from harness.system import running_system
from harness.verification.invariants import Finding
from harness.verification.look import look_at
from harness.verification.settling import settled

HOLDS, VIOLATED, NOT_JUDGED, USAGE = 0, 1, 2, 3
BOUND_SECONDS = 60.0
MOST = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options: bounds, and JSON for programs."""
    parser.add_argument(
        "--seconds", type=float, default=BOUND_SECONDS, metavar="N",
        help="how old a record without an outcome, or an outbox row, may be (default: 60); what is younger is waited for",
    )  # fmt: skip
    parser.add_argument(
        "--most", type=int, default=MOST, metavar="N", help="violations that are listed of each invariant (default: 20)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.epilog = (
        "Exit status: 0 all invariants hold, 1 some are violated, 2 no violation was found but not everything could be looked at,"
        " 3 usage. It changes nothing; messages of the dead-letter queue are hidden for as long as it reads them."
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what holds and what does not, each violation with its next command; return the exit status.

    Raises HarnessError (exit status 2) if there is no system to look at.
    """
    if arguments.seconds < 0 or arguments.most < 0:
        raise HarnessError("--seconds and --most take 0 or more", USAGE)
    began = time.monotonic()
    with Steps().step("looking") as step:
        system = running_system(arguments.target)
        findings = settled(lambda: look_at(system, arguments.seconds), arguments.seconds, step.say)
        step.say(f"{sum(finding.judged for finding in findings)} things")
    said = _verdict(findings, time.monotonic() - began)
    print(
        json.dumps(_document(findings, said, arguments.most), indent=1)
        if arguments.json
        else "\n".join([*_lines(findings, arguments.most), said])
    )
    return exit_status(findings)


def exit_status(findings: Sequence[Finding]) -> int:
    """Return 1 if anything is violated, else 2 if anything was not judged, else 0."""
    if any(finding.violations for finding in findings):
        return VIOLATED
    return NOT_JUDGED if any(finding.not_judged for finding in findings) else HOLDS


def _verdict(findings: Sequence[Finding], seconds: float) -> str:
    """Return the last line."""
    counts = [
        sum(bool(part) for part in parts)
        for parts in zip(*((f.violations, f.not_judged) for f in findings), strict=True)
    ]
    broken, not_judged = counts
    violations = sum(len(finding.violations) for finding in findings)
    parts = [f"{len(findings) - broken - not_judged} of {len(findings)} invariants hold"]
    parts += [f"{violations} violations of {broken}"] if broken else []
    parts += [f"{not_judged} not judged"] if not_judged else []
    return f"verify: {', '.join(parts)} ({seconds:.1f} s)"


def _lines(findings: Sequence[Finding], most: int) -> Iterator[str]:
    """Give a line for each invariant, then those of its violations, at most `most`."""
    for finding in findings:
        if finding.not_judged:
            yield f"not judged  {finding.name}: {finding.not_judged}"
            continue
        count = len(finding.violations)
        yield f"{'VIOLATED ' if count else 'holds    '}   {finding.name}: {f'{count} violations, ' if count else ''}{finding.judged} judged"
        for violation in finding.violations[:most]:
            yield f"  {violation.record}: {violation.found}"
            yield f"    next: {violation.next}"
        if count > most:
            yield f"  … and {count - most} more (--most {count} lists all)"


def _document(findings: Sequence[Finding], said: str, most: int) -> dict[str, object]:
    """Return the same as JSON."""
    rows = [
        {
            "invariant": finding.name, "judged": finding.judged, "not_judged": finding.not_judged or None,
            "violations": len(finding.violations),
            "listed": [
                {"record": violation.record, "found": violation.found, "next": violation.next}
                for violation in finding.violations[:most]
            ],
        }
        for finding in findings
    ]  # fmt: skip
    return {"exit_status": exit_status(findings), "said": said, "invariants": rows}
