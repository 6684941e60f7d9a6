"""The running system as its contracts show it: Terraform outputs, the variables of `env`, and clients made from them."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg2

from harness.aws_clients import AwsClients
from harness.failure import HarnessError
from harness.scenarios.exchanges import LAST_EXCHANGES
from harness.targets.hosts import require_allowed


@dataclass(frozen=True)
class System(AwsClients):
    """A system that is up: `outputs` by name as contracts.md lists them."""

    outputs: Mapping[str, Any] = field(kw_only=True)

    def database(self) -> Any:
        """A connection to PostgreSQL with the credentials of its secret. Raises HostRefusedError where it is no host of the target."""
        names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
        settings: dict[str, Any] = {name: self.environment[variable] for name, variable in names.items()}
        require_allowed(settings["host"])
        LAST_EXCHANGES.touch("rds", "SQL")
        return psycopg2.connect(connect_timeout=10, **settings)


@cache
def running_system(target: str) -> System:
    """The system on `target`. Raises HarnessError when it is not up."""
    outputs = json.loads(_harness(target, "outputs"))
    return System(target, _environment(target), outputs=outputs)


def system_brought_up(target: str) -> System:
    """The system on `target`, applied first when it is not up. Raises HarnessError when that fails."""
    try:
        return running_system(target)
    except HarnessError:
        applied = _run(target, "apply")
        if applied.returncode != 0:
            raise HarnessError(f"the system on target {target} cannot be brought up: {_last_line(applied)}") from None
        return running_system(target)


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
    return run.stdout


def _run(target: str, command: str) -> "subprocess.CompletedProcess[str]":
    arguments = [sys.executable, "-m", "harness", command, "--target", target]
    return subprocess.run(arguments, capture_output=True, text=True, check=False, env={**os.environ, "TARGET": target})


def _last_line(run: "subprocess.CompletedProcess[str]") -> str:
    lines = (run.stderr or run.stdout).strip().splitlines()
    return lines[-1].removeprefix("error: ") if lines else "it printed nothing"
