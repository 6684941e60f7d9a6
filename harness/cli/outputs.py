"""`outputs`: every Terraform output of the target as one flat JSON object."""

import argparse
import json

from harness.deployment.access import applied_outputs
from harness.targets.registry import choose


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints the object and nothing else, keys in alphabetical order."""
    print(json.dumps(applied_outputs(choose(arguments.target)), indent=2, sort_keys=True))
    return 0
