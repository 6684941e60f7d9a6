"""Principals made for a question and removed after it, and the words by which services refuse them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from harness.deadline import wait_for

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException")
"""Error codes by which services say that a policy does not allow the call."""
WRONG_SIGNATURE = ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature")
"""Error codes by which services refuse a signature."""
NOT_YET = ("AccessDenied", "InvalidClientTokenId", "UnrecognizedClientException")
"""What STS answers while a new principal has not reached every part of IAM."""

Keys = dict[str, str]
"""Credentials by boto3's names."""


@contextmanager
def user_without_policy(clients: AwsClients) -> Iterator[Keys]:
    """Credentials of a new user that no policy names."""
    iam, name = clients.client("iam"), f"scope-canary-{uuid.uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    try:
        made = iam.create_access_key(UserName=name)["AccessKey"]
        keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
        try:
            _await_known(clients, keys)
            yield keys
        finally:
            iam.delete_access_key(UserName=name, AccessKeyId=made["AccessKeyId"])
    finally:
        iam.delete_user(UserName=name)


def refusal(call: Any, **arguments: Any) -> str | None:
    """The error code by which the target refuses a call; None where it answers."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def _await_known(clients: AwsClients, keys: Keys) -> None:
    sts = clients.client("sts", **keys)
    wait_for("the user is known", lambda: refusal(sts.get_caller_identity), lambda code: code not in NOT_YET)
