"""Ship the functions: the one deploy step that the pipeline and `make apply` share. Standard library and boto3 only.

For each function zip beside this script (or in --packages), compare the version behind the alias `live` with that code and with
the configuration of $LATEST. Where nothing differs, do nothing. Else publish a version, let CodeDeploy move the alias to it, and
wait until the deployment has succeeded and the alias shows the version. Where the target does no deployments (it answers as for
an operation that it does not know, or --alias-only), move the alias directly.
With --check, change nothing and print a line for each function that waits to be shipped.
Functions and deployment groups are named APPLICATION-<function>. Endpoints, region and credentials come from the environment,
and WAIT_FACTOR, by which waits are stretched.
Exit status: 0 all live (or --check), 1 a function could not be shipped (one line says why), 2 usage.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

FUNCTIONS = ("api_handler", "ingest_normalizer", "reconciliation")
ALIAS = "live"
LATEST = "$LATEST"
POLL_SECONDS = 1
LONGEST_SECONDS = 600 * float(os.environ.get("WAIT_FACTOR", "1"))
_WAIT = {"Delay": POLL_SECONDS, "MaxAttempts": int(LONGEST_SECONDS // POLL_SECONDS)}
_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 5})
# What a version freezes of the configuration, by our word for it. What AWS changes by itself (the runtime's patch, states) is not here.
_FROZEN = {
    "architectures": "Architectures", "capacity provider": "CapacityProviderConfig", "dead letters": "DeadLetterConfig",
    "description": "Description", "durable": "DurableConfig", "ephemeral storage": "EphemeralStorage",
    "file systems": "FileSystemConfigs", "handler": "Handler", "image": "ImageConfigResponse", "kms key": "KMSKeyArn",
    "layers": "Layers", "logging": "LoggingConfig", "memory": "MemorySize", "package type": "PackageType", "role": "Role",
    "runtime": "Runtime", "tenancy": "TenancyConfig", "timeout": "Timeout", "tracing": "TracingConfig", "vpc": "VpcConfig",
}  # fmt: skip
# What targets answer to a service or operation that they do not have: by HTTP status, or by error code.
_UNKNOWN_STATUS = (404, 501)
_UNKNOWN_CODES = ("400", "InvalidAction", "NotImplemented", "NotImplementedException", "UnknownOperationException")


class DeployError(Exception):
    """A function that could not be shipped; the text is one line for people."""


def main(arguments: list[str]) -> int:
    """Ship or check every function, print a line for each and return the exit status."""
    parser = argparse.ArgumentParser(prog="deploy_functions.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("application", metavar="APPLICATION", help="CodeDeploy application, and start of every name")
    parser.add_argument(
        "--packages", type=Path, metavar="DIR", default=Path(__file__).parent, help="folder of the zips"
    )
    parser.add_argument("--alias-only", action="store_true", help="move the aliases without CodeDeploy")
    parser.add_argument("--check", action="store_true", help="say what waits to be shipped, and change nothing")
    chosen = parser.parse_args(arguments)
    try:
        packages = {name: _read(chosen.packages / f"{name}.zip") for name in FUNCTIONS}
        deploy = Deploy(chosen.application, chosen.alias_only)
        for name, package in packages.items():
            function = f"{chosen.application}-{name.replace('_', '-')}"
            if said := deploy.check(function, package) if chosen.check else deploy.ship(function, package):
                print(said, flush=True)
    except (DeployError, BotoCoreError, ClientError) as problem:
        print(f"error: {' '.join(str(problem).split())}", file=sys.stderr)
        return 1
    return 0


class Deploy:
    """The step for one application; `alias_only` where CodeDeploy is not to be asked."""

    def __init__(self, application: str, alias_only: bool) -> None:
        self._application = application
        self._alias_only = alias_only
        # boto3 reads AWS_DEFAULT_REGION alone.
        self._session = boto3.session.Session(region_name=os.environ.get("AWS_REGION"))
        self._lambda: Any = self._session.client("lambda", config=_CONFIG)

    @cached_property
    def _codedeploy(self) -> Any:
        """Made when it is needed: mostly there is nothing to deploy."""
        return self._session.client("codedeploy", config=_CONFIG)

    def ship(self, name: str, package: bytes) -> str:
        """Make `package` and the configuration of $LATEST live; return what was done. Raises DeployError and botocore's errors."""
        live, latest = self._configuration(name, ALIAS), self._configuration(name, LATEST)
        changes, unread = _changes(live, latest, _digest(package)), _unread(live, latest)
        if not changes:
            return "; ".join([f"{name}: version {live['Version']} is live already", *unread])
        target = self._publish(name, package, str(latest["CodeSha256"]))
        how = self._move(name, target) if self._alias_only else self._deploy(name, str(live["Version"]), target)
        reached = self._configuration(name, ALIAS)["Version"]
        if reached != target:
            raise DeployError(f"{name}: {how}, yet alias {ALIAS} is at version {reached}, not {target}")
        return "; ".join([f"{name}: version {target} is live ({how}): {', '.join(changes)}", *unread])

    def check(self, name: str, package: bytes) -> str:
        """Return a line that says what `ship` would make live; empty if nothing, or if the function is not there yet."""
        try:
            live, latest = self._configuration(name, ALIAS), self._configuration(name, LATEST)
        except DeployError:
            return ""
        changes = ", ".join(_changes(live, latest, _digest(package)))
        said = [*([f"waits to be shipped: {changes}"] if changes else []), *_unread(live, latest)]
        return f"{name}: {'; '.join(said)}" if said else ""

    def _configuration(self, name: str, qualifier: str) -> dict[str, Any]:
        try:
            return dict(self._lambda.get_function_configuration(FunctionName=name, Qualifier=qualifier))
        except self._lambda.exceptions.ResourceNotFoundException as missing:
            raise DeployError(
                f"{name}: no such function with an alias {ALIAS}; apply the infrastructure first"
            ) from missing

    def _publish(self, name: str, package: bytes, digest: str) -> str:
        """Publish `package`, uploaded unless $LATEST has it (its `digest`); return the version once it can be invoked.

        Where Terraform published this code and configuration before, Lambda answers with that version and makes no other.
        """
        self._settle("function_updated_v2", name)
        if digest == _digest(package):
            published = self._lambda.publish_version(FunctionName=name, CodeSha256=digest)
        else:
            published = self._lambda.update_function_code(FunctionName=name, ZipFile=package, Publish=True)
        version = str(published["Version"])
        self._settle("function_updated_v2", name)
        self._settle("published_version_active", name, Qualifier=version)
        return version

    def _settle(self, waiter: str, name: str, **selected: str) -> None:
        try:
            self._lambda.get_waiter(waiter).wait(FunctionName=name, **selected, WaiterConfig=_WAIT)
        except WaiterError as problem:
            last = problem.last_response.get("Configuration", problem.last_response)
            reason = last.get("LastUpdateStatusReason") or last.get("StateReason") or problem
            raise DeployError(f"{name}: {reason}") from problem

    def _move(self, name: str, target: str) -> str:
        self._lambda.update_alias(
            FunctionName=name, Name=ALIAS, FunctionVersion=target, RoutingConfig={"AdditionalVersionWeights": {}}
        )
        return "alias moved directly"

    def _deploy(self, name: str, live: str, target: str) -> str:
        try:
            deployment = self._codedeploy.create_deployment(
                applicationName=self._application, deploymentGroupName=name, revision=_revision(name, live, target)
            )["deploymentId"]
        except ClientError as problem:
            if not _unknown(problem):
                raise
            return f"{self._move(name, target)}: this target does no deployments"
        try:
            self._codedeploy.get_waiter("deployment_successful").wait(deploymentId=deployment, WaiterConfig=_WAIT)
        except WaiterError as problem:
            last = problem.last_response.get("deploymentInfo", {})
            reason = last.get("errorInformation", {}).get("message") or f"status {last.get('status', 'unknown')}"
            raise DeployError(
                f"{name}: deployment {deployment} of version {target} did not succeed: {reason}"
            ) from problem
        return f"deployment {deployment}"


def _changes(live: dict[str, Any], latest: dict[str, Any], digest: str) -> list[str]:
    """Return what differs between the live version and `latest` with the code of `digest`, each in some words."""
    changes = [] if live["CodeSha256"] == digest else ["code"]
    before, after = (configuration.get("Environment", {}).get("Variables", {}) for configuration in (live, latest))
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if names and not _unread(live, latest):
        changes.append(f"environment ({', '.join(names)})")  # values may be secret
    for word, field in _FROZEN.items():
        if (was := live.get(field) or None) != (now := latest.get(field) or None):
            changes.append(f"{word} {_shown(was)} -> {_shown(now)}")
    was, now = (configuration.get("SnapStart", {}).get("ApplyOn", "None") for configuration in (live, latest))
    return changes if was == now else [*changes, f"snap start {was} -> {now}"]


def _shown(value: object) -> str:
    return str(value or "none") if not isinstance(value, (dict, list)) else json.dumps(value)


def _unread(*configurations: dict[str, Any]) -> list[str]:
    """Return why an environment could not be read, as where the caller may not use the function's key; empty if all could."""
    errors = [configuration.get("Environment", {}).get("Error") for configuration in configurations]
    said = {f"environment not compared: {error.get('ErrorCode')}: {error.get('Message')}" for error in errors if error}
    return sorted(said)


def _digest(package: bytes) -> str:
    """Return the digest of a zip as Lambda shows it."""
    return base64.b64encode(hashlib.sha256(package).digest()).decode()


def _revision(name: str, live: str, target: str) -> dict[str, Any]:
    """The AppSpec that moves the alias from version `live` to `target`."""
    properties = {"Name": name, "Alias": ALIAS, "CurrentVersion": live, "TargetVersion": target}
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    content = json.dumps({"version": 0.0, "Resources": [{"function": resource}]})
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}


def _unknown(problem: ClientError) -> bool:
    status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status in _UNKNOWN_STATUS or problem.response.get("Error", {}).get("Code") in _UNKNOWN_CODES


def _read(package: Path) -> bytes:
    try:
        return package.read_bytes()
    except OSError as problem:
        raise DeployError(f"{package}: {problem.strerror}; make package makes it") from problem


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
