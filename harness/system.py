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

import boto3
import psycopg2
from botocore.config import Config

from harness.failure import HarnessError

_CLIENT = Config(
    retries={"max_attempts": 4, "mode": "standard"}, max_pool_connections=64, connect_timeout=5, read_timeout=60
)


@dataclass(frozen=True)
class System:
    """A system that is up: `outputs` by name as contracts.md lists them, `environment` as `make -s env` prints it."""

    target: str
    outputs: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)  # it holds secrets
    _clients: dict[tuple[object, ...], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def session(self, **credentials: str) -> boto3.Session:
        """A session of the deployer, or of other `credentials` (boto3's names)."""
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        own = {name: self.environment.get(name.upper()) for name in names}
        return boto3.Session(region_name=self.environment["AWS_REGION"], **(credentials or own))

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client of `service` at the target's endpoint; the same one each time, as making one takes long."""
        key = (service, *sorted(credentials.items()))
        if key not in self._clients:
            session = self.session(**credentials)
            self._clients[key] = session.client(service, endpoint_url=self.endpoint(service), config=_CLIENT)
        return self._clients[key]

    def database(self) -> Any:
        """A connection to PostgreSQL with the credentials of its secret."""
        names = {"host": "PGHOST", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD"}
        settings: dict[str, Any] = {name: self.environment[variable] for name, variable in names.items()}
        return psycopg2.connect(connect_timeout=10, **settings)

    def endpoint(self, service: str) -> str | None:
        """The endpoint of `service`: its own variable, else the common one, else the SDK's default (None)."""
        special = self.environment.get(f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}")
        return special or self.environment.get("AWS_ENDPOINT_URL")


@cache
def running_system(target: str) -> System:
    """The system on `target`. Raises HarnessError when it is not up."""
    outputs = json.loads(_harness(target, "outputs"))
    environment = dict(_exported(line) for line in _harness(target, "env").splitlines() if line.startswith("export "))
    return System(target, outputs, environment)


def system_brought_up(target: str) -> System:
    """The system on `target`, applied first when it is not up. Raises HarnessError when that fails."""
    try:
        return running_system(target)
    except HarnessError:
        applied = _run(target, "apply")
        if applied.returncode != 0:
            raise HarnessError(f"the system on target {target} cannot be brought up: {_last_line(applied)}") from None
        return running_system(target)


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
