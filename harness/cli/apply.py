"""`apply`: everything up to a running system. A second run changes nothing."""

import argparse
import json
import subprocess
import sys

from harness.cli.steps import Steps
from harness.deployment.access import applied_outputs, aws_environment
from harness.deployment.engine_tasks import await_tasks
from harness.deployment.infrastructure import infrastructure
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.failure import HarnessError
from harness.packaging import build_packages
from harness.targets.deployability import cannot_deploy
from harness.targets.registry import choose
from harness.targets.starting import bring_up
from harness.targets.target import Target


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Packages, target, infrastructure, code, engine tasks; then the outputs, the logs and what to type next."""
    target, steps = choose(arguments.target), Steps()
    if reason := cannot_deploy(target):
        raise HarnessError(f"the system cannot be deployed there: {reason}")
    with steps.step("packages") as step:
        step.said = ", ".join(sorted(build_packages(CHECKOUT, CHECKOUT / "build")))
    with steps.step("target") as step:
        done = bring_up(target)
        step.said = f"{target.name} {'started' if done.started else 'already up'}"
    if done.discarded:
        steps.note(f"started afresh, with Terraform's state discarded: {done.discarded}")
    with infrastructure(target) as ready, steps.terraform("terraform") as progress:
        for note in ready.notes:
            steps.note(note)
        ready.driver.apply(progress.see)
    environment, outputs = aws_environment(target), applied_outputs(target)
    with steps.step("code") as step:
        step.said = _ship_code(outputs["codedeploy_application_name"], environment)
    with steps.step("engine") as step:
        step.said = f"{await_tasks(target, outputs, environment)} tasks run"
    _tell(target, outputs)
    return 0


def _ship_code(application: str, environment: dict[str, str]) -> str:
    """Runs the deploy step that the pipeline runs too."""
    script = CHECKOUT / "terraform" / "buildspecs" / "deploy_functions.py"
    command = [sys.executable, str(script), application, "--packages", str(CHECKOUT / "build")]
    shipped = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if shipped.returncode:
        raise HarnessError(f"the functions' code was not shipped: {(shipped.stderr or shipped.stdout).strip()}")
    return "; ".join(shipped.stdout.strip().splitlines())


def _tell(target: Target, outputs: dict[str, object]) -> None:
    for name, value in sorted(outputs.items()):
        print(f"{name} = {value if isinstance(value, str) else json.dumps(value)}")
    logs = (
        f"logs: {RunFolder.of_target(target.name).logs.relative_to(CHECKOUT)} (make logs)\n" if _local(target) else ""
    )
    print(
        f"\n{logs}next: make feed FILE=examples/feeds/first-day.jsonl, make test, make status, make destroy, make down"
    )


def _local(target: Target) -> bool:
    return target.started_by == "harness" and RunFolder.of_target(target.name).path.is_relative_to(CHECKOUT)
