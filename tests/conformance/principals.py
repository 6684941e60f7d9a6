"""Users made for a scenario: what their policies allow is asked by calls of their own."""

from collections.abc import Callable
from typing import Any

from harness import principals
from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from tests.conformance.makers import Cleanup, Statement, policy
from tests.conformance.refusing import denied

SECONDS = 3
"""How long a policy may take to reach the service that asks for it."""


def new_user(aws: AwsClients, name: str, cleanup: Cleanup, *statements: Statement, **user: Any) -> principals.Keys:
    """Return credentials of a new user with one inline policy, `scenario` (none without statements). `user`: more of CreateUser."""
    keys, iam = principals.new_user(aws, name, cleanup, **user), aws.client("iam")
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="scenario", PolicyDocument=policy(*statements))
        cleanup(iam.delete_user_policy, UserName=name, PolicyName="scenario")
    return keys


def await_allowed(call: Callable[..., Any], **arguments: Any) -> Any:
    """Wait until policies allow the call and return its answer, None if the service refuses it for another reason.

    Raises AssertionError where they do not allow it.
    """
    answers: list[Any] = []
    _await_decision(False, lambda: answers.append(call(**arguments)), {})
    return answers[-1] if answers else None


def await_denied(call: Callable[..., Any], **arguments: Any) -> None:
    """Wait until policies deny the call. Raises AssertionError where they do not."""
    _await_decision(True, call, arguments)


def _await_decision(expected: bool, call: Callable[..., Any], arguments: dict[str, Any]) -> None:
    wait_for("denied by policies", lambda: denied(call, **arguments), expected.__eq__, SECONDS)
