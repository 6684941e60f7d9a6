"""`plan`: what `apply` would change, without changing it."""

import argparse
from pathlib import Path

from harness.cli.steps import Steps
from harness.deployment.infrastructure import infrastructure
from harness.targets.registry import choose


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to save it."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="save the plan, for terraform show")


def run(arguments: argparse.Namespace) -> int:
    """Prints a line per change, or "No changes"; exit status 0 either way."""
    changes: list[str] = []
    with infrastructure(choose(arguments.target)) as ready, Steps().terraform("plan") as progress:

        def see(line: dict[str, object]) -> None:
            progress.see(line)
            if line.get("type") in ("planned_change", "resource_drift"):
                changes.append(str(line["@message"]))

        changed = ready.driver.plan(see, arguments.out and arguments.out.resolve())
    print("\n".join(changes) if changed else "No changes. The infrastructure matches the configuration.")
    return 0
