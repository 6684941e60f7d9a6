"""Ships the functions' code: the one deploy step that the pipeline and `make apply` share. Standard library and boto3 only.

For each function zip beside this script (or in --packages): where the alias `live` has that very code nothing is done. Else a
new version is published and CodeDeploy moves the alias to it; the step is over when the deployment has succeeded and the alias
shows the version. Where the target does no deployments (it answers as for an operation that it does not know, or --alias-only)
the alias is moved directly.
Functions and deployment groups are named APPLICATION-<function>. Endpoints, region and credentials come from the environment.
Exit status: 0 all live, 1 a function could not be shipped (one line says why), 2 usage.
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
POLL_SECONDS = 1
LONGEST_SECONDS = 600
_WAIT = {"Delay": POLL_SECONDS, "MaxAttempts": LONGEST_SECONDS // POLL_SECONDS}
_CONFIG = Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 5})
# What targets answer to a service or operation that they do not have: by HTTP status, or by error code.
_UNKNOWN_STATUS = (404, 501)
_UNKNOWN_CODES = ("400", "InvalidAction", "NotImplemented", "NotImplementedException", "UnknownOperationException")


class DeployError(Exception):
    """A function that could not be shipped; the text is one line for people."""


def main(arguments: list[str]) -> int:
    """Ships every function and prints a line for each; returns the exit status."""
    parser = argparse.ArgumentParser(prog="deploy_functions.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("application", metavar="APPLICATION", help="CodeDeploy application, and start of every name")
    parser.add_argument(
        "--packages", type=Path, metavar="DIR", default=Path(__file__).parent, help="folder of the zips"
    )
    parser.add_argument("--alias-only", action="store_true", help="move the aliases without CodeDeploy")
    chosen = parser.parse_args(arguments)
    try:
        packages = {name: _read(chosen.packages / f"{name}.zip") for name in FUNCTIONS}
        deploy = Deploy(chosen.application, chosen.alias_only)
        for name, package in packages.items():
            print(deploy.ship(f"{chosen.application}-{name.replace('_', '-')}", package), flush=True)
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
        """Makes `package` the live code of the function; returns what was done. Raises DeployError and botocore's errors."""
        live, digest = self._live(name)
        if digest == base64.b64encode(hashlib.sha256(package).digest()).decode():
            return f"{name}: version {live} is live already"
        target = self._publish(name, package)
        how = self._move(name, target) if self._alias_only else self._deploy(name, live, target)
        reached, _ = self._live(name)
        if reached != target:
            raise DeployError(f"{name}: {how}, yet alias {ALIAS} is at version {reached}, not {target}")
        return f"{name}: version {target} is live ({how})"

    def _live(self, name: str) -> tuple[str, str]:
        """Version and code digest that the alias shows."""
        try:
            found = self._lambda.get_function_configuration(FunctionName=name, Qualifier=ALIAS)
        except self._lambda.exceptions.ResourceNotFoundException as missing:
            raise DeployError(
                f"{name}: no such function with an alias {ALIAS}; apply the infrastructure first"
            ) from missing
        return str(found["Version"]), str(found["CodeSha256"])

    def _publish(self, name: str, package: bytes) -> str:
        """Uploads and publishes; returns the version once it can be invoked. Lambda may still be at work before and after."""
        self._settle("function_updated_v2", name)
        version = str(self._lambda.update_function_code(FunctionName=name, ZipFile=package, Publish=True)["Version"])
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
