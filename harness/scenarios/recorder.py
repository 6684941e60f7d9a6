"""The pytest plugin of the judging suites: refuses a test that says not what it judges, and records what each scenario found.

A line of the results file is a JSON object: `{"collected": n}`, `{"begun": test}`, `{"ended": test}` or `{"result": ScenarioResult}`.
"""

import json
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.embedded.run_folder import RunFolder
from harness.failure import UnsupportedError
from harness.results.deployment import Deployment
from harness.results.document import Exchange, Outcome, ScenarioResult
from harness.scenarios.classification import outcome_of_error
from harness.scenarios.deciding import cause, deciding
from harness.scenarios.deployed import lacking
from harness.scenarios.evidence import EvidenceError, evidence_file, facts_of
from harness.scenarios.exchanges import LAST_EXCHANGES
from harness.scenarios.missing import probe
from harness.scenarios.scenario import MARK, Lane, Scenario, ScenarioError, scenario_of
from harness.scenarios.sentences import Compared, claim_of, sentence

SCENARIO = pytest.StashKey[Scenario]()
LATENCIES = pytest.StashKey[Mapping[str, str]]()
COMPARED = pytest.StashKey[Compared | None]()
SETUP_SECONDS = pytest.StashKey[float]()
DEPLOYMENT = pytest.StashKey[Callable[[], Deployment]]()
"""What became of the deployment, as tests/conftest.py finds out: asked when a test of the system begins."""
ENGINE = "engine"
DECIDED = "decided_by"
LONGEST_DETAIL = 600


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the gate, and where every test has to be a scenario."""
    parser.addini("judging_suites", "folders and files in which every test is a scenario", "paths")
    group = parser.getgroup("scenarios")
    group.addoption("--gate-results", metavar="FILE", help="write what each scenario found there, as JSON lines")
    group.addoption(
        "--scenario-ids", metavar="FILE", help="run only the scenarios of this file (an id a line), in its order"
    )
    group.addoption(
        "--deployment", metavar="FOLDER", help="the folder with the record of the deployment (default: the target's)"
    )
    group.addoption("--without-iam", metavar="REASON", help="scenarios of the security lane are unsupported: why")


def pytest_configure(config: pytest.Config) -> None:
    """Declares the mark; the controller, not its workers, writes the file."""
    config.addinivalue_line(
        "markers", f"{MARK}(id, service=, feature=, lane=, aws=): what the test judges (docs/adr/0009)"
    )
    config.addinivalue_line("markers", f"{ENGINE}: waits for what engine tasks do, or asks their database")
    if folder := config.getoption("--deployment"):
        recorded = _recorded(Path(folder))
        config.stash[DEPLOYMENT] = lambda: recorded
    file = config.getoption("--gate-results")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Writer(Path(file)), "scenario-results")


def _recorded(folder: Path) -> Deployment:
    if deployment := Deployment.read(RunFolder(folder)):
        return deployment
    raise pytest.UsageError(f"--deployment {folder}: there is no record of a deployment")


@pytest.fixture
def latencies(request: pytest.FixtureRequest) -> dict[str, str]:
    """What a performance scenario measured: seconds as decimal texts by name (`p50`), for the result document."""
    measured: dict[str, str] = {}
    request.node.stash[LATENCIES] = measured
    return measured


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read every scenario and keep those that were asked for. Raises UsageError for tests that are none, share an id, or lack evidence."""
    folders, strict = config.getini("judging_suites"), bool(config.getoption("--gate-results"))
    problems = []
    for item in items:
        judges = any(item.path.is_relative_to(folder) for folder in folders)
        if not (strict or item.get_closest_marker(MARK) or judges):
            continue
        try:
            item.stash[SCENARIO] = _scenario(item, judges)
        except (ScenarioError, EvidenceError) as error:
            problems.append(f"{item.nodeid}: {error}")
    times = Counter(item.stash[SCENARIO].id for item in items if SCENARIO in item.stash)
    problems += [f"{name}: the id of {count} tests" for name, count in times.items() if count > 1]
    if problems:
        raise pytest.UsageError("not scenarios:\n" + "\n".join(problems))
    if file := config.getoption("--scenario-ids"):
        _keep(config, items, Path(file).read_text().splitlines())


def _scenario(item: pytest.Item, judges: bool) -> Scenario:
    marks = [(mark.args, mark.kwargs) for mark in item.iter_markers(MARK)]
    callspec = getattr(item, "callspec", None)
    has_own_id = callspec and any(mark.name == MARK and mark.args for mark in callspec.marks)
    scenario = scenario_of(marks, callspec.id if callspec and not has_own_id else "")
    facts = facts_of(item.path, scenario.id)
    if judges and not facts:
        raise ScenarioError(f"{scenario.id} has no evidence: write its facts into {evidence_file(item.path)}")
    return replace(scenario, facts=facts)


def _keep(config: pytest.Config, items: list[pytest.Item], wanted: list[str]) -> None:
    order = {name: place for place, name in enumerate(wanted)}
    kept = [item for item in items if SCENARIO in item.stash and item.stash[SCENARIO].id in order]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = sorted(kept, key=lambda item: order[item.stash[SCENARIO].id])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Begin with a clean sheet; what this target cannot be asked is unsupported, with its reason."""
    LAST_EXCHANGES.clear()
    item.config.stash[COMPARED] = None
    if (scenario := item.stash.get(SCENARIO, None)) and (reason := _cannot_be_asked(item, scenario)):
        pytest.skip(reason)  # of the record or the canary, as "no engine task runs: …"
    with _absent_services_skipped():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip a test that reads what was not deployed."""
    with _absent_services_skipped():
        yield


@contextmanager
def _absent_services_skipped() -> Generator[None, None, None]:
    try:
        yield
    except UnsupportedError as error:
        pytest.skip(str(error))  # the service's reason, as in "codecommit is not deployed: Moto has no PutFile"


def _cannot_be_asked(item: pytest.Item, scenario: Scenario) -> str:
    no_iam = item.config.getoption("--without-iam")
    if no_iam and scenario.lane is Lane.SECURITY:
        return str(no_iam)
    if "system" not in getattr(item, "fixturenames", ()):
        return ""
    return lacking(item.config.stash[DEPLOYMENT](), scenario.service, item.get_closest_marker(ENGINE) is not None)


def pytest_runtest_teardown() -> None:
    """What is asked from now on is clean-up."""
    LAST_EXCHANGES.ending = True


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> None:
    """Keep the comparison that did not hold; the words are left to pytest."""
    config.stash[COMPARED] = Compared(op, left, right)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds what the scenario found to the report, which travels from worker to controller."""
    report = yield
    if call.when == "setup":
        item.stash[SETUP_SECONDS] = call.duration
    if SCENARIO in item.stash and (call.when == "call" or call.excinfo):
        report.scenario_result = _result(item, call).as_json()  # type: ignore[attr-defined]  # reports carry more fields
    return report


def _result(item: pytest.Item, call: pytest.CallInfo[None]) -> ScenarioResult:
    scenario = item.stash[SCENARIO]
    outcome, detail, evidence = _outcome(item, call.excinfo)
    return ScenarioResult(
        id=scenario.id,
        service=scenario.service,
        feature=scenario.feature,
        lane=scenario.lane.value,
        aws=scenario.aws,
        test=item.nodeid,
        outcome=outcome,
        detail=detail[:LONGEST_DETAIL],
        grade=scenario.grade.value,
        evidence=() if outcome is Outcome.PASS else tuple(map(str, scenario.facts)),
        seconds=f"{call.duration:.3f}",
        touches=tuple(sorted(LAST_EXCHANGES.touched)),
        exchanges=evidence,
        latencies=item.stash.get(LATENCIES, {}),
        trouble=dict(LAST_EXCHANGES.trouble),
        setup_seconds=f"{item.stash[SETUP_SECONDS]:.3f}",
    )


def _outcome(
    item: pytest.Item, raised: pytest.ExceptionInfo[BaseException] | None
) -> tuple[Outcome, str, tuple[Exchange, ...]]:
    """Return the outcome, the sentence that says why, and the evidence."""
    if raised is None:
        return Outcome.PASS, "", ()
    if raised.errisinstance(pytest.skip.Exception):
        return Outcome.UNSUPPORTED, str(raised.value).strip(), LAST_EXCHANGES.evidence(None)
    error, compared = cause(raised.value, LAST_EXCHANGES), item.config.stash.get(COMPARED, None)
    # A fixture of several tests raises the same error in each, without asking again.
    decided: Exchange | None = getattr(error, DECIDED, None) or deciding(error, compared, LAST_EXCHANGES)
    setattr(error, DECIDED, decided)
    evidence = LAST_EXCHANGES.evidence(decided)
    arguments: Mapping[str, Any] = getattr(item, "funcargs", {})
    clients = arguments.get("system") or arguments.get("aws")
    late = LAST_EXCHANGES.late()
    outcome = outcome_of_error(error, decided, lambda *asked: clients is not None and probe(clients, *asked), late)
    said = sentence(error, compared, decided, claim_of(item.name), outcome, item.stash[SCENARIO].grade)
    return outcome, f"answers were late: {said}" if late else said, evidence


class _Writer:
    """The hooks of the process that writes: the controller of xdist, or the only process."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _write(self, **line: object) -> None:
        with self._file.open("a") as lines:
            lines.write(json.dumps(line) + "\n")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._write(collected=len(ids))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self._write(collected=len(session.items))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._write(begun=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if result := getattr(report, "scenario_result", None):
            self._write(result=result)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._write(ended=nodeid)
