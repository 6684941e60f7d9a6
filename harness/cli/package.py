"""`package`: the deterministic zips of functions and engine in build/."""

import argparse

from harness.embedded.run_folder import CHECKOUT
from harness.packaging import build_packages


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(_arguments: argparse.Namespace) -> int:
    """Prints each package with the first characters of its digest."""
    for name, entry in sorted(build_packages(CHECKOUT, CHECKOUT / "build").items()):
        print(f"build/{entry['path']:<24} sha256 {entry['sha256'][:12]}  {name}")
    return 0
