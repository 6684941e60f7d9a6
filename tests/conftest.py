"""What all suites share. `--target` names the target; a suite that asks for `system` brings it up when it is not."""

import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TextIO, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from harness.aws_clients import AwsClients
from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError
from harness.results.deployment import Deployment
from harness.scenarios.deployed import not_deployed
from harness.scenarios.recorder import DEPLOYMENT
from harness.system import System, clients_brought_up, deployment_brought_up, running_clients, running_system
from harness.targets.hosts import guard, hosts_of
from harness.targets.registry import choose, settle_environment
from harness.targets.waits import stretch_waits
from tests.divergences import KnownDivergences, of_target
from tests.left_behind import LeftBehindPlugin
from tests.scheduling import SchedulingPlugin

Clients = TypeVar("Clients", bound=AwsClients)
CHECKOUT = Path(__file__).resolve().parents[1]
ALONE = uuid.uuid4().hex
"""The name of a session without workers, which have xdist's."""

_UNCHECKED = {*settings.default.suppress_health_check, HealthCheck.too_slow}  # what is not named stays as it was
settings.register_profile("not timed", deadline=None, suppress_health_check=_UNCHECKED)
settings.load_profile("not timed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--target", default=os.environ.get("TARGET") or "embedded", help="a name of harness/targets")


def pytest_configure(config: pytest.Config) -> None:
    try:
        settle_environment(config.getoption("--target"))
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(SchedulingPlugin(), "scheduling")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LeftBehindPlugin(), "left-behind")
    known = KnownDivergences(partial(of_target, config.getoption("--target")))
    config.pluginmanager.register(known, "known-divergences")
    config.stash.setdefault(DEPLOYMENT, cache(partial(_deployment, config)))


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """What became of the deployment on the target; outside the gate it is brought up, once for all workers."""
    return request.config.stash[DEPLOYMENT]()


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest, deployment: Deployment) -> System:
    """The system on the target. Skips, with the record's reason, where it was not deployed."""
    if reason := not_deployed(deployment):
        pytest.skip(reason)  # of the record: why the system is not deployed
    return _guarded(request.config, running_system)


@pytest.fixture(scope="session")
def aws(request: pytest.FixtureRequest) -> AwsClients:
    """Clients of the target, for scenarios on resources of their own; nothing has to be deployed there."""
    return _guarded(request.config, running_clients if _in_gate(request.config) else clients_brought_up)


def _in_gate(config: pytest.Config) -> bool:
    """Return True in a session of the gate, which attaches only: an emulator that died is not started again behind the verdict."""
    return bool(config.getoption("--gate-results"))


def _guarded(config: pytest.Config, clients_of: Callable[[str], Clients]) -> Clients:
    """Return clients, and let this process connect to the target's hosts only from now on. Raises ConnectionError if the target is gone."""
    target = str(config.getoption("--target"))
    stretch_waits(target)
    try:
        with _one_at_a_time(target):
            clients = clients_of(target)
    except HarnessError as error:
        raise ConnectionError(str(error)) from error
    guard(choose(target), hosts_of(clients.environment))
    return clients


def _deployment(config: pytest.Config) -> Deployment:
    """Return the target's record, for which the first worker that wants it applies the system. Raises ConnectionError if there is none."""
    target = str(config.getoption("--target"))
    run, session = RunFolder.of_target(target), getattr(config, "workerinput", {}).get("testrunuid", ALONE)
    try:
        with _one_at_a_time(target) as applied_by:
            if applied_by.read() != session and not _in_gate(config):
                applied_by.truncate(0)
                applied_by.write(session)
                return deployment_brought_up(target)
            found = Deployment.read(run)
    except HarnessError as error:
        raise ConnectionError(str(error)) from error
    if found is None:
        raise ConnectionError(f"{run.deployment_file} is missing: run make apply TARGET={target}")
    return found


@contextmanager
def _one_at_a_time(target: str) -> Iterator[TextIO]:
    """Hold the lock that the workers of all sessions on a target share; its file names the session that applied the system last."""
    folder = CHECKOUT / ".run"
    folder.mkdir(exist_ok=True)
    with (folder / f"{target}-tests.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        yield lock


@pytest.fixture
def fresh() -> str:
    """A few characters that no other test and no earlier run has: for ids."""
    return uuid.uuid4().hex[:10].upper()
