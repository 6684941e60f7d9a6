"""The page of one run: verdict, reasons, matrix, latencies, and every scenario with its evidence."""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from harness.report import rendering
from harness.report.anchors import anchors
from harness.report.evidence import Shown, of_every_exchange, shown
from harness.report.latency import plots
from harness.report.states import OF_A_RUN, State, state_of
from harness.report.summary import LANES, summary
from harness.results.again import again
from harness.results.document import Run, ScenarioResult

LARGEST = 1_000_000
"""Bytes of a page."""
LONGEST, LONGEST_BEFORE = 4000, 700
"""Characters of bodies of the exchange that decided, and of others."""
IN_SHORT = (1000, 300, 0)
"""Characters of bodies of the exchange that decided, where the page would be too large: the first that fit, 0 for its title alone."""


@dataclass(frozen=True)
class Entry:
    """One scenario of the list. `anchor` is unique within the page; `known` is the reason on file, '' where there is none.

    `again`: the command that runs it once more.
    """

    anchor: str
    scenario: ScenarioResult
    state: State
    known: str
    again: str
    exchanges: tuple[Shown, ...]
    facts: tuple[str, ...]
    test: str

    @property
    def is_brief(self) -> bool:
        """Return True if there is no more to show than one line."""
        return self.state in (State.PASS, State.UNSUPPORTED) and not (self.exchanges or self.known)

    @property
    def reason(self) -> str:
        """Return why it could not be asked, without what AWS would have answered."""
        return self.scenario.detail.partition(" where AWS ")[0].partition(" where on AWS ")[0]

    def in_short(self, longest: int) -> "Entry":
        """Return it with the exchange that decided alone, bodies cut to `longest` characters, without facts and test."""
        told = [exchange for exchange in self.scenario.exchanges if exchange.decided] or self.scenario.exchanges[-1:]
        exchanges = tuple(shown(exchange, longest, longest) for exchange in told) if self.exchanges else ()
        return replace(self, exchanges=exchanges, facts=(), test="")


@dataclass(frozen=True)
class Group:
    """Scenarios of one state, service and lane."""

    state: State
    service: str
    lane: str
    entries: Sequence[Entry]


def page(run: Run, previous: Run | None = None, largest: int = LARGEST) -> str:
    """Return one HTML file that asks nothing of anybody. `previous`: the run whose latencies are plotted beside.

    Where it would have more than `largest` bytes, scenarios are told in short and packed as a whole, and a script unpacks them.
    """
    entries = _entries(run)
    text = _page(run, previous, entries)
    if len(text.encode()) <= largest:
        return text
    packed = _packed(entries)
    for longest in IN_SHORT:
        text = _page(run, previous, [entry.in_short(longest) for entry in entries], packed)
        if len(text.encode()) <= largest:
            break
    return text


def _page(run: Run, previous: Run | None, entries: Sequence[Entry], packed: str = "") -> str:
    groups = [Group(state, service, lane, list(own)) for (state, service, lane), own in groupby(entries, _place)]
    return rendering.page(
        "gate.html.jinja",
        "page.css",
        "gate.js",
        run=run,
        summary=summary(run),
        groups=groups,
        anchors={entry.scenario.id: entry.anchor for entry in entries},
        lanes=LANES,
        services=sorted({group.service for group in groups}),
        states=[state for state in OF_A_RUN if any(group.state is state for group in groups)],
        plots=plots(run, previous if previous else None),
        before=previous.stamp if previous else None,
        headers=of_every_exchange(run),
        packed=packed,
        unsupported=_why_unsupported(entries),
    )


def _packed(entries: Iterable[Entry]) -> str:
    """Return what unfolds, as gate.js reads it: a JSON object of HTML by anchor, compressed (RFC 1950), in base64."""
    told = {entry.anchor: rendering.part("scenario.html.jinja", entry=entry) for entry in entries if not entry.is_brief}
    return base64.b64encode(zlib.compress(json.dumps(told).encode(), 9)).decode()


def _why_unsupported(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """Number the reasons of unsupported scenarios, the most frequent first. Return `number` and `count` of scenarios by reason."""
    counted = Counter(entry.reason for entry in entries if entry.state is State.UNSUPPORTED).most_common()
    return {reason: {"number": number, "count": count} for number, (reason, count) in enumerate(counted, 1)}


def _place(entry: Entry) -> tuple[State, str, str]:
    return entry.state, entry.scenario.service, entry.scenario.lane


def _entries(run: Run) -> list[Entry]:
    """Return the scenarios worst first, then by service, lane and id."""
    order, places, listed = list(State), anchors(run.scenarios), []
    for name, scenario in run.scenarios.items():
        state = state_of(scenario, run.known)
        told = () if state is State.UNSUPPORTED else scenario.exchanges  # its reason says it all
        exchanges = tuple(shown(exchange, LONGEST, LONGEST_BEFORE) for exchange in told)
        known = run.known.get(name, "").removesuffix(f", see {scenario.aws}")  # the link is beside
        command = again(run.stamp, name)
        listed.append(Entry(places[name], scenario, state, known, command, exchanges, scenario.evidence, scenario.test))
    return sorted(listed, key=lambda entry: (order.index(entry.state), *_place(entry)[1:], entry.scenario.id))
