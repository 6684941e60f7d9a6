"""Looking until what is seen stands: work under way is waited for, and no violation counts that a second look does not see."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from harness.verification.invariants import Finding, judge
from harness.verification.look import Look

PAUSE_SECONDS = 1.0


def settled(look: Callable[[], Look], bound: float, say: Callable[[str], None]) -> list[Finding]:
    """Return the findings once nothing that came before now is unfinished, at most `bound` seconds from now.

    A violation is one that two looks in succession see: sources are read one beside the other, and the system goes on working.
    `say` is told what is waited for.
    """
    began, before = datetime.now(UTC), None
    while True:
        seen = look()
        findings, unfinished = judge(seen), seen.unfinished(began)
        if not unfinished and not any(finding.violations for finding in findings):
            return findings
        both = _in_both(before, findings) if before else None
        over = datetime.now(UTC) - began > timedelta(seconds=bound)
        if both and (over or (not unfinished and both == findings)):
            return both
        before = findings
        say(f"{unfinished} records and outbox rows under way" if unfinished else "a second look")
        time.sleep(PAUSE_SECONDS)  # between two looks: nobody tells of the end of work


def _in_both(before: list[Finding], now: list[Finding]) -> list[Finding]:
    """Return the findings of now with the violations of those records alone that were violated before."""
    seen = [{violation.record for violation in finding.violations} for finding in before]
    return [
        replace(finding, violations=tuple(violation for violation in finding.violations if violation.record in records))
        for records, finding in zip(seen, now, strict=True)
    ]
