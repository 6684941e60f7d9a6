"""`env`: export lines that make the AWS CLI, boto3 and psql talk to the target, as the deployer."""

import argparse
import shlex

from harness.deployment.access import applied_outputs, aws_environment, database_environment
from harness.failure import HarnessError
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.targets.target import Target


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints `export NAME=value`, one a line, fit for eval."""
    for name, value in sorted(variables(choose(arguments.target)).items()):
        print(f"export {name}={shlex.quote(value)}")
    return 0


def variables(target: Target) -> dict[str, str]:
    """Endpoints, credentials, region, and psql's variables once there is a database."""
    found = aws_environment(target)
    try:
        outputs = applied_outputs(target)
    except HarnessError:
        return found  # up, and not applied yet
    return found | database_environment(running(target), outputs, found)
