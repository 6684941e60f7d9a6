"""JUnit XML of a run, for CI systems: a suite per service, one for the canaries, one for the session itself.

The form is that of the Ant and Jenkins schemas: attributes and the order of elements that both allow.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from harness.report.evidence import Shown, masked, printable, shown
from harness.report.states import State, state_of
from harness.results.again import again
from harness.results.document import Canary, Outcome, Run, ScenarioResult
from harness.scenarios.evidence import Grade

NO_TIME = "0.000"
EPOCH = "1970-01-01T00:00:00"
LONGEST_SECONDS = 10**9


def junit(run: Run) -> str:
    """The XML. A known divergence and what is unsupported are skipped with their reason, what is indeterminate is an error."""
    suites: dict[str, list[Element]] = {}
    for scenario in run.scenarios.values():
        suites.setdefault(scenario.service, []).append(_scenario(scenario, run))
    parts = [
        ("session", [_session(run)]),
        ("canaries", [_canary(canary) for canary in run.canaries]),
        *sorted(suites.items()),
    ]
    root = Element("testsuites")
    for index, (name, cases) in enumerate((name, cases) for name, cases in parts if cases):
        root.append(_suite(name, index, cases, run))
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(name: str, index: int, cases: Sequence[Element], run: Run) -> Element:
    def having(kind: str) -> str:
        return str(sum(case.find(kind) is not None for case in cases))

    time = sum((Decimal(case.get("time", NO_TIME)) for case in cases), Decimal(0))
    suite = Element(
        "testsuite",
        {
            "name": printable(name).strip() or "unnamed",
            "package": printable(run.stamp.target),
            "id": str(index),
            "timestamp": _local(run.stamp.started_at),
            "hostname": printable(run.stamp.machine).strip() or "unknown",
            "tests": str(len(cases)),
            "failures": having("failure"),
            "errors": having("error"),
            "skipped": having("skipped"),
            "time": f"{time:.3f}",
        },
    )
    properties = SubElement(suite, "properties")
    for field in ("target", "endpoint", "emulator", "emulator_version", "commit"):
        value = masked(getattr(run.stamp, field))
        SubElement(properties, "property", {"name": field, "value": printable(value)})
    graded = Counter(scenario.grade for scenario in run.scenarios.values())
    for grade in Grade:
        SubElement(properties, "property", {"name": f"evidence_{grade}", "value": str(graded[grade.value])})
    suite.extend(cases)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err")
    return suite


def _scenario(scenario: ScenarioResult, run: Run) -> Element:
    case = _case(f"{scenario.service}.{scenario.lane}.{scenario.feature}", scenario.id, _seconds(scenario.seconds))
    state = state_of(scenario, run.known)
    if state is State.KNOWN:
        _add(case, "skipped", f"known divergence: {run.known[scenario.id]}; {scenario.detail}")
    elif state is State.UNSUPPORTED:
        _add(case, "skipped", f"unsupported: {scenario.detail}")
    elif state is State.FAIL:
        _add(case, "failure", scenario.detail, "divergence", _evidence(scenario, run))
    elif state is State.INDETERMINATE:
        _add(case, "error", scenario.detail, "indeterminate", _evidence(scenario, run))
    return case


def _session(run: Run) -> Element:
    case = _case("gate", "the session ran to its end", NO_TIME)
    if run.broke_off:
        _add(case, "error", run.broke_off, "broke off", masked(run.broke_off))
    return case


def _canary(canary: Canary) -> Element:
    case = _case("gate.canaries", canary.name, NO_TIME)
    if canary.outcome is Outcome.UNSUPPORTED:
        _add(case, "skipped", f"unsupported: {canary.detail}")
    elif canary.outcome is not Outcome.PASS:
        _add(case, "error", canary.detail, "canary", masked(canary.detail))
    return case


def _case(classname: str, name: str, time: str) -> Element:
    return Element("testcase", {"classname": printable(classname), "name": printable(name), "time": time})


def _add(case: Element, kind: str, message: str, type_: str = "", text: str = "") -> None:
    element = SubElement(case, kind, {"message": printable(masked(message))})
    if type_:
        element.set("type", type_)
    element.text = printable(text) or None


def _evidence(scenario: ScenarioResult, run: Run) -> str:
    head = (
        masked(scenario.detail),
        f"again: {again(run.stamp, scenario.id)}",
        f"test: {scenario.test}",
        f"evidence, {scenario.grade}: {scenario.aws}",
        *scenario.evidence,
    )
    return "\n".join([*head, *(line for exchange in map(shown, scenario.exchanges) for line in _lines(exchange))])


def _lines(exchange: Shown) -> Iterable[str]:
    yield from ("", f"--- {exchange.left_out}") if exchange.left_out else ()
    mark = "this call decided: " if exchange.decided else ""
    yield from ("", f"--- {mark}{exchange.title}", exchange.request, "", exchange.response)


def _seconds(text: str) -> str:
    try:
        seconds = Decimal(text)
    except InvalidOperation:
        return NO_TIME
    return f"{seconds:.3f}" if seconds.is_finite() and 0 <= seconds < LONGEST_SECONDS else NO_TIME


def _local(instant: str) -> str:
    """RFC 3339 as the schema wants it: UTC without offset or fraction."""
    try:
        return datetime.fromisoformat(instant).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return EPOCH
