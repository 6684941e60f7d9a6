"""`outputs`: every Terraform output of the target as one flat JSON object."""

import argparse
import json
from typing import Any

from harness.embedded.run_folder import RunFolder, read_json
from harness.failure import HarnessError
from harness.targets.registry import choose


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints the object and nothing else, keys in alphabetical order."""
    print(json.dumps(read(choose(arguments.target).name), indent=2, sort_keys=True))
    return 0


def read(target_name: str) -> dict[str, Any]:
    """Output name -> value, from the target's state file (its format: version 4); HarnessError where nothing is applied."""
    state = read_json(RunFolder.of_target(target_name).terraform_state)
    outputs = state.get("outputs") or {}
    if not outputs:
        raise HarnessError(f"target {target_name} has no outputs: its infrastructure is not applied")
    return {name: output["value"] for name, output in outputs.items()}
