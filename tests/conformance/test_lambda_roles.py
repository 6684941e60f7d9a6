"""Whose the calls of a function are: its execution role's, as the target's own answers tell them, and nobody else's."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from harness.principals import DENIED
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_function, a_role, function_settled, new_name, require_runs
from tests.conformance.signed_call import SIGNED_CALL

pytestmark = scenario(
    service="lambda", lane="security", feature="execution role", aws="lambda-guide:lambda-intro-execution-role"
)
SOURCE = (
    SIGNED_CALL
    + """
import json, re


def handle(event, context):
    kind = dict(content_type="application/x-amz-json-1.0", x_amz_target="AmazonSQS.ListQueues")
    status, answer = call("sqs", b"{}", **kind)
    refused = "" if status == 200 else json.loads(answer)["__type"].rpartition("#")[2]
    asked = b"Action=GetCallerIdentity&Version=2011-06-15"
    _, identity = call("sts", asked, content_type="application/x-www-form-urlencoded")
    return dict(caller=re.search("<Arn>(.*)</Arn>", identity)[1], refused=refused)
"""
)


@dataclass(frozen=True)
class Made:
    """A function and its role, which allows nothing."""

    name: str
    role_arn: str

    @property
    def sessions(self) -> str:
        """How the ARN of each session of the role begins."""
        return self.role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/"


@pytest.fixture
def made(aws: AwsClients, cleanup: Cleanup) -> Made:
    require_runs(aws, "lambda")
    nothing = {"Effect": "Deny", "Action": "sqs:*"}
    arn = a_role(aws, new_name(), cleanup, "lambda", nothing)
    name = a_function(aws, new_name(), cleanup, SOURCE, Role=arn)
    return Made(name, arn)


def _told(aws: AwsClients, made: Made) -> dict[str, Any]:
    answer = aws.client("lambda").invoke(FunctionName=made.name)
    content = json.loads(answer["Payload"].read())
    return {"error": content} if "FunctionError" in answer else dict(content)


@scenario("lambda.execution-role.caller")
def test_a_functions_calls_are_its_roles_and_are_refused_what_its_role_is_denied(aws: AwsClients, made: Made) -> None:
    told = _told(aws, made)
    assert told.get("caller", "").startswith(made.sessions), told
    assert told["refused"] in DENIED


@scenario("lambda.execution-role.not-assumable")
def test_a_function_whose_role_cannot_be_assumed_makes_no_call_as_anybody_else(aws: AwsClients, made: Made) -> None:
    """Its role trusts Lambda no more, and a changed configuration wants new credentials: AWS refuses the change or the invocation."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.client("iam").update_assume_role_policy(RoleName=made.role_arn.rpartition("/")[2], PolicyDocument=document)
    try:
        aws.client("lambda").update_function_configuration(
            FunctionName=made.name, Environment={"Variables": {"A": "1"}}
        )
        function_settled(aws, made.name)
        told = _told(aws, made)
    except ClientError as refused:
        told = {"error": str(refused)}
    assert "error" in told or told["caller"].startswith(made.sessions), told


@scenario("lambda.runtimes.sdk", lane="data plane", feature="runtimes", aws="lambda-guide:lambda-python#python-sdk")
def test_pythons_runtime_brings_the_sdk(aws: AwsClients, cleanup: Cleanup) -> None:
    """An emulator that runs functions on a Python of its own may lack it: then each function that imports it fails there."""
    source = "import boto3\n\n\ndef handle(event, context):\n    return boto3.__name__\n"
    name = a_function(aws, new_name(), cleanup, source)
    answer = aws.client("lambda").invoke(FunctionName=name)
    assert ("FunctionError" not in answer, json.loads(answer["Payload"].read())) == (True, "boto3")
