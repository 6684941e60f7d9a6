"""`env`: lines for a shell that make the AWS CLI, boto3 and psql talk to the target, as the deployer."""

import argparse
import shlex

from harness.deployment.access import applied_outputs, aws_environment, database_environment
from harness.environment import proxy_exceptions
from harness.failure import HarnessError
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.targets.target import Target


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Print `unset NAME` for each of the caller's AWS variables that would lead elsewhere, then `export NAME=value`, one a line."""
    exported = variables(choose(arguments.target))
    for name in sorted(set(arguments.forgotten) - exported.keys()):
        print(f"unset {name}")
    for name, value in sorted(exported.items()):
        print(f"export {name}={shlex.quote(value)}")
    return 0


def variables(target: Target) -> dict[str, str]:
    """Endpoints, credentials, region, what no proxy is asked for, and psql's variables once there is a database."""
    found = aws_environment(target) | proxy_exceptions()
    try:
        outputs = applied_outputs(target)
    except HarnessError:
        return found  # up, and not applied yet
    return found | database_environment(running(target), outputs, found)
