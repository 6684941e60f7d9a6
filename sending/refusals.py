"""Whether AWS refused what was sent, or failed: the first is the record's fault and never passes, the second passes."""

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

REFUSED = frozenset(
    {
        "ItemCollectionSizeLimitExceededException",
        "SerializationException",
        "ValidationException",
        "BatchRequestTooLong",
        "InvalidMessageContents",
        "InvalidParameterValue",
        "InvalidParameterValueException",
        "InvalidArgument",
        "InvalidArgumentException",
        "MalformedDetail",
        "EntityTooLarge",
        "KeyTooLongError",
        "RequestEntityTooLargeException",
        "ItemCollectionSizeLimitExceeded",
        "ValidationError",
    }
)
"""Codes with which DynamoDB, SQS, S3, EventBridge and Kinesis refuse a value (API references, "Errors"); the last two are reasons for which
DynamoDB cancels a transaction. Every other code passes:
throttling, 5xx, expired credentials, a missing permission, key, table or queue.
What is refused for one of those is good once the system is mended."""


class RefusedError(ValueError):
    """A service can never take something for what it holds. The message has the service's codes."""


class SendError(RuntimeError):
    """A service took some messages only, and the others not for the moment."""


def is_refusal(error: BaseException) -> bool:
    """Return True if a call failed because of the values in it; False for failures of a service or of the way to it."""
    if isinstance(error, ClientError):
        return not REFUSED.isdisjoint((code_of(error), *cancellations(error)))
    return not isinstance(error, BotoCoreError | OSError | MemoryError | SendError) or isinstance(
        error, ParamValidationError
    )


def cancellations(error: ClientError) -> list[str]:
    """Return why DynamoDB cancelled a transaction, a code for each write ("None" where it was not the reason); none for other errors."""
    return [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", ())]


def code_of(error: BaseException) -> str:
    """Return AWS's error code without its namespace (`AWS.SimpleQueueService.`), or the exception's name where AWS did not raise it."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "")).rpartition(".")[2]
    return type(error).__name__
