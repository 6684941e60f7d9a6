"""`plan`: what `apply` would change, without changing it."""

import argparse
from pathlib import Path

from harness.cli.steps import Steps
from harness.deployment.access import aws_environment
from harness.deployment.code import deploy_functions
from harness.deployment.infrastructure import infrastructure
from harness.embedded.run_folder import CHECKOUT, RunFolder, read_json
from harness.packaging import build_packages
from harness.targets.registry import choose
from harness.targets.target import Target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to save it."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="save the plan, for terraform show")


def run(arguments: argparse.Namespace) -> int:
    """Print a line per change, or "No changes", and a line per function that waits to be shipped; exit status 0 either way."""
    target, steps = choose(arguments.target), Steps()
    with steps.step("packages") as step:  # as `apply`: else a changed source shows neither as code nor as image
        step.said = ", ".join(sorted(build_packages(CHECKOUT, CHECKOUT / "build")))
    changes: list[str] = []
    with infrastructure(target) as ready, steps.terraform("plan") as progress:

        def see(line: dict[str, object]) -> None:
            progress.see(line)
            if line.get("type") in ("planned_change", "resource_drift"):
                changes.append(str(line["@message"]))

        changed = ready.driver.plan(see, arguments.out and arguments.out.resolve())
    print("\n".join(changes) if changed else "No changes. The infrastructure matches the configuration.")
    for line in _waiting(target):
        print(line)
    return 0


def _waiting(target: Target) -> list[str]:
    """Return a line per function whose code or configuration is not live yet; none where the system is not applied."""
    outputs = read_json(RunFolder.of_target(target.name).terraform_state).get("outputs", {})
    names = outputs.get("function_names", {}).get("value")
    return deploy_functions(names, aws_environment(target), "--check") if names else []
