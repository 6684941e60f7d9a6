"""Whose the calls of a function are: its execution role's, as the target's own answers tell them, and nobody else's."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from harness.principals import DENIED
from tests.conformance.making import function, function_settled, require_runs, role

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/"
pytestmark = pytest.mark.scenario(
    service="lambda", lane="security", feature="execution role", aws=f"{GUIDE}lambda-intro-execution-role.html"
)
SOURCE = """
import boto3
from botocore.exceptions import ClientError


def handle(event, context):
    try:
        boto3.client("sqs").list_queues()
        refused = ""
    except ClientError as error:
        refused = error.response["Error"]["Code"]
    return {"caller": boto3.client("sts").get_caller_identity()["Arn"], "refused": refused}
"""


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
def made(aws: AwsClients) -> Iterator[Made]:
    require_runs(aws, "lambda")
    nothing = {"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}
    with role(aws, "lambda.amazonaws.com", nothing) as arn, function(aws, SOURCE, arn) as name:
        yield Made(name, arn)


def _told(aws: AwsClients, made: Made) -> dict[str, Any]:
    answer = aws.client("lambda").invoke(FunctionName=made.name)
    content = json.loads(answer["Payload"].read())
    return {"error": content} if "FunctionError" in answer else dict(content)


@pytest.mark.scenario("lambda.execution-role.caller")
def test_a_functions_calls_are_its_roles_and_are_refused_what_its_role_is_denied(aws: AwsClients, made: Made) -> None:
    told = _told(aws, made)
    assert told.get("caller", "").startswith(made.sessions), told
    assert told["refused"] in DENIED


@pytest.mark.scenario("lambda.execution-role.not-assumable")
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
