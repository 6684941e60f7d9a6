"""How clients reach a target: the environment variables of the AWS CLI, boto3, Terraform and psql."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deployment.deployer_key import deployer_variables
from harness.deployment.port_forward import forwarded
from harness.embedded import companion
from harness.embedded.ministack import REGION
from harness.embedded.run_folder import RunFolder, read_json
from harness.embedded.state import TargetState
from harness.environment import CREDENTIALS, client
from harness.failure import HarnessError
from harness.targets.identity import running
from harness.targets.registry import CA_BUNDLE, require_reachable
from harness.targets.target import Target

_AMBIENT = (*CREDENTIALS, "HOME")


def running_state(target: Target) -> TargetState:
    """The state of the running embedded target; HarnessError with the remedy where it is not up."""
    state = TargetState.read(RunFolder.of_target(target.name))
    if state is None or not state.running():
        if state and state.starting():
            raise HarnessError(f"target {target.name} is being started: wait until it is up (make status)")
        reason = state.detail if state and state.detail else "nothing runs"
        raise HarnessError(f"target {target.name} is not up ({reason}): type `make apply`")
    return state


def aws_environment(target: Target) -> dict[str, str]:
    """Return endpoints, region and the deployer's key; on AWS the caller's own credentials.

    Raises HarnessError if the target is not there or rejects the key that it was given.
    """
    if target.started_by == "harness":
        return running_state(target).aws_variables()
    require_reachable(target)
    target = running(target)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
    variables = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **_authorities(target), **_companion(target)}
    if target.endpoint:
        variables["AWS_ENDPOINT_URL"] = target.endpoint
    root = root_variables(target)
    return {**((target.endpoint and deployer_variables(target, target.endpoint, root)) or root), **variables}


def root_variables(target: Target) -> dict[str, str]:
    """Return the credentials that the target was given: those of an emulator's root, or the caller's own AWS configuration."""
    if root := target.root_keys:
        return {"AWS_ACCESS_KEY_ID": root.access_key_id, "AWS_SECRET_ACCESS_KEY": root.secret_access_key}
    return {name: os.environ[name] for name in _AMBIENT if name in os.environ}


def _companion(target: Target) -> dict[str, str]:
    """The endpoints of what answers for services beside the emulator. Raises HarnessError where it does not run."""
    if not target.companion:
        return {}
    state = TargetState.read(RunFolder.of_target(target.name))
    if state is None or not state.running() or companion.PROCESS not in state.processes:
        services = ", ".join(target.companion)
        raise HarnessError(
            f"target {target.name}: nothing answers for {services} beside it: type `python -m harness up --target {target.name}`"
        )
    return state.companion_variables(target.companion)


def _authorities(target: Target) -> dict[str, str]:
    """The file of certificate authorities that the caller names; HarnessError where the target wants one and it is not there."""
    file = os.environ.get(CA_BUNDLE)
    if target.tls == "plain" or (target.tls == "verified" and not file):
        return {}
    if not file or not Path(file).is_file():
        raise HarnessError(
            f"target {target.name} has a certificate of its own: set {CA_BUNDLE} to the file of its authority"
        )
    return {CA_BUNDLE: file}


def database_environment(target: Target, outputs: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """psql's variables, from the outputs and the secret that they name; {} where there is no database yet, or it cannot be reached."""
    secret = database_credentials(outputs.get("database_secret_arn"), environment)
    made = all(outputs.get(f"database_{name}") for name in ("address", "port", "name"))  # not while apply is at work
    address = database_address(target, outputs, environment) if secret and made else None
    if not address:
        return {}
    return {
        "PGHOST": address[0], "PGPORT": address[1], "PGDATABASE": str(outputs["database_name"]),
        "PGUSER": secret["username"], "PGPASSWORD": secret["password"],
    }  # fmt: skip


def database_address(
    target: Target, outputs: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[str, str] | None:
    """Host and port at which the database answers us; None where it is private. PGHOST and PGPORT of the caller name a tunnel to it."""
    told = str(outputs["database_address"]), str(outputs["database_port"])
    if target.database_access == "none":
        tunnel = os.environ.get("PGHOST")
        return (tunnel, os.environ.get("PGPORT") or told[1]) if tunnel else None
    if target.database_access == "forward":
        return forwarded(target, told, client("rds", environment))
    return told


def database_credentials(secret_arn: str | None, environment: Mapping[str, str]) -> dict[str, str]:
    """The secret's JSON (username, password); {} where there is none or it has no value yet."""
    if not secret_arn:
        return {}
    reader = client("secretsmanager", environment)
    try:
        return dict(json.loads(reader.get_secret_value(SecretId=secret_arn)["SecretString"]))
    except reader.exceptions.ResourceNotFoundException:
        return {}
    except (ClientError, BotoCoreError) as error:
        raise HarnessError(f"the database's credentials cannot be read: {error}") from error


class Outputs(dict[str, Any]):
    """Terraform's outputs by name. One that is not there raises HarnessError: an apply that did not end leaves some out."""

    def __missing__(self, name: str) -> Any:
        """Say what to do."""
        raise HarnessError(f"there is no output {name}: the last apply did not end; type `make apply`")


def applied_outputs(target: Target) -> Outputs:
    """Output name -> value, from the target's state file (its format: version 4); HarnessError where nothing is applied."""
    outputs = read_json(RunFolder.of_target(target.name).terraform_state).get("outputs") or {}
    if not outputs:
        raise HarnessError(f"target {target.name} has no outputs: its infrastructure is not applied; type `make apply`")
    return Outputs({name: output["value"] for name, output in outputs.items()})
