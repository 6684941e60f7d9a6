"""What a run showed: tables for people, and the page that keeps the last recorded one.

`python -m tests.faults.telling results.json…` writes the page from the results of a run, or of its parts.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

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


@dataclass(frozen=True)
class Run:
    """One run, or a part of a long one: what was called, when (YYYY-MM-DD), on which commit, and what it showed."""

    command: str
    date: str
    commit: str
    listed: dict[Failpoint, Result] = field(default_factory=dict)
    schedules: list[Result] = field(default_factory=list)

    @classmethod
    def begun(cls, command: str) -> "Run":
        """Return a run that has shown nothing yet."""
        git = ["git", "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(git, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()
        return cls(command, f"{datetime.now(UTC):%Y-%m-%d}", commit)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Run":
        """From what `as_json` gave."""
        listed = {
            Failpoint(Effect(**row["effect"]), row["side"]): Result(**row["result"]) for row in content["failpoints"]
        }
        schedules = [Result(**row) for row in content["schedules"]]
        return cls(content["command"], content["date"], content["commit"], listed, schedules)

    def as_json(self) -> dict[str, Any]:
        """Return what a file keeps."""
        failpoints = [
            {"effect": asdict(point.effect), "side": point.side, "result": asdict(result)}
            for point, result in self.listed.items()
        ]
        schedules = [asdict(result) for result in self.schedules]
        return {
            "command": self.command, "date": self.date, "commit": self.commit,
            "failpoints": failpoints, "schedules": schedules,
        }  # fmt: skip


def page(runs: Sequence[Run], said: Sequence[str] = ()) -> str:
    """Return the page of a run, or of the parts of one. `said`: a line each on what is no schedule."""
    listed = {point: result for run in runs for point, result in run.listed.items()}
    schedules = [result for run in runs for result in run.schedules]
    violated = [result.line for result in (*listed.values(), *schedules) if result.violations]
    parts = [
        f"- `{run.command}`, {run.date}, commit {run.commit}: {len(run.listed)} failpoints, {len(run.schedules)} schedules"
        for run in runs
    ]
    lines = [
        "# Faults on the deployed system", "",
        f"{summary(listed, schedules)}.", "",
        "On the embedded target, by", *parts, "",
        "Recovery: from the end of the fault to rest. Time-outs are shortened", f"(`{TIME_OUTS}`): a request of a",
        "killed task comes again after its visibility time-out. What is judged, and how: ADR 22.", "",
        "## Kinds", "", *kinds_table(schedules), "",
        *(line for one in said for line in (f"{one}.", "")),
        *(["## Violations", "", "```", *violated, "```", ""] if violated else []),
        "## Failpoints", "", "SIGKILL to the task or function that calls.", "", *effects_table(listed),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page([Run.from_json(json.loads(Path(file).read_text())) for file in sys.argv[1:]]))
