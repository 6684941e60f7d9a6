"""A refusal is the record's fault and is quarantined; a failure of a service passes and is tried again."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from sending import RefusedError, SendError, is_refusal, send_messages
from tests.simulation.services.calls import cancelled


def of_aws(code):
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "PutItem")


REFUSALS = [
    *map(of_aws, ["ValidationException", "InvalidMessageContents", "AWS.SimpleQueueService.BatchRequestTooLong", "EntityTooLarge"]),
    ParamValidationError(report="…"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "…"), TypeError(), RecursionError(), KeyError("x"), RefusedError(),
    cancelled("None", "ValidationError"), cancelled("TransactionConflict", "ItemCollectionSizeLimitExceeded"),
]  # fmt: skip
FAILURES = [
    *map(of_aws, ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "InternalServerError"]),
    *map(of_aws, ["ServiceUnavailable", "503", "ExpiredTokenException", "AccessDeniedException", "ResourceNotFoundException"]),
    *map(of_aws, ["AWS.SimpleQueueService.NonExistentQueue", "KMS.DisabledException", "TransactionConflictException", "Unheard"]),
    cancelled("TransactionConflict"), cancelled("None", "ConditionalCheckFailed"), cancelled("ThrottlingError"),
    EndpointConnectionError(endpoint_url="…"), ConnectTimeoutError(endpoint_url="…"), ReadTimeoutError(endpoint_url="…"),
    NoCredentialsError(), ConnectionResetError(), TimeoutError(), MemoryError(), SendError(),
]  # fmt: skip


@pytest.mark.parametrize("error", REFUSALS, ids=repr)
def test_what_a_service_or_serializer_refuses_is_the_records_fault(error):
    assert is_refusal(error)


@pytest.mark.parametrize("error", FAILURES, ids=repr)
def test_what_passes_is_nobodys_fault(error):
    assert not is_refusal(error)


class Flaky:
    """A queue that fails each message as many times as told, with a code that passes."""

    def __init__(self, times: int) -> None:
        self.left: dict[str, int] = {}
        self.times = times
        self.taken: list[str] = []

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        failed = []
        for entry in Entries:
            left = self.left.setdefault(entry["MessageBody"], self.times if entry["MessageBody"] in "bd" else 0)
            self.left[entry["MessageBody"]] = left - 1
            (failed if left > 0 else self.taken).append(entry if left > 0 else entry["MessageBody"])
        return {"Failed": [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in failed]}


def test_messages_that_fail_for_the_moment_are_sent_again_and_no_other_twice():
    queue = Flaky(2)
    assert send_messages(queue, "url", list("abcde")) == {}
    assert sorted(queue.taken) == list("abcde")


def test_messages_that_keep_failing_raise_with_the_code():
    with pytest.raises(SendError, match=r"2 messages in 3 attempts \(InternalError\): they are sent again later"):
        send_messages(Flaky(3), "url", list("abcde"))
