"""How a service refuses a call: the code that programs branch on, and the HTTP status."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException")
"""Codes by which services say that a policy does not allow the call."""


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, int] | None:
    """Error code and HTTP status by which a call is refused; None where it is answered."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"]), int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return None


def denied(call: Callable[..., Any], **arguments: Any) -> bool:
    """Whether a policy does not allow the call; another refusal is an answer of the service, after its policies."""
    refused = refusal(call, **arguments)
    return refused is not None and refused[0] in DENIED
