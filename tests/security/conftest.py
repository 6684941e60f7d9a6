"""Principals of one suite run: made once for a worker, removed at its end."""

from collections.abc import Iterator

import pytest

from harness.principals import DENIED, Keys, known_error_code, user_without_policy
from harness.system import System


@pytest.fixture(scope="session")
def nobody(system: System) -> Iterator[Keys]:
    """Credentials of a user that no policy names."""
    with user_without_policy(system) as keys:
        yield keys


@pytest.fixture(scope="session")
def enforced(system: System, nobody: Keys) -> None:
    """Skips where the target lets a user without any policy act: what a role is refused there says nothing of its scope."""
    if known_error_code(system.client("sqs", **nobody).list_queues) not in DENIED:
        pytest.skip("unsupported: the target lets a user without any policy act, see test_canaries.py")
