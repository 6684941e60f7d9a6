"""Users made for a scenario: what their policies allow is asked by calls of their own."""

import json
from collections.abc import Callable
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from tests.conformance.conftest import Cleanup
from tests.conformance.refusing import denied, refusal

Keys = dict[str, str]
"""Credentials by boto3's names."""
Statement = dict[str, Any]
UNKNOWN_YET = "InvalidClientTokenId"
SECONDS = 3
"""How long a policy may take to reach the service that asks for it."""


def policy(*statements: Statement) -> str:
    """A document of these statements; what they leave out is Allow, and every resource."""
    full = [{"Effect": "Allow", **({} if "NotResource" in one else {"Resource": "*"}), **one} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": full})


def new_user(aws: AwsClients, name: str, cleanup: Cleanup, *statements: Statement, **user: Any) -> Keys:
    """Credentials of a new user with one inline policy, `scenario` (none without statements). `user`: more of CreateUser."""
    iam = aws.client("iam")
    iam.create_user(UserName=name, **user)
    cleanup(iam.delete_user, UserName=name)
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="scenario", PolicyDocument=policy(*statements))
        cleanup(iam.delete_user_policy, UserName=name, PolicyName="scenario")
    made = iam.create_access_key(UserName=name)["AccessKey"]
    cleanup(iam.delete_access_key, UserName=name, AccessKeyId=made["AccessKeyId"])
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    asked = aws.client("sts", **keys).get_caller_identity
    wait_for("the user is known", lambda: refusal(asked), lambda refused: not refused or refused[0] != UNKNOWN_YET)
    return keys


def await_allowed(call: Callable[..., Any], **arguments: Any) -> None:
    """Waits until policies allow the call. Raises AssertionError where they do not."""
    _await_decision(False, call, arguments)


def await_denied(call: Callable[..., Any], **arguments: Any) -> None:
    """Waits until policies deny the call. Raises AssertionError where they do not."""
    _await_decision(True, call, arguments)


def _await_decision(expected: bool, call: Callable[..., Any], arguments: dict[str, Any]) -> None:
    wait_for("denied by policies", lambda: denied(call, **arguments), expected.__eq__, SECONDS)
