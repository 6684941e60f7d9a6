"""What all suites share. `--target` names the target; a suite that asks for `system` brings it up when it is not."""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from harness.aws_clients import AwsClients
from harness.system import System, clients_brought_up, system_brought_up
from harness.targets.hosts import guard, hosts_of
from harness.targets.registry import choose
from tests.divergences import KnownDivergences
from tests.left_behind import LeftBehindPlugin
from tests.scheduling import SchedulingPlugin

Clients = TypeVar("Clients", bound=AwsClients)
CHECKOUT = Path(__file__).resolve().parents[1]

_UNCHECKED = {*settings.default.suppress_health_check, HealthCheck.too_slow}  # what is not named stays as it was
settings.register_profile("not timed", deadline=None, suppress_health_check=_UNCHECKED)
settings.load_profile("not timed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--target", default=os.environ.get("TARGET") or "embedded", help="a name of harness/targets")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SchedulingPlugin(), "scheduling")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LeftBehindPlugin(), "left-behind")
    config.pluginmanager.register(KnownDivergences.of_target(config.getoption("--target")), "known-divergences")


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> System:
    """The system on the target, brought up once for all workers."""
    target = str(request.config.getoption("--target"))
    with _one_at_a_time(target):
        return _guarded(system_brought_up(target))


@pytest.fixture(scope="session")
def aws(request: pytest.FixtureRequest) -> AwsClients:
    """Clients of the target, for scenarios on resources of their own; nothing has to be deployed there."""
    target = str(request.config.getoption("--target"))
    with _one_at_a_time(target):
        return _guarded(clients_brought_up(target))


def _guarded(clients: Clients) -> Clients:
    """From now on this process connects to the target's hosts only."""
    guard(choose(clients.target), hosts_of(clients.environment))
    return clients


@contextmanager
def _one_at_a_time(target: str) -> Iterator[None]:
    folder = CHECKOUT / ".run"
    folder.mkdir(exist_ok=True)
    with (folder / f"{target}-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def fresh() -> str:
    """A few characters that no other test and no earlier run has: for ids."""
    return uuid.uuid4().hex[:10].upper()
