"""Tests that a target is known to fail: harness/gate/known_divergences.yaml, applied to the session.

Such a test still runs. Failing, it is reported with the reason of the file and leaves the session green; passing, it fails the session until its entry
is removed. Only a wrong answer is excused (an assertion, or an error that the target answered with), never a connection that broke.
"""

import pytest
from botocore.exceptions import ClientError

from harness.gate.history import known_divergences


class KnownDivergences:
    """The hook: registered by tests/conftest.py in the controller and in every worker. `reasons`: by test id, as the gate prints it."""

    def __init__(self, reasons: dict[str, str]) -> None:
        self.reasons = reasons

    @classmethod
    def of_target(cls, target: str) -> "KnownDivergences":
        """Those on file. Raises HarnessError for an entry without test, reason or link."""
        return cls(known_divergences(target))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Marks what is known to fail."""
        for item in items:
            if reason := self.reasons.get(gate_id(item.nodeid)):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True, raises=(AssertionError, ClientError)))


def gate_id(node_id: str) -> str:
    """The gate's name of a test, which is JUnit's: `tests/a/test_b.py::test_c[d]` is `tests.a.test_b::test_c[d]`."""
    path, _, name = node_id.partition("::")
    return f"{path.removesuffix('.py').replace('/', '.')}::{name}"
