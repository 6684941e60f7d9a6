"""The comment on a pull request: verdict, figures, what changed, services by lanes, and failures folded in, as far as there is room."""

from itertools import accumulate, takewhile

from harness.report import rendering
from harness.report.anchors import anchors
from harness.report.evidence import shown
from harness.report.states import OF_A_RUN, State, state_of
from harness.report.summary import LANES, summary
from harness.results.again import again
from harness.results.document import Run, ScenarioResult

ROOM = 60_000
"""What the workflow passes on; GitHub takes 65,536 characters. We count bytes, so that it holds however a character is counted."""
LINES = 30
"""Reasons, changes and services that are written out at most."""
KEPT = 2
"""Exchanges of a failure that are folded in: the one that decided, and the one before it. The page has all."""
WRITTEN_OUT = (State.FAIL, State.INDETERMINATE)
SENTENCES = ((240, True), (160, True), (100, True), (100, False), (60, False), (40, False), (0, False))
"""Characters of the sentence in the line of a failure, and whether its command stands there: the first that leaves room for all."""
LINE, EVIDENCE = "failure_line.md.jinja", "failure.md.jinja"
_CUT = "\n_Cut: {left} of {all} scenarios that failed or stayed open are left out here; the page has them all._\n"
_FOLDED = "\n_Cut: {left} of {all} failures have no request and answer here; the page has them all._\n"
_CUT_WITHIN = "\n\n_Cut: there was no room for more; the page has it all._\n"


def markdown(run: Run, room: int = ROOM, page: str = "") -> str:
    """Return at most `room` bytes of UTF-8; where something was left out, the last line says so. `page`: the address of the page.

    First the lines of all failures are given room, then requests and answers, folded, from the first failure on.
    """
    failing = [run.scenarios[name] for state in WRITTEN_OUT for name in sorted(run.scenarios) if _is(state, name, run)]
    told, below = summary(run), {scenario.id for scenario in failing}
    reasons = [reason for reason in told.reasons if reason.scenario not in below]
    head = rendering.comment(
        "comment.md.jinja",
        run=run,
        summary=told,
        lanes=LANES,
        states=OF_A_RUN,
        lines=LINES,
        failing=failing,
        reasons=reasons,
        again=again(run.stamp, "ID"),
    )
    places, left = anchors(run.scenarios), room - _size(head)
    if left < _kept_for_the_end(failing):
        return head.encode()[: room - _size(_CUT_WITHIN)].decode(errors="ignore") + _CUT_WITHIN
    for form in SENTENCES:
        links = [page and f"{page}#{places[scenario.id]}" for scenario in failing]
        lines = [_written(LINE, scenario, run, link, *form) for scenario, link in zip(failing, links, strict=True)]
        if sum(map(_size, lines)) <= left - _kept_for_the_end(failing):
            return head + _folded(lines, failing, run, left)
    return head + _as_many(lines, left - _kept_for_the_end(failing))


def _folded(lines: list[str], failing: list[ScenarioResult], run: Run, left: int) -> str:
    """Return the lines, those of the first failures with their evidence, as far as `left` bytes go."""
    left -= sum(map(_size, lines))
    for place, scenario in enumerate(failing):
        block = _written(EVIDENCE, scenario, run)
        left -= _size(block)
        if left < (_kept_for_the_end(failing) if place + 1 < len(failing) else 0):
            return "".join(lines) + _FOLDED.format(left=len(lines) - place, all=len(lines))
        lines[place] += block
    return "".join(lines)


def _as_many(lines: list[str], left: int) -> str:
    fitting = len(list(takewhile(lambda used: used <= left, accumulate(map(_size, lines)))))
    return "".join(lines[:fitting]) + _CUT.format(left=len(lines) - fitting, all=len(lines))


def _kept_for_the_end(failing: list[ScenarioResult]) -> int:
    """Return the bytes to keep free for the closing line, which counts the failures left out; 0 without failures."""
    count = len(failing)
    return max(_size(text.format(left=count, all=count)) for text in (_CUT, _FOLDED)) if failing else 0


def _written(
    template: str, scenario: ScenarioResult, run: Run, link: str = "", longest: int = 0, has_command: bool = False
) -> str:
    state, command = state_of(scenario, run.known), again(run.stamp, scenario.id) if has_command else ""
    at = next((at for at, exchange in enumerate(scenario.exchanges) if exchange.decided), len(scenario.exchanges) - 1)
    exchanges = [shown(exchange) for exchange in scenario.exchanges[max(0, at + 1 - KEPT) : at + 1]]
    return rendering.comment(
        template, scenario=scenario, state=state, exchanges=exchanges, again=command, link=link, longest=longest
    )


def _is(state: State, name: str, run: Run) -> bool:
    return state_of(run.scenarios[name], run.known) is state


def _size(text: str) -> int:
    return len(text.encode())
