"""`up`: the target running, or as it was when it is already."""

import argparse
from time import monotonic

from harness.deployment.access import aws_environment
from harness.targets.identity import identity
from harness.targets.registry import choose
from harness.targets.starting import bring_up


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints what answers and where, and that an earlier instance was discarded where that was so."""
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
