"""The running system as its contracts show it: Terraform outputs, the variables of `env`, and clients made from them."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from harness.aws_clients import AwsClients
from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError, UnsupportedError
from harness.results.deployment import APPLIED, Deployment
from harness.scenarios.exchanges import LAST_EXCHANGES
from harness.targets.hosts import require_allowed

_SERVICES = {
    "alarm": "cloudwatch", "api": "apigateway", "build": "codebuild", "dashboard": "cloudwatch", "database": "rds", "engine": "ecs",
    "pipeline": "codepipeline",
}  # fmt: skip
"""The service that an output, or a role, is about, by the first word of its name; where it is not here, the word is the service."""


class AbsentServiceError(UnsupportedError):
    """An output was read of a service that is not deployed on this target. A scenario that does so is unsupported."""


class Outputs(Mapping[str, Any]):
    """Terraform's outputs by name: `given`, where what belongs to `absent` services (reason by service) is empty or not there.

    Reading that raises AbsentServiceError, within an output that is a map too.
    """

    def __init__(self, given: Mapping[str, Any], absent: Mapping[str, str], within: str = "") -> None:
        self.given, self._absent, self._within = given, absent, within

    def __getitem__(self, name: str) -> Any:
        """Return the value of an output, or of a key within one."""
        value = self.given.get(name)
        if self._absent and value in (None, "", {}):
            raise AbsentServiceError(self._why(name))
        given = self.given[name]
        return Outputs(given, self._absent, self._within or name) if self._absent and isinstance(given, dict) else given

    def __iter__(self) -> Iterator[str]:
        """Give the names of all, also of those that are empty."""
        return iter(self.given)

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self.given)

    def _why(self, name: str) -> str:
        services = [_SERVICES.get(word, word) for word in (text.partition("_")[0] for text in (name, self._within))]
        concerned = [service for service in services if service in self._absent] or sorted(self._absent)
        return "; ".join(f"{service} is not deployed: {self._absent[service]}" for service in concerned)


@dataclass(frozen=True)
class System(AwsClients):
    """A system that is up: `outputs` by name as contracts.md lists them."""

    outputs: Outputs = field(kw_only=True)

    def database(self) -> Any:
        """Return a connection to PostgreSQL with the credentials of its secret.

        Raises HostRefusedError where it is no host of the target, UnsupportedError where no address of it can be reached from here.
        """
        if "PGHOST" not in self.environment:
            raise UnsupportedError(f"target {self.target}: no database that can be reached from here (database_access)")
        names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
        settings: dict[str, Any] = {name: self.environment[variable] for name, variable in names.items()}
        require_allowed(settings["host"])
        LAST_EXCHANGES.touch("rds", "SQL")
        return psycopg2.connect(connect_timeout=10, **settings)


@cache
def running_system(target: str) -> System:
    """The system on `target`. Raises HarnessError when it is not up."""
    outputs, record = json.loads(_harness(target, "outputs")), Deployment.read(RunFolder.of_target(target))
    return System(target, _environment(target), outputs=Outputs(outputs, record.absent if record else {}))


def deployment_brought_up(target: str) -> Deployment:
    """Return what became of the system on `target`, which is applied first, with the progress on standard error, unless all of it is there.

    Raises HarnessError if `apply` ends without saying what became of it.
    """
    run = RunFolder.of_target(target)
    run.make()
    record = Deployment.read(run)
    if record and record.outcome == APPLIED and not (record.absent or record.engine) and _is_there(target):
        return record
    before = _written_at(run)
    applied = subprocess.run(_command(target, "apply"), stdout=subprocess.DEVNULL, check=False)
    running_system.cache_clear()
    running_clients.cache_clear()
    if (record := Deployment.read(run)) and _written_at(run) != before:
        return record
    raise HarnessError(
        f"the system on target {target} cannot be brought up: apply ended with exit status {applied.returncode}"
        " and left no record; its last line above says why"
    )


def _written_at(run: RunFolder) -> int:
    """Return when the record was written last, in nanoseconds, or 0 where there is none."""
    return run.deployment_file.stat().st_mtime_ns if run.deployment_file.exists() else 0


def _is_there(target: str) -> bool:
    """Return True if the outputs are those of what runs: an emulator that was started anew at the same address lacks the key."""
    try:
        system = running_system(target)
        system.client("kms").describe_key(KeyId=system.outputs["kms_key_arn"])
    except (HarnessError, ClientError, BotoCoreError):
        return False
    return True


@cache
def running_clients(target: str) -> AwsClients:
    """Clients of `target` without the system on it. Raises HarnessError when it is not up."""
    return AwsClients(target, _environment(target))


def clients_brought_up(target: str) -> AwsClients:
    """Clients of `target` without the system on it; a target that we can start is started when it is not up. Raises HarnessError."""
    try:
        return running_clients(target)
    except HarnessError:
        started = _run(target, "up")
        if started.returncode != 0:
            raise HarnessError(f"target {target} cannot be reached: {_last_line(started)}") from None
        return running_clients(target)


def _environment(target: str) -> dict[str, str]:
    lines = _harness(target, "env").splitlines()
    return dict(_exported(line) for line in lines if line.startswith("export "))


def _exported(line: str) -> tuple[str, str]:
    name, _, value = line.removeprefix("export ").partition("=")
    return name, "".join(shlex.split(value))


def _harness(target: str, command: str) -> str:
    run = _run(target, command)
    if run.returncode != 0 or not run.stdout.strip():
        raise HarnessError(f"the system on target {target} is not up ({_last_line(run)}): run make apply")
    print(run.stderr, end="", file=sys.stderr)  # such as that nobody but root can act there
    return run.stdout


def _run(target: str, command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(_command(target, command), capture_output=True, text=True, check=False)


def _command(target: str, command: str) -> list[str]:
    return [sys.executable, "-m", "harness", command, "--target", target]


def _last_line(run: "subprocess.CompletedProcess[str]") -> str:
    lines = (run.stderr or run.stdout).strip().splitlines()
    return lines[-1].removeprefix("error: ") if lines else "it printed nothing"
