"""Scenarios that a target's emulators are known to fail: harness/gate/known_divergences.yaml, applied to the session's reports.

Such a test runs as any other. Failing, it is reported as expected, with the reason of the file; passing, it is reported as unexpectedly passed. Neither fails
the session. Only a wrong answer is excused (an assertion, or an error that the target answered with), never a connection that broke.
"""

from collections.abc import Callable, Generator, Mapping
from functools import cached_property

import pytest
from botocore.exceptions import ClientError

from harness.failure import HarnessError
from harness.gate.divergences import known_divergences
from harness.scenarios.recorder import SCENARIO
from harness.system import running_clients
from harness.targets.identity import emulators, running
from harness.targets.registry import choose


class KnownDivergences:
    """The hook: registered by tests/conftest.py in the controller and in every worker.

    `ask` gives reasons by scenario id. It is asked once, at the first scenario's report: only an emulator that is up tells its version.
    """

    def __init__(self, ask: Callable[[], Mapping[str, str]]) -> None:
        self._ask = ask

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        return self._ask()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn the report of a known divergence into the one that pytest makes of a test marked xfail."""
        report = yield
        scenario = item.stash.get(SCENARIO, None)
        if scenario is None or report.skipped or not (report.failed or call.when == "call"):
            return report
        if (reason := self.reasons.get(scenario.id)) and (report.passed or excused(call)):
            report.wasxfail = reason
            report.outcome = "skipped" if report.failed else "passed"
        return report


def excused(call: pytest.CallInfo[None]) -> bool:
    return call.excinfo is not None and call.excinfo.errisinstance((AssertionError, ClientError))


def of_target(name: str) -> dict[str, str]:
    """What is known of the emulators that answer on a target; nothing where they do not say who they are."""
    try:
        target, environment = choose(name), running_clients(name).environment
        entry, found = running(target).entry, emulators(target, environment)
    except HarnessError:
        return {}
    return known_divergences(entry, found)
