"""The one deploy step, as the process that pipeline and harness start, and the deployments of the embedded target under it."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import threading
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.embedded.clients import client
from harness.embedded.state import TargetState

SCRIPT = Path(__file__).parents[3] / "terraform" / "buildspecs" / "deploy_functions.py"
FUNCTIONS = ("api_handler", "ingest_normalizer", "reconciliation")
ACCOUNT = "arn:aws:iam::000000000000:role"
MOVE = ["lambda:GetAlias", "lambda:UpdateAlias"]


def code(answer: object) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py"), f"def handle(event, context):\n    return {answer!r}\n")
    return buffer.getvalue()


class System:
    """Three functions with an alias, an application and its groups, on a target; `name` is the start of every name."""

    def __init__(self, up: TargetState, name: str, packages: Path) -> None:
        self.up, self.name, self.packages = up, name, packages
        self.aws_lambda, self.codedeploy, self.iam = (self.client(one) for one in ("lambda", "codedeploy", "iam"))

    def client(self, service: str) -> Any:
        assert self.up.deployer is not None
        endpoint = self.up.endpoint_variables().get(f"AWS_ENDPOINT_URL_{service.upper()}", self.up.endpoint)
        return client(service, endpoint, self.up.deployer)

    def function(self, function: str) -> str:
        return f"{self.name}-{function.replace('_', '-')}"

    def create(self) -> None:
        self.role("lambda.amazonaws.com", "functions", [])
        self.role("codedeploy.amazonaws.com", "release", MOVE)
        self.codedeploy.create_application(applicationName=self.name, computePlatform="Lambda")
        for one in FUNCTIONS:
            name = self.function(one)
            self.aws_lambda.create_function(
                FunctionName=name, Runtime="python3.13", Role=f"{ACCOUNT}/{self.name}-functions", Handler="handler.handle",
                Code={"ZipFile": code("first")}, Publish=True,
            )  # fmt: skip
            self.aws_lambda.get_waiter("function_active_v2").wait(
                FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
            )
            self.aws_lambda.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
            self.group(name, "release")
            self.write(one, "first")

    def role(self, service: str, role: str, actions: list[str]) -> None:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        name = f"{self.name}-{role}"
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))  # fmt: skip
        if actions:
            arns = [f"arn:aws:lambda:us-east-1:000000000000:function:{self.function(one)}" for one in FUNCTIONS]
            scope = {"Effect": "Allow", "Action": actions, "Resource": [*arns, *(f"{arn}:*" for arn in arns)]}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [scope]})
            self.iam.put_role_policy(RoleName=name, PolicyName="scope", PolicyDocument=policy)

    def group(self, name: str, role: str) -> None:
        self.codedeploy.create_deployment_group(
            applicationName=self.name, deploymentGroupName=name, serviceRoleArn=f"{ACCOUNT}/{self.name}-{role}",
            deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce",
        )  # fmt: skip

    def write(self, function: str, answer: object) -> None:
        (self.packages / f"{function}.zip").write_bytes(code(answer))

    def deploy(self, *options: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        assert self.up.deployer is not None
        variables = {
            "PATH": os.environ["PATH"], "HOME": str(self.packages), "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": self.up.deployer.access_key_id, "AWS_SECRET_ACCESS_KEY": self.up.deployer.secret_access_key,
            **self.up.endpoint_variables(), **environment,
        }  # fmt: skip
        command = [sys.executable, "-I", str(SCRIPT), self.name, "--packages", str(self.packages), *options]
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)

    def live(self, function: str) -> tuple[str, Any]:
        """Version of the alias, and what an invocation of it answers."""
        name = self.function(function)
        answer = self.aws_lambda.invoke(FunctionName=name, Qualifier="live")["Payload"].read()
        return self.aws_lambda.get_alias(FunctionName=name, Name="live")["FunctionVersion"], json.loads(answer)

    def deployments(self) -> list[dict[str, Any]]:
        names = [{"applicationName": self.name, "deploymentGroupName": self.function(one)} for one in FUNCTIONS]
        found = [one for name in names for one in self.codedeploy.list_deployments(**name)["deployments"]]
        return [self.codedeploy.get_deployment(deploymentId=one)["deploymentInfo"] for one in found]


@pytest.fixture
def system(up: TargetState, tmp_path: Path) -> System:
    made = System(up, f"s{uuid.uuid4().hex[:8]}", tmp_path)
    made.create()
    return made


@pytest.fixture(scope="module")
def unmoved(up: TargetState, tmp_path_factory: pytest.TempPathFactory) -> System:
    """A system for tests after which every alias is where it was."""
    made = System(up, f"s{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("packages"))
    made.create()
    return made


def test_what_is_live_already_is_left_alone(unmoved: System) -> None:
    before = unmoved.deployments()
    done = unmoved.deploy()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{unmoved.function(one)}: version 1 is live already" for one in FUNCTIONS]
    assert (unmoved.deployments(), unmoved.live("api_handler")) == (before, ("1", "first"))


def test_new_code_goes_live_by_a_deployment_once_and_the_others_stay(system: System) -> None:
    system.write("reconciliation", "second")
    done = system.deploy()
    [deployment] = system.deployments()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[2] == (
        f"{system.function('reconciliation')}: version 2 is live (deployment {deployment['deploymentId']}): code"
    )
    assert (deployment["status"], deployment["deploymentGroupName"]) == ("Succeeded", system.function("reconciliation"))
    assert (system.live("reconciliation"), system.live("api_handler")) == (("2", "second"), ("1", "first"))
    again = system.deploy()
    assert "version 2 is live already" in again.stdout
    assert len(system.deployments()) == 1
    group = system.codedeploy.get_deployment_group(
        applicationName=system.name, deploymentGroupName=system.function("reconciliation")
    )["deploymentGroupInfo"]
    assert group["lastSuccessfulDeployment"]["deploymentId"] == deployment["deploymentId"]


CONFIGURATION = {
    "Timeout": 90, "MemorySize": 256, "Environment": {"Variables": {"LEVEL": "a secret", "SAME": "x"}},
    "EphemeralStorage": {"Size": 1024}, "TracingConfig": {"Mode": "Active"}, "Handler": "handler.other",
    "Runtime": "python3.12", "Description": "other", "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/other",
}  # fmt: skip
CHANGES = (
    'environment (GONE, LEVEL), description none -> other, ephemeral storage {"Size": 512} -> {"Size": 1024}, '
    "handler handler.handle -> handler.other, kms key none -> arn:aws:kms:us-east-1:000000000000:key/other, memory 128 -> 256, "
    'runtime python3.13 -> python3.12, timeout 3 -> 90, tracing {"Mode": "PassThrough"} -> {"Mode": "Active"}'
)
CHANGING_BY_ITSELF = {
    "CodeSize", "ConfigSha256", "FunctionArn", "FunctionName", "LastModified", "LastUpdateStatus", "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode", "MasterArn", "RevisionId", "RuntimeVersionConfig", "SigningJobArn", "SigningProfileVersionArn",
    "State", "StateReason", "StateReasonCode", "Version",
}  # fmt: skip
"""Also what signing makes of the code, which is compared by its digest."""


def reconfigure(system: System, function: str, **configuration: object) -> None:
    """Change $LATEST, as Terraform does."""
    name = system.function(function)
    system.aws_lambda.update_function_configuration(FunctionName=name, **configuration)
    settled = {"Delay": 0.1, "MaxAttempts": 300}
    system.aws_lambda.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=settled)


@pytest.mark.parametrize("published", [True, False], ids=["published by Terraform already", "not published yet"])
def test_a_changed_configuration_goes_live_by_a_deployment_once_and_is_said(system: System, published: bool) -> None:
    name = system.function("reconciliation")
    reconfigure(system, "reconciliation", Environment={"Variables": {"GONE": "x", "SAME": "x"}})
    assert system.deploy().returncode == 0
    reconfigure(system, "reconciliation", **CONFIGURATION)
    if published:
        system.aws_lambda.publish_version(FunctionName=name)
    assert system.deploy("--check").stdout == f"{name}: waits to be shipped: {CHANGES}\n"
    assert system.live("reconciliation")[0] == "2"
    done = system.deploy()
    last = system.codedeploy.get_deployment_group(applicationName=system.name, deploymentGroupName=name)
    deployment = last["deploymentGroupInfo"]["lastSuccessfulDeployment"]["deploymentId"]
    assert done.stdout.splitlines()[2] == f"{name}: version 3 is live (deployment {deployment}): {CHANGES}"
    live = system.aws_lambda.get_function_configuration(FunctionName=name, Qualifier="live")
    assert {field: live[field] for field in CONFIGURATION} == CONFIGURATION
    assert "version 3 is live already" in system.deploy().stdout
    assert (system.deploy("--check").stdout, len(system.deployments())) == ("", 2)
    versions = system.aws_lambda.list_versions_by_function(FunctionName=name)["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2", "3"]


def test_every_field_of_a_version_is_compared_or_known_to_change_by_itself(unmoved: System) -> None:
    operation = unmoved.aws_lambda.meta.service_model.operation_model("GetFunctionConfiguration")
    text = SCRIPT.read_text()
    compared = {field for field in operation.output_shape.members if f'"{field}"' in text}
    assert set(operation.output_shape.members) - compared - CHANGING_BY_ITSELF == set()


def test_code_and_configuration_go_live_together_in_one_deployment(system: System) -> None:
    reconfigure(system, "api_handler", Timeout=29)
    system.write("api_handler", "second")
    assert system.deploy().stdout.splitlines()[0].endswith(": code, timeout 3 -> 29")
    assert (len(system.deployments()), system.live("api_handler")) == (1, ("2", "second"))


def test_a_check_before_the_functions_are_there_says_nothing(up: TargetState, tmp_path: Path) -> None:
    absent = System(up, "absent", tmp_path)
    for one in FUNCTIONS:
        absent.write(one, "first")
    done = absent.deploy("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@contextmanager
def answering(live: dict[str, Any], latest: dict[str, Any]) -> Iterator[str]:
    """Start a server that answers a GET of $LATEST with `latest`, every other with `live`; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(latest if "LATEST" in self.path else live).encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("readable", [False, True], ids=["neither", "only that of $LATEST"])
def test_an_environment_that_cannot_be_read_is_not_compared_and_said(unmoved: System, readable: bool) -> None:
    """As where the caller may not decrypt with the function's key."""
    error = {"ErrorCode": "AccessDeniedException", "Message": "no kms:Decrypt"}
    digest = base64.b64encode(hashlib.sha256(code("first")).digest()).decode()
    unreadable = {"Version": "1", "CodeSha256": digest, "Environment": {"Error": error}}
    latest = unreadable | ({"Environment": {"Variables": {"STAGE": "live"}}} if readable else {})
    with answering(unreadable, latest) as endpoint:
        done = unmoved.deploy(AWS_ENDPOINT_URL_LAMBDA=endpoint)
        check = unmoved.deploy("--check", AWS_ENDPOINT_URL_LAMBDA=endpoint)
    said = "environment not compared: AccessDeniedException: no kms:Decrypt"
    assert done.stdout.splitlines()[0] == f"{unmoved.function('api_handler')}: version 1 is live already; {said}"
    assert check.stdout.splitlines()[0] == f"{unmoved.function('api_handler')}: {said}"


def test_a_service_role_without_the_right_fails_the_deployment_and_a_later_run_repairs_it(system: System) -> None:
    system.iam.delete_role_policy(RoleName=f"{system.name}-release", PolicyName="scope")
    system.write("api_handler", "second")
    done = system.deploy()
    [deployment] = system.deployments()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {system.function('api_handler')}: deployment {deployment['deploymentId']} of version 2 did not succeed: ")  # fmt: skip
    assert len(done.stderr.splitlines()) == 1
    assert "is not allowed lambda:GetAlias on" in done.stderr
    assert (deployment["status"], deployment["errorInformation"]["code"]) == ("Failed", "IAM_ROLE_PERMISSIONS")
    assert system.live("api_handler") == ("1", "first")
    policy = {"Effect": "Allow", "Action": MOVE, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    system.iam.put_role_policy(RoleName=f"{system.name}-release", PolicyName="scope", PolicyDocument=document)
    assert system.deploy().returncode == 0
    assert system.live("api_handler")[1] == "second"


def test_where_the_target_does_no_deployments_the_alias_is_moved_directly(system: System) -> None:
    system.write("api_handler", "second")
    moved = system.deploy("--alias-only")
    name = system.function("api_handler")
    assert (moved.returncode, system.live("api_handler")) == (0, ("2", "second"))
    assert moved.stdout.splitlines()[0] == f"{name}: version 2 is live (alias moved directly): code"
    system.write("api_handler", "third")
    unknown = system.deploy(AWS_ENDPOINT_URL_CODEDEPLOY=f"{system.up.endpoint}/")  # MiniStack has no CodeDeploy
    assert (unknown.returncode, system.live("api_handler")) == (0, ("3", "third"))
    assert "alias moved directly: this target does no deployments" in unknown.stdout
    assert system.deployments() == []


def test_an_application_that_is_not_there_and_a_missing_package_are_told_in_a_line(system: System) -> None:
    system.write("api_handler", "second")
    system.codedeploy.delete_application(applicationName=system.name)
    done = system.deploy()
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "ApplicationDoesNotExistException" in done.stderr
    (system.packages / "api_handler.zip").unlink()
    done = system.deploy()
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "api_handler.zip: No such file or directory; make package makes it" in done.stderr


@pytest.mark.parametrize(
    ("properties", "parts", "code", "message"),
    [
        ({"CurrentVersion": "7", "TargetVersion": "1"}, {}, "INVALID_LAMBDA_CONFIGURATION", "is at version 1, not 7"),
        ({"CurrentVersion": "1", "TargetVersion": "9"}, {}, "INVALID_LAMBDA_FUNCTION", "has no version 9"),
        ({"CurrentVersion": "1"}, {}, "INVALID_REVISION", "lacks TargetVersion"),
        (
            {},
            {"Hooks": [{"AfterAllowTraffic": None}]},
            "INVALID_LAMBDA_CONFIGURATION",
            "a hook of the AppSpec names no",
        ),
        ({}, {"Hooks": [{"AfterAllowTraffic": "f"}]}, "INVALID_REVISION", "does not run"),
    ],
    ids=["not the current version", "no such version", "no target", "a hook of no function", "a hook"],
)
def test_a_deployment_that_aws_would_fail_fails_and_moves_nothing(
    unmoved: System, properties: dict[str, str], parts: dict[str, Any], code: str, message: str
) -> None:
    name = unmoved.function("api_handler")
    resource = {"Type": "AWS::Lambda::Function", "Properties": {"Name": name, "Alias": "live", **properties}}
    content = json.dumps({"version": 0.0, "Resources": [{"function": resource}], **parts})
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}
    where = {"applicationName": unmoved.name, "deploymentGroupName": name}
    identifier = unmoved.codedeploy.create_deployment(**where, revision=revision)["deploymentId"]
    deployment = unmoved.codedeploy.get_deployment(deploymentId=identifier)["deploymentInfo"]
    assert (deployment["status"], deployment["errorInformation"]["code"]) == ("Failed", code)
    assert message in deployment["errorInformation"]["message"]
    assert unmoved.live("api_handler") == ("1", "first")


def test_a_role_that_does_not_trust_codedeploy_fails_the_deployment(system: System) -> None:
    name = system.function("api_handler")
    system.codedeploy.update_deployment_group(
        applicationName=system.name,
        currentDeploymentGroupName=name,
        serviceRoleArn=f"{ACCOUNT}/{system.name}-functions",
    )
    system.write("api_handler", "second")
    done = system.deploy()
    assert (done.returncode, system.live("api_handler")) == (1, ("1", "first"))
    assert f"{system.name}-functions does not trust codedeploy.amazonaws.com" in done.stderr
