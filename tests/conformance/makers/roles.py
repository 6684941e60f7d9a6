"""Roles that services assume, and the wait until a service knows a new one."""

import json
from collections.abc import Callable
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from tests.conformance.makers.maker import Cleanup
from tests.conformance.refusing import refusal

Statement = dict[str, Any]
UNKNOWN_ROLE = (
    "InvalidParameterValueException",
    "InvalidStructureException",
    "InvalidInputException",
    "InvalidRoleException",
    "BadRequestException",
)
"""Codes by which services refuse a role that has not reached them yet."""


def policy(*statements: Statement) -> str:
    """Return a document of these statements; what they leave out is Allow, and every resource."""
    full = [{"Effect": "Allow", **({} if "NotResource" in one else {"Resource": "*"}), **one} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": full})


def a_role(aws: AwsClients, name: str, cleanup: Cleanup, service: str, *statements: Statement, **more: Any) -> str:
    """Return the ARN of a role that `service` (as `lambda`) may assume, and which may do what `statements` allow."""
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]["Arn"])
    cleanup(iam.delete_role, RoleName=name)
    await_answer(None, refusal, iam.get_role, RoleName=name)  # "changes … are eventually consistent": before it is used
    if statements:
        cleanup(iam.delete_role_policy, RoleName=name, PolicyName="own")
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
    return arn


def await_role(create: Callable[..., Any], seconds: float = 10, **arguments: Any) -> None:
    """Create what acts as a new role, as soon as the service knows the role. Raises AssertionError where it is refused."""
    last = wait_for(
        "the role is known",
        lambda: refusal(create, **arguments),
        lambda refused: refused is None or refused[0] not in UNKNOWN_ROLE,
        seconds,
    )
    assert last is None, f"refused: {last}"
