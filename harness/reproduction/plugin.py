"""The pytest plugin of `reproduce`: traces one scenario and writes its script, or why there is none, as JSON."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.reproduction.script import Failure, script_of
from harness.reproduction.trace import Trace
from harness.reproduction.values import InexpressibleError
from harness.results.document import Outcome, ScenarioResult
from harness.scenarios.deciding import cause, deciding
from harness.scenarios.evidence import Grade
from harness.scenarios.exchanges import FOLLOWERS, LAST_EXCHANGES
from harness.scenarios.recorder import COMPARED

OPTION = "--script"
OF_THE_SYSTEM = {"system", "deployment"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the script goes."""
    parser.addoption(OPTION, metavar="FILE", help="write the scenario's script there, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Begin the trace, before the first client is made."""
    if file := config.getoption(OPTION):
        config.pluginmanager.register(_Writer(Path(file)), "reproduction")


class _Writer:
    """Follows one scenario from its first call to the last of its clean-up."""

    def __init__(self, file: Path) -> None:
        self._file, self._trace = file, Trace()
        self._failure: Failure | None = None
        self._reason = "there is no such scenario"
        self._clients: AwsClients | None = None
        FOLLOWERS.append(self._trace.follow)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run nothing of the deployed system."""
        if OF_THE_SYSTEM.intersection(name for item in items for name in getattr(item, "fixturenames", ())):
            self._reason = "it is a scenario of the deployed system"
            items.clear()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take the failure as the recorder has judged it."""
        report = yield
        self._clients = getattr(item, "funcargs", {}).get("aws", self._clients)
        if (result := getattr(report, "scenario_result", None)) and not self._failure:
            self._take(ScenarioResult.from_json(result), call, item)
        return report

    def _take(self, result: ScenarioResult, call: pytest.CallInfo[None], item: pytest.Item) -> None:
        self._reason = f"it is {result.outcome} here: {result.detail}" if result.detail else "it passes here"
        if result.outcome is not Outcome.FAIL or not call.excinfo:
            return
        compared = item.config.stash.get(COMPARED, None)
        error = cause(call.excinfo.value, LAST_EXCHANGES)
        decided = deciding(error, compared, LAST_EXCHANGES)
        self._failure = Failure(result.id, result.aws, Grade(result.grade), result.detail, error, compared, decided)

    def pytest_sessionfinish(self) -> None:
        """Write the script and the endpoint of its services, or the reason."""
        try:
            told = self._told()
        except InexpressibleError as problem:
            told = {"reason": str(problem)}
        self._file.write_text(json.dumps(told))

    def _told(self) -> dict[str, Any]:
        if not self._failure or not self._clients:
            raise InexpressibleError(self._reason)
        endpoints = {self._clients.endpoint(call.service) for call in self._trace.calls}
        if len(endpoints) > 1:
            raise InexpressibleError("its services have several endpoints here")
        environment = {**self._clients.environment, "AWS_ENDPOINT_URL": endpoints.pop() or ""}
        return {"script": script_of(self._failure, self._trace.calls), "environment": environment}
