"""`up`: the target running, or as it was when it is already."""

import argparse
from time import monotonic

from harness.deployment.access import aws_environment
from harness.targets.identity import identity, require_version
from harness.targets.registry import choose
from harness.targets.starting import bring_up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version it has to be."""
    parser.add_argument("--expect-version", help="fail where another version answers")


def run(arguments: argparse.Namespace) -> int:
    """Prints what answers and where, and that an earlier instance was discarded where that was so; 2 where it is another version."""
    target, began = choose(arguments.target), monotonic()
    done = bring_up(target)
    if done.discarded:
        print(f"started afresh, with Terraform's state discarded: {done.discarded}")
    how = f"up in {monotonic() - began:.1f} s" if done.started else "already up"
    print(f"{target.name} target {how}{'' if done.ours else ', not started by us'}")
    for name, address in done.endpoints.items():
        print(f"  {name:<14} {address}")
    found = identity(target, aws_environment(target))
    print(f"  {'version':<14} {' '.join(found)}")
    if arguments.expect_version:
        require_version(target, found, arguments.expect_version)
    print('next: eval "$(make -s env)", make status, make logs, make down')
    return 0
