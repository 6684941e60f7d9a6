"""The page of one run: verdict, reasons, matrix, latencies, and every scenario with its evidence."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from harness.gate.again import again
from harness.gate.results import Run, ScenarioResult
from harness.report import rendering
from harness.report.anchors import anchors
from harness.report.document import Document
from harness.report.evidence import Shown, of_every_exchange, shown
from harness.report.latency import plots
from harness.report.states import OF_A_RUN, State, state_of
from harness.report.summary import LANES, summary

LARGEST = 1_000_000
"""Bytes of a page."""
LONGEST = ((4000, 700), (2000, 300), (1000, 150), (1000, 60), (600, 0), (300, 0))
"""Characters of bodies that are shown, of the exchange that decided and of others: the first that fit.

Where others have none, a known divergence shows the exchange that decided alone: it was read when it was put on file.
"""


@dataclass(frozen=True)
class Entry:
    """One scenario of the list. `anchor` is unique within the page; `known` is the reason on file, '' where there is none.

    `again`: the command that runs it once more.
    """

    anchor: str
    scenario: ScenarioResult
    state: State
    known: str
    exchanges: tuple[Shown, ...]
    again: str

    @property
    def is_brief(self) -> bool:
        """Return True if there is no more to show than one line."""
        return self.state in (State.PASS, State.UNSUPPORTED) and not (self.exchanges or self.known)


def page(document: Document, previous: Document | None = None, largest: int = LARGEST) -> str:
    """Return one HTML file that asks nothing of anybody. `previous`: the run whose latencies are plotted beside.

    Bodies are shortened as far as is needed for `largest` bytes.
    """
    made = (_page(document, previous, *longest) for longest in LONGEST)
    return next((text for text in made if len(text.encode()) <= largest), None) or _page(
        document, previous, *LONGEST[-1]
    )


def _page(document: Document, previous: Document | None, decided: int, other: int) -> str:
    """`decided`, `other`: characters of a body of the exchange that decided, and of another."""
    run = document.run
    entries = tuple(_entries(run, decided, other))
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
        headers=of_every_exchange(run),
        unsupported=_why_unsupported(entries),
    )


def _why_unsupported(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """Number the reasons of unsupported scenarios, the most frequent first. Return `number` and `count` of scenarios by reason."""
    counted = Counter(entry.scenario.detail for entry in entries if entry.state is State.UNSUPPORTED).most_common()
    return {reason: {"number": number, "count": count} for number, (reason, count) in enumerate(counted, 1)}


def _entries(run: Run, decided: int, other: int) -> Iterable[Entry]:
    """Worst first, then by id."""
    order, places = list(State), anchors(run.scenarios)
    states = {name: state_of(scenario, run.known) for name, scenario in run.scenarios.items()}
    for name in sorted(states, key=lambda name: (order.index(states[name]), name)):
        scenario = run.scenarios[name]
        told = () if states[name] is State.UNSUPPORTED else scenario.exchanges  # its reason says it all
        if states[name] is State.KNOWN and not other:
            told = tuple(exchange for exchange in told if exchange.decided)
        exchanges = tuple(shown(exchange, decided, other) for exchange in told)
        command = again(run.stamp, name)
        yield Entry(places[name], scenario, states[name], run.known.get(name, ""), exchanges, command)
