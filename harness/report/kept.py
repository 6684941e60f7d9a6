"""What is kept in the repository of each target that was judged: a small summary, and the tables that pages show of all of them.

`docs/judged/EMULATOR-VERSION.json` holds a summary. A page has its table between two comments, `<!-- judged by lane -->` or
`<!-- judged by service -->`, and `<!-- end -->`; a column is an emulator in a version.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.embedded.run_folder import CHECKOUT
from harness.report.states import percent
from harness.results.document import Outcome, Run, ScenarioResult
from harness.results.verdict import coverage, divergence
from harness.scenarios.evidence import Grade

FOLDER = CHECKOUT / "docs" / "judged"
PAGES = (CHECKOUT / "README.md", CHECKOUT / "docs" / "targets.md")
DEPLOYMENT = "terraform.apply"
ANSWERED = (Outcome.PASS.value, Outcome.FAIL.value)
_TABLE = re.compile(r"(<!-- judged by (lane|service) -->\n).*?(<!-- end -->)", re.DOTALL)
Counts = Mapping[str, int]


@dataclass(frozen=True)
class Kept:
    """The summary of one result. Counts are by outcome; `failures` by the grade of their evidence, `cells` by service, then lane."""

    target: str
    emulator: str
    version: str
    date: str
    commit: str
    verdict: str
    deployed: str
    counts: Counts
    failures: Counts
    cells: Mapping[str, Mapping[str, Counts]]

    def by(self, axis: str) -> dict[str, Counter[str]]:
        """Return the counts of all services (`axis` "service") or of all lanes ("lane")."""
        added: dict[str, Counter[str]] = {}
        for service, lanes in self.cells.items():
            for lane, counts in lanes.items():
                added.setdefault(service if axis == "service" else lane, Counter()).update(counts)
        return added


def kept_of(run: Run) -> Kept:
    """Return what is kept of a result document."""
    stamp, results = run.stamp, run.scenarios.values()
    cells: dict[str, dict[str, Counter[str]]] = {}
    for result in results:
        cells.setdefault(result.service, {}).setdefault(result.lane, Counter())[result.outcome.value] += 1
    graded = Counter(result.grade for result in results if result.outcome is Outcome.FAIL)
    return Kept(
        target=stamp.target,
        emulator=stamp.emulator,
        version=stamp.emulator_version,
        date=stamp.finished_at[:10],
        commit=stamp.commit,
        verdict=run.verdict.judgement.value if run.verdict else "",
        deployed=_deployed(run.scenarios.get(DEPLOYMENT)),
        counts=_plain(Counter(result.outcome.value for result in results)),
        failures={grade.value: graded[grade.value] for grade in Grade},
        cells={name: {lane: _plain(lanes[lane]) for lane in sorted(lanes)} for name, lanes in sorted(cells.items())},
    )


def keep(run: Run, folder: Path = FOLDER) -> Path:
    """Write the summary into `folder`, in place of an earlier one of this emulator and version, and return its file."""
    kept = kept_of(run)
    name = re.sub(r"[^A-Za-z0-9.]+", "-", f"{kept.target} {kept.emulator} {kept.version}").strip("-").lower()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(asdict(kept), indent=1) + "\n")
    return file


def read_all(folder: Path = FOLDER) -> list[Kept]:
    """Return the summaries, those that answered most first."""
    summaries = [Kept(**json.loads(file.read_text())) for file in sorted(folder.glob("*.json"))]
    return sorted(summaries, key=lambda kept: -kept.counts["pass"])


def written(page: str, all_kept: Sequence[Kept]) -> str:
    """Return a page's text with its tables made anew."""
    return _TABLE.sub(lambda match: f"{match[1]}\n{table(all_kept, match[2])}\n{match[3]}", page)


def table(all_kept: Sequence[Kept], axis: str) -> str:
    """Return Markdown: a column for each emulator, a row for each lane or service, cells "passed of answered", with what was deployed."""
    head = ["", *(f"{kept.emulator} {kept.version} (`{kept.target}`)" for kept in all_kept)]
    sums = [kept.by(axis) for kept in all_kept]
    rows = [[name, *(_cell(added.get(name, Counter())) for added in sums)] for name in sorted(set().union(*sums))]
    rows.append(["**all**", *(f"**{_cell(Counter(kept.counts))}**" for kept in all_kept)])
    rows.append(["not answered as on AWS", *(percent(divergence(kept.counts)) for kept in all_kept)])
    rows.append(["could be asked", *(percent(coverage(kept.counts)) for kept in all_kept)])
    rows.append(["system deployed", *(kept.deployed for kept in all_kept)])
    rows.append(["judged", *(f"{kept.date}, {kept.verdict}" for kept in all_kept)])
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def _cell(counts: Mapping[str, int]) -> str:
    answered = sum(counts.get(name, 0) for name in ANSWERED)
    return f"{counts.get('pass', 0)} of {answered}" if answered else "none"


def _deployed(scenario: ScenarioResult | None) -> str:
    if scenario is None:
        return "not asked"
    return "yes" if scenario.outcome is Outcome.PASS else "no"


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {outcome.value: counts[outcome.value] for outcome in Outcome}
