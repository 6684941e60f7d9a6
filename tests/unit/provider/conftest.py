"""Terraform itself, attached to our provider, on a real embedded target of the tests' own."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.embedded.clients import client
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.ministack import REGION
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import TargetState
from harness.provider.engine.aws import Call
from harness.provider.protocol.server import serving
from harness.provider.schema.provider_schema import load
from harness.provider.service import Provider, ProviderError
from harness.terraform.driver import Driver
from harness.terraform.executable import choose

VERSIONS = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
  backend "local" {}
}
provider "aws" {
  default_tags {
    tags = { Application = "provider-tests" }
  }
}
"""


@dataclass
class Stack:
    """A root of its own. Each command attaches Terraform to our provider anew."""

    folder: Path
    endpoints: dict[str, str] = field(repr=False)
    state: TargetState | None = None
    calls: list[Call] = field(default_factory=list)  # the changing calls of the last command

    @property
    def tfstate(self) -> Path:
        return (
            self.folder / "kept" / "terraform.tfstate"
        )  # not in the root: init -reconfigure takes one there for another backend's

    def write(self, body: str) -> None:
        (self.folder / "main.tf").write_text(VERSIONS + body, encoding="utf-8")

    @contextmanager
    def driver(self) -> Iterator[Driver]:
        schema = load()
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.endpoints}
        provider = Provider(schema, environment)
        self.calls.clear()
        with serving(provider, schema) as attached:
            executable = choose(os.environ, self.folder / "launcher").path
            kept = self.folder / "kept"
            driver = Driver(executable, self.folder, kept, self.tfstate, {**environment, **attached})
            driver.init()
            try:
                yield driver
            finally:
                with suppress(ProviderError):  # Terraform never configured it
                    self.calls += provider.aws.recorded

    def apply(self, body: str) -> dict[str, str]:
        """Writes and applies; address -> action that was done."""
        self.write(body)
        done: dict[str, str] = {}
        with self.driver() as driver:
            driver.apply(lambda line: done.update(_hook(line, "apply_complete")))
        return done

    def plan(self, body: str | None = None) -> dict[str, str]:
        """Address -> action that is planned; empty: no changes."""
        if body is not None:
            self.write(body)
        planned: dict[str, str] = {}
        with self.driver() as driver:
            driver.plan(lambda line: planned.update(_planned(line)))
        return planned

    def destroy(self) -> None:
        with self.driver() as driver:
            driver.destroy(lambda line: None)

    def resources(self) -> dict[str, dict[str, Any]]:
        """Address -> attributes, from the state."""
        content = json.loads(self.tfstate.read_text())
        return {
            _address(each, instance): instance["attributes"]
            for each in content["resources"]
            for instance in each["instances"]
            if each["mode"] == "managed"
        }

    def client(self, service: str) -> Any:
        """A client as the deployer."""
        assert self.state is not None
        assert self.state.deployer is not None
        endpoint = self.endpoints.get(f"AWS_ENDPOINT_URL_{service.upper()}", self.endpoints["AWS_ENDPOINT_URL"])
        return client(service, endpoint, self.state.deployer)


def _address(resource: dict[str, Any], instance: dict[str, Any]) -> str:
    module = f"{resource['module']}." if "module" in resource else ""
    index = f'["{instance["index_key"]}"]' if "index_key" in instance else ""
    return f"{module}{resource['type']}.{resource['name']}{index}"


def _hook(line: dict[str, Any], kind: str) -> dict[str, str]:
    return {line["hook"]["resource"]["addr"]: line["hook"]["action"]} if line.get("type") == kind else {}


def _planned(line: dict[str, Any]) -> dict[str, str]:
    return (
        {line["change"]["resource"]["addr"]: line["change"]["action"]} if line.get("type") == "planned_change" else {}
    )


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TargetState]:
    run = RunFolder(tmp_path_factory.mktemp("target") / "run")
    run.make()
    try:
        yield bring_up(run).state
    finally:
        take_down(run)


@pytest.fixture
def stack(tmp_path: Path, target: TargetState) -> Iterator[Stack]:
    """A root on the target; what a test leaves is destroyed."""
    made = Stack(tmp_path, target.aws_variables(), target)
    yield made
    if made.tfstate.exists():
        made.destroy()


@pytest.fixture
def root(tmp_path: Path) -> Stack:
    """A root without a target: what validation needs."""
    return Stack(tmp_path, {"AWS_REGION": REGION})
