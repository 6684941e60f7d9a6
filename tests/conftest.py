"""What all suites share. `--target` names the target; a suite that asks for `system` brings it up when it is not."""

import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from harness.aws_clients import AwsClients
from harness.failure import HarnessError
from harness.system import System, clients_brought_up, running_clients, running_system, system_brought_up
from harness.targets.hosts import guard, hosts_of
from harness.targets.registry import choose
from tests.divergences import KnownDivergences, of_target
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
    known = KnownDivergences(partial(of_target, config.getoption("--target")))
    config.pluginmanager.register(known, "known-divergences")


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> System:
    """The system on the target, brought up once for all workers."""
    return _guarded(request.config, running_system, system_brought_up)


@pytest.fixture(scope="session")
def aws(request: pytest.FixtureRequest) -> AwsClients:
    """Clients of the target, for scenarios on resources of their own; nothing has to be deployed there."""
    return _guarded(request.config, running_clients, clients_brought_up)


def _guarded(config: pytest.Config, running: Callable[[str], Clients], brought_up: Callable[[str], Clients]) -> Clients:
    """From now on this process connects to the target's hosts only.

    Raises ConnectionError where the gate's target is gone: an emulator that died is not started again behind the verdict.
    """
    target = str(config.getoption("--target"))
    try:
        with _one_at_a_time(target):
            clients = (running if config.getoption("--gate-results") else brought_up)(target)
    except HarnessError as error:
        raise ConnectionError(str(error)) from error
    guard(choose(target), hosts_of(clients.environment))
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
