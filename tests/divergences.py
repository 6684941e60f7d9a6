"""Scenarios that a target is known to fail: harness/gate/known_divergences.yaml, applied to the session.

Such a test still runs. Failing, it is reported with the reason of the file and leaves the session green; passing, it fails the session until its entry
is removed. Only a wrong answer is excused (an assertion, or an error that the target answered with), never a connection that broke.
"""

import pytest
from botocore.exceptions import ClientError

from harness.gate.divergences import known_divergences
from harness.scenarios.recorder import SCENARIO


class KnownDivergences:
    """The hook: registered by tests/conftest.py in the controller and in every worker. `reasons`: by scenario id."""

    def __init__(self, reasons: dict[str, str]) -> None:
        self.reasons = reasons

    @classmethod
    def of_target(cls, target: str) -> "KnownDivergences":
        """Those on file. Raises HarnessError for an entry without scenario, reason, link or seen."""
        return cls(known_divergences(target))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Marks what is known to fail; the recorder has read the scenarios before (tryfirst)."""
        for item in items:
            scenario = item.stash.get(SCENARIO, None)
            if scenario and (reason := self.reasons.get(scenario.id)):
                # the reason on file; strict, so that one that passes again fails the run and is removed from the list
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True, raises=(AssertionError, ClientError)))
