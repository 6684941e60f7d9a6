"""Session keys of the engine's task role, in a secret of their own: for emulators whose container credentials SDKs refuse.

A task definition names the secret, so the keys are in neither plan nor state. They end after some hours; the next `apply` renews them.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from harness.deployment.access import root_variables
from harness.deployment.engine_image import runs_containers
from harness.embedded.run_folder import read_json
from harness.environment import client
from harness.targets.target import Target

NAME = "asset-servicing/engine-session"
ROLE = 'module.identity.aws_iam_role.this["engine_task"]'
"""Terraform's address of the role: what a targeted apply makes before its keys are asked for."""
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AccessKeyId",
    "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
    "AWS_SESSION_TOKEN": "SessionToken",
}
LONGEST, ALWAYS_ALLOWED = timedelta(hours=12), timedelta(hours=1)
LEAST_LEFT = timedelta(minutes=50)


def wants_keys(target: Target) -> bool:
    """Return True if the engine's containers have to be given keys in their environment."""
    return target.task_credentials == "environment" and runs_containers(target)


def session_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of the engine's container, variable to valueFrom; {} where no keys have been made."""
    secret = _described(client("secretsmanager", environment))
    return {name: f"{secret['ARN']}:{key}::" for name, key in VARIABLES.items()} if secret else {}


def role_arn(terraform_state: Path) -> str | None:
    """Return the ARN of the engine's task role in a state file, or None if it is not made yet."""
    for resource in read_json(terraform_state).get("resources", []):
        if resource["type"] == "aws_iam_role" and resource.get("module") == "module.identity":
            for instance in resource["instances"]:
                if instance.get("index_key") == "engine_task":
                    return str(instance["attributes"]["arn"])
    return None


def renew_keys(target: Target, terraform_state: Path, environment: Mapping[str, str]) -> None:
    """Put fresh keys of the engine's task role into the secret, unless those in it last for 50 minutes. Raises botocore's errors.

    Root of the emulator assumes the role, as its ECS would. Tasks that run with the keys before are replaced.
    """
    secrets, now = client("secretsmanager", environment), datetime.now(UTC)
    secret = _described(secrets)
    if secret and _ends(secrets, secret) - now > LEAST_LEFT:
        return
    keys = _assumed(client("sts", {**environment, **root_variables(target)}), str(role_arn(terraform_state)))
    content = json.dumps(
        {**{key: keys[key] for key in VARIABLES.values()}, "Expiration": keys["Expiration"].isoformat()}
    )
    if not secret:
        secrets.create_secret(Name=NAME, SecretString=content, Description="Session keys of the engine's task role")
        return
    secrets.put_secret_value(SecretId=secret["ARN"], SecretString=content)
    outputs = read_json(terraform_state).get("outputs", {})
    cluster, service = (outputs.get(f"engine_{name}_name", {}).get("value") for name in ("cluster", "service"))
    if cluster and service:
        client("ecs", environment).update_service(cluster=cluster, service=service, forceNewDeployment=True)


def forget_keys(environment: Mapping[str, str]) -> None:
    """Delete the secret of the session keys without a recovery window. Does nothing where there is none."""
    secrets = client("secretsmanager", environment)
    if secret := _described(secrets):
        secrets.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)


def _described(secrets: Any) -> dict[str, Any] | None:
    try:
        return dict(secrets.describe_secret(SecretId=NAME))
    except secrets.exceptions.ResourceNotFoundException:
        return None


def _ends(secrets: Any, secret: Mapping[str, Any]) -> datetime:
    content = json.loads(secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"])
    return datetime.fromisoformat(content["Expiration"])


def _assumed(sts: Any, role: str) -> dict[str, Any]:
    """Return keys for as long as the target gives them: a role's own limit is not known before."""
    asked = {"RoleArn": role, "RoleSessionName": "engine"}
    try:
        answer = sts.assume_role(**asked, DurationSeconds=int(LONGEST.total_seconds()))
    except ClientError:
        answer = sts.assume_role(**asked, DurationSeconds=int(ALWAYS_ALLOWED.total_seconds()))
    return dict(answer["Credentials"])
