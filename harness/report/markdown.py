"""The comment on a pull request: verdict, figures, what changed, services by lanes, and failures folded in, as far as there is room."""

from collections.abc import Iterator

from harness.report import rendering
from harness.report.document import Document
from harness.report.evidence import shown
from harness.report.states import OF_A_RUN, State, state_of
from harness.report.summary import LANES, summary

ROOM = 65_536
"""What GitHub takes, in characters; we count bytes, so that it holds however a character is counted."""
LINES = 30
"""Reasons, changes and services that are written out at most."""
KEPT = 2
"""Exchanges of a failure, the last: the whole evidence is on the page."""
WRITTEN_OUT = (State.FAIL, State.INDETERMINATE)
_CUT = "\n_Cut: {left} of {all} scenarios that failed or stayed open are left out here; the page has them all._\n"
_CUT_WITHIN = "\n\n_Cut: there was no room for more; the page has it all._\n"


def markdown(document: Document, room: int = ROOM) -> str:
    """At most `room` bytes of UTF-8; where something was left out, the last line says so."""
    head = rendering.comment(
        "comment.md.jinja",
        run=document.run,
        summary=summary(document),
        lanes=LANES,
        states=OF_A_RUN,
        lines=LINES,
    )
    failures = list(_failures(document))
    longest_cut = _size(_CUT.format(left=len(failures), all=len(failures)))
    if _size(head) + longest_cut > room:
        return head.encode()[: room - _size(_CUT_WITHIN)].decode(errors="ignore") + _CUT_WITHIN
    fitting: list[str] = []
    used = _size(head)
    for number, block in enumerate(failures, 1):
        left = 0 if number == len(failures) else longest_cut
        if used + _size(block) + left > room:
            return "".join([head, *fitting, _CUT.format(left=len(failures) - len(fitting), all=len(failures))])
        fitting.append(block)
        used += _size(block)
    return "".join([head, *fitting])


def _failures(document: Document) -> Iterator[str]:
    """The blocks, failures before what stayed open."""
    run = document.run
    for state in WRITTEN_OUT:
        for _, scenario in sorted(run.scenarios.items()):
            if state_of(scenario, run.known) is state:
                exchanges = [shown(exchange) for exchange in scenario.exchanges[-KEPT:]]
                yield rendering.comment("failure.md.jinja", scenario=scenario, state=state, exchanges=exchanges)


def _size(text: str) -> int:
    return len(text.encode())
