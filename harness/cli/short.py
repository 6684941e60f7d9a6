"""The commands that fit in a function: up, down, plan, destroy, outputs, env, package and image."""

import argparse
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from harness.deployment.access import applied_outputs, aws_environment, database_environment, root_variables
from harness.deployment.code import deploy_functions
from harness.deployment.deployer_key import forget_deployers
from harness.deployment.infrastructure import infrastructure
from harness.deployment.task_keys import forget_keys, wants_keys
from harness.embedded.run_folder import CHECKOUT, RunFolder, read_json
from harness.environment import proxy_exceptions
from harness.failure import HarnessError
from harness.packaging import build_packages
from harness.packaging.container_engine import container_engine
from harness.packaging.image import REPOSITORY, ImageRequest, build_image
from harness.packaging.wheels import ImagePlatform
from harness.steps import Steps
from harness.targets.identity import identity, running
from harness.targets.registry import choose, require_started_here, unreachable
from harness.targets.starting import bring_up, take_down
from harness.targets.target import Target


def up(arguments: argparse.Namespace) -> int:
    """Start the target unless it runs; print its addresses, and why an earlier instance was discarded."""
    target, began = choose(arguments.target), monotonic()
    done = bring_up(target)
    if done.discarded:
        print(f"started afresh, with Terraform's state discarded: {done.discarded}")
    how = f"up in {monotonic() - began:.1f} s" if done.started else done.how
    print(f"{target.name} target {how}{'' if done.ours else ', not started by us'}")
    for name, address in done.endpoints.items():
        print(f"  {name:<14} {address}")
    print(f"  {'version':<14} {' '.join(identity(target, aws_environment(target)))}")
    print('next: eval "$(make -s env)", make status, make logs, make down')
    return 0


def down(arguments: argparse.Namespace) -> int:
    """Stop every local process of the target and print their names. Nothing running is no error; what others started goes on."""
    target = require_started_here(arguments.target)
    for line in forget_deployers(target, root_variables(target)):
        print(line)
    stopped = take_down(target)
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    if target.endpoint and unreachable(target) is None:
        print(f"at {target.endpoint} still answers what the harness did not start")
    return 0


def plan_options(parser: argparse.ArgumentParser) -> None:
    """Declare where the plan is saved."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="save the plan, for terraform show")


def plan(arguments: argparse.Namespace) -> int:
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
    applied = read_json(RunFolder.of_target(target.name).terraform_state).get("outputs", {})
    if names := applied.get("function_names", {}).get("value"):
        print("".join(f"{line}\n" for line in deploy_functions(names, aws_environment(target), "--check")), end="")
    return 0


def destroy(arguments: argparse.Namespace) -> int:
    """Destroy everything in Terraform's state; the target goes on running. Raises HarnessError if something is protected."""
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


def outputs(arguments: argparse.Namespace) -> int:
    """Print every Terraform output as one JSON object, keys in alphabetical order, and nothing else."""
    print(json.dumps(applied_outputs(choose(arguments.target)), indent=2, sort_keys=True))
    return 0


def env(arguments: argparse.Namespace) -> int:
    """Print `unset NAME` for each of the caller's AWS variables that would lead elsewhere, then `export NAME=value`, one a line."""
    exported = _variables(choose(arguments.target))
    for name in sorted(set(arguments.forgotten) - exported.keys()):
        print(f"unset {name}")
    for name, value in sorted(exported.items()):
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _variables(target: Target) -> dict[str, str]:
    """Return endpoints, the deployer's credentials, region and proxy exceptions, and psql's variables once there is a database."""
    variables = aws_environment(target) | proxy_exceptions()
    try:
        applied = applied_outputs(target)
    except HarnessError:
        return variables  # up, and not applied yet
    return variables | database_environment(running(target), applied, variables)


def package(_arguments: argparse.Namespace) -> int:
    """Make the zips of functions and engine in build/; print each with the first characters of its digest."""
    for name, entry in sorted(build_packages(CHECKOUT, CHECKOUT / "build").items()):
        print(f"build/{entry['path']:<24} sha256 {entry['sha256'][:12]}  {name}")
    return 0


def image_options(parser: argparse.ArgumentParser) -> None:
    """Declare the image's name and what it is for. ENGINE_BASE_IMAGE names another base, with Python and pip."""
    parser.add_argument("--repository", default=REPOSITORY, help="name of the image, without a tag")
    parser.add_argument("--platform", default="linux/amd64", help="what the tasks run on (default: linux/amd64)")
    parser.add_argument("--python", default="3.13", help="the base image's Python (default: 3.13)")


def image(arguments: argparse.Namespace) -> int:
    """Build the engine's image with Docker or Podman; print its reference alone, so that scripts can use it."""
    platform = ImagePlatform(arguments.platform, arguments.python)
    build_packages(CHECKOUT, CHECKOUT / "build")
    request = ImageRequest(arguments.repository, platform)
    print(build_image(container_engine(), CHECKOUT, CHECKOUT / "build", request))
    return 0
