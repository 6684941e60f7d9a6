"""`destroy`: the infrastructure is destroyed; the target goes on running."""

import argparse

from harness.cli.steps import Steps
from harness.deployment.infrastructure import infrastructure
from harness.embedded.run_folder import RunFolder, read_json
from harness.targets.registry import choose


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Nothing applied is no error."""
    target = choose(arguments.target)
    if not read_json(RunFolder.of_target(target.name).terraform_state).get("resources"):
        print(f"target {target.name}: nothing is applied")
        return 0
    with infrastructure(target) as ready, Steps().terraform("destroy") as progress:
        ready.driver.destroy(progress.see)
    return 0
