"""What a run showed: tables for people, and the page that keeps the last recorded one."""

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.faults.failpoints import AFTER, BEFORE, Effect, Failpoint
from tests.faults.kinds import TIME_OUTS
from tests.faults.running import Result

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "docs" / "judged" / "faults.md"
_LOST, _TWICE = "lost", "too much"


def effects_table(results: Mapping[Failpoint, Result]) -> Iterator[str]:
    """Give the lines of a table: an effect a row, the fate and seconds of recovery before and after it."""
    yield "| Effect | killed before it | killed after it |"
    yield "| --- | --- | --- |"
    effects: dict[Effect, dict[str, str]] = {}
    for point, result in results.items():
        fate = "VIOLATED" if result.violations else f"survived, {result.recovery:.1f} s"
        effects.setdefault(point.effect, {})[point.side] = fate
    for effect, fates in effects.items():
        yield f"| {effect} | {fates.get(BEFORE, '')} | {fates.get(AFTER, '')} |"


def kinds_table(results: Iterable[Result]) -> Iterator[str]:
    """Give the lines of a table: a kind of fault a row; of those that came about, how many were survived and how soon the system rested."""
    yield "| Fault | schedules | survived | median recovery | worst |"
    yield "| --- | --- | --- | --- | --- |"
    of_kind: dict[str, list[Result]] = {}
    for result in results:
        if result.reached or result.violations:
            of_kind.setdefault(result.kind, []).append(result)
    for kind, those in sorted(of_kind.items()):
        recoveries = [result.recovery for result in those]
        survived = sum(not result.violations for result in those)
        yield f"| {kind} | {len(those)} | {survived} | {median(recoveries):.1f} s | {max(recoveries):.1f} s |"


def summary(listed: Mapping[Failpoint, Result], schedules: Sequence[Result]) -> str:
    """Return one line: how many were judged, and how many lost something or did it twice."""
    everything = [*listed.values(), *schedules]
    counts = {
        word: sum(any(text.startswith(word) for text in each.violations) for each in everything)
        for word in (_LOST, _TWICE)
    }
    other = sum(bool(each.violations) for each in everything)
    reached = sum(each.reached for each in schedules)
    return (
        f"{len(listed)} failpoints, {len(schedules)} schedules ({reached} with all their faults reached), "
        f"{sum(each.records for each in everything)} records: {counts[_LOST]} lost, {counts[_TWICE]} twice, {other} with a violation"
    )


def record(command: str, listed: Mapping[Failpoint, Result], schedules: Sequence[Result], lost: str) -> None:
    """Write the page. `lost`: what became of a killed emulator."""
    git = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    lines = [
        "# Faults on the deployed system", "",
        f"{summary(listed, schedules)}.", "",
        f"`{command}` on the embedded target, {datetime.now(UTC):%Y-%m-%d}, commit {git.stdout.strip()}. Recovery: from the end of the",
        f"fault to rest. Time-outs are shortened (`{TIME_OUTS}`): a request of a killed task comes again",
        "after its visibility time-out, which is most of its recovery. What is judged, and how: ADR 22.", "",
        "## Kinds", "", *kinds_table(schedules), "",
        *([f"{lost}.", ""] if lost else []),
        "## Failpoints", "", "SIGKILL to the task or function that calls.", "", *effects_table(listed),
    ]  # fmt: skip
    PAGE.write_text("\n".join(lines) + "\n")
