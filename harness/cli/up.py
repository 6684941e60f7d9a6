"""`up`: the embedded target running, or as it was when it is already."""

import argparse
from time import monotonic

from harness.cli.embedded_only import run_folder
from harness.embedded.lifecycle import bring_up


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints the endpoints, and that an earlier instance was discarded where that was so."""
    began = monotonic()
    done = bring_up(run_folder(arguments.target))
    if done.discarded:
        print(f"started afresh, with Terraform's state discarded: {done.discarded}")
    how = f"up in {monotonic() - began:.1f} s" if done.started else "already up"
    print(f"embedded target {how}")
    for name, port in sorted(done.state.ports.items()):
        print(f"  {name:<14} 127.0.0.1:{port}")
    print('next: eval "$(make -s env)", make status, make logs, make down')
    return 0
