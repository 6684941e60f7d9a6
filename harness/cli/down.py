"""`down`: every local process of the target stopped, and nothing left outside the checkout."""

import argparse

from harness.cli.started_here import require_started_here
from harness.deployment.access import root_variables
from harness.deployment.deployer_key import forget_deployers
from harness.targets.registry import unreachable
from harness.targets.starting import take_down


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints what was stopped; nothing running is no error, and what others started goes on."""
    target = require_started_here(arguments.target)
    for line in forget_deployers(target, root_variables(target)):
        print(line)
    stopped = take_down(target)
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    if target.endpoint and unreachable(target) is None:
        print(f"at {target.endpoint} still answers what the harness did not start")
    return 0
