"""`env`: export lines that make the AWS CLI, boto3 and psql talk to the target, as the deployer."""

import argparse
import shlex

from harness.cli.embedded_only import run_folder, running_state
from harness.embedded.control_plane import ControlPlane
from harness.embedded.ministack import REGION
from harness.embedded.state import TargetState


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Prints `export NAME=value`, one a line, fit for eval."""
    state = running_state(run_folder(arguments.target))
    for name, value in sorted(variables(state).items()):
        print(f"export {name}={shlex.quote(value)}")
    return 0


def variables(state: TargetState) -> dict[str, str]:
    """Endpoints, the deployer's key, region, and psql's variables once there is a database."""
    found = {**state.endpoint_variables(), "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    if state.deployer:
        found["AWS_ACCESS_KEY_ID"] = state.deployer.access_key_id
        found["AWS_SECRET_ACCESS_KEY"] = state.deployer.secret_access_key
    for database in ControlPlane(state.endpoint).databases():
        if database.password is not None:
            found |= {"PGHOST": "127.0.0.1", "PGPORT": str(state.ports["postgres"]), "PGDATABASE": database.database}
            found |= {"PGUSER": database.username, "PGPASSWORD": database.password}
    return found
