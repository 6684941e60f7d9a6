"""`down`: every local process of the target stopped, and nothing left outside the checkout."""

import argparse

from harness.cli.embedded_only import run_folder
from harness.embedded.lifecycle import take_down


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints what was stopped; nothing running is no error."""
    stopped = take_down(run_folder(arguments.target))
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    return 0
