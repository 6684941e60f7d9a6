"""`destroy`: the infrastructure is destroyed; the target goes on running."""

import argparse
from collections.abc import Mapping
from typing import Any

from harness.cli.steps import Steps
from harness.deployment.access import aws_environment
from harness.deployment.infrastructure import infrastructure
from harness.deployment.task_keys import forget_keys, wants_keys
from harness.embedded.run_folder import RunFolder, read_json
from harness.failure import HarnessError
from harness.targets.identity import running
from harness.targets.registry import choose


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Destroy everything in the state; with nothing applied there is nothing to do. Raises HarnessError if something is protected."""
    target = choose(arguments.target)
    state = read_json(RunFolder.of_target(target.name).terraform_state)
    if not state.get("resources"):
        print(f"target {target.name}: nothing is applied")
        return 0
    if protected := _protected_types(state):
        raise HarnessError(
            f"target {target.name}: {', '.join(protected)}: deletion_protection is true, so nothing was destroyed; "
            f"set deletion_protection = false in terraform/targets/{target.name}.tfvars, "
            f"run make apply TARGET={target.name}, then make destroy TARGET={target.name} again"
        )
    with infrastructure(target) as ready, Steps().terraform("destroy") as progress:
        ready.driver.destroy(progress.see)
    if wants_keys(known := running(target)):
        forget_keys(aws_environment(known))
    return 0


def _protected_types(state: Mapping[str, Any]) -> list[str]:
    """Return the types of the resources that the target would refuse to delete, sorted, from Terraform's state."""
    attributes = ("deletion_protection", "deletion_protection_enabled")
    return sorted(
        {
            resource["type"]
            for resource in state["resources"]
            for instance in resource["instances"]
            if any(instance["attributes"].get(name) is True for name in attributes)
        }
    )
