"""`apply`: everything up to a running system. A second run changes nothing."""

import argparse
import json
from typing import Any

from harness.deployment.access import applied_outputs, aws_environment
from harness.deployment.code import deploy_functions
from harness.deployment.engine_tasks import await_tasks
from harness.deployment.infrastructure import infrastructure
from harness.deployment.recording import Draft, EngineError, recorded
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.packaging import build_packages
from harness.steps import Steps
from harness.targets.absence import absent_services
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.targets.starting import bring_up
from harness.targets.target import Target


def run(arguments: argparse.Namespace) -> int:
    """Packages, target, infrastructure, code, engine tasks; then the outputs, the logs and what to type next.

    What became of it stands in the target's deployment record, also where it fails. Raises HarnessError.
    """
    target, steps = choose(arguments.target), Steps()
    with recorded(RunFolder.of_target(target.name)) as draft:
        with steps.step("packages") as step:
            step.said = ", ".join(sorted(build_packages(CHECKOUT, CHECKOUT / "build")))
        with steps.step("target") as step:
            done = bring_up(target)
            step.said = f"{target.name} {done.how}"
        if done.discarded:
            steps.note(f"started afresh, with Terraform's state discarded: {done.discarded}")
        target, environment = running(target), aws_environment(target)
        draft.absent = absent_services(target, environment)
        for service, reason in draft.absent.items():
            steps.note(f"without {service}: {reason}")
        no_image = _terraform(target, steps, draft)
        outputs = applied_outputs(target)
        with steps.step("code") as step:
            step.said = "; ".join(deploy_functions(outputs["function_names"], environment))
        with steps.step("engine") as step:
            if no_image:
                raise EngineError(no_image)
            step.said = f"{await_tasks(target, outputs, environment)} tasks run"
    _tell(target, outputs)
    return 0


def _terraform(target: Target, steps: Steps, draft: Draft) -> str:
    """Apply everything that can be; return why there is no image of the engine, or "". Raises TerraformError."""
    no_image = ""
    with infrastructure(target, draft.absent) as ready:
        draft.provider = "embedded" if ready.provider else "registry"
        for note in ready.notes:
            steps.note(note)
        driver = ready.driver
        if not draft.absent.keys() & {"ec2", "ecr", "ecs"}:
            with steps.step("image") as step:
                driver, no_image = ready.with_engine(target, lambda _line: None, step.say)
                step.said = no_image or step.said
        with steps.terraform("terraform") as progress:
            driver.apply(progress.see)
    return no_image


def _tell(target: Target, outputs: dict[str, Any]) -> None:
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
