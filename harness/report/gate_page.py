"""The page of one run: verdict, reasons, matrix, latencies, and every scenario with its evidence."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.gate.results import Run, ScenarioResult
from harness.report import rendering
from harness.report.document import Document
from harness.report.evidence import Shown, shown
from harness.report.latency import plots
from harness.report.states import OF_A_RUN, State, state_of
from harness.report.summary import LANES, summary


@dataclass(frozen=True)
class Entry:
    """One scenario of the list. `anchor` is unique within the page; `known` is the reason on file, '' where there is none."""

    anchor: str
    scenario: ScenarioResult
    state: State
    known: str
    exchanges: tuple[Shown, ...]


def page(document: Document, previous: Document | None = None) -> str:
    """One HTML file that asks nothing of anybody. `previous`: the run whose latencies are plotted beside."""
    run = document.run
    entries = tuple(_entries(run))
    return rendering.page(
        "gate.html.jinja",
        "page.css",
        "gate.js",
        run=run,
        summary=summary(document),
        entries=entries,
        anchors={entry.scenario.id: entry.anchor for entry in entries},
        lanes=LANES,
        services=sorted({entry.scenario.service for entry in entries}),
        states=[state for state in OF_A_RUN if any(entry.state is state for entry in entries)],
        plots=plots(run, previous.run if previous else None),
        before=previous.run.stamp if previous else None,
    )


def _entries(run: Run) -> Iterable[Entry]:
    """Worst first, then by id."""
    order = list(State)
    states = {name: state_of(scenario, run.known) for name, scenario in run.scenarios.items()}
    for number, name in enumerate(sorted(states, key=lambda name: (order.index(states[name]), name)), 1):
        scenario = run.scenarios[name]
        exchanges = tuple(shown(exchange) for exchange in scenario.exchanges)
        yield Entry(f"scenario-{number}", scenario, states[name], run.known.get(name, ""), exchanges)
