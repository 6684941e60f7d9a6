"""Principals made for a question and removed after it, and the words by which services refuse them."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from harness.deadline import wait_for

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException")
"""Error codes by which services say that a policy does not allow the call."""
WRONG_SIGNATURE = ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature")
"""Error codes by which services refuse a signature."""
UNKNOWN_KEY = ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId")
"""Error codes by which services refuse an access key that they do not know, or do not know yet."""
NOT_YET = ("AccessDenied", *UNKNOWN_KEY)
"""What STS answers while a new principal has not reached every part of IAM."""

Keys = dict[str, str]
"""Credentials by boto3's names."""


def new_user(clients: AwsClients, name: str, later: Callable[..., object], **more: Any) -> Keys:
    """Return credentials of a new user. `later` takes calls that remove user and key, the last one to be made first."""
    iam = clients.client("iam")
    iam.create_user(UserName=name, **more)
    later(iam.delete_user, UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    later(iam.delete_access_key, UserName=name, AccessKeyId=made["AccessKeyId"])
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    sts = clients.client("sts", **keys)
    wait_for("the user is known", lambda: error_code(sts.get_caller_identity), lambda code: code not in NOT_YET)
    return keys


@contextmanager
def user_without_policy(clients: AwsClients) -> Iterator[Keys]:
    """Give credentials of a new user that no policy names, and remove the user afterwards."""
    with ExitStack() as removals:
        yield new_user(clients, f"scope-canary-{uuid.uuid4().hex[:12]}", removals.callback)


def known_error_code(call: Any, **arguments: Any) -> str | None:
    """Return the error code by which a call of a new user is refused once its service knows the key; None where it answers."""
    return wait_for(
        "the service knows the key", lambda: error_code(call, **arguments), lambda code: code not in UNKNOWN_KEY
    )


def error_code(call: Any, **arguments: Any) -> str | None:
    """Return the error code by which the target refuses a call; None where it answers."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None
