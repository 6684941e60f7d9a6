"""A refusal is the record's fault and is quarantined; a failure of a service passes and is tried again."""

import json
from concurrent.futures import ThreadPoolExecutor
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

from functions.ingest_normalizer.ingest import Clients, ingest
from functions.ingest_normalizer.lines import Line
from functions.ingest_normalizer.settings import Settings
from sending import RefusedError, SendError, is_refusal, send_messages
from tests.unit.domain.facts import position


def of_aws(code):
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "PutItem")


REFUSALS = [
    *map(of_aws, ["ValidationException", "InvalidMessageContents", "AWS.SimpleQueueService.BatchRequestTooLong", "EntityTooLarge"]),
    ParamValidationError(report="…"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "…"), TypeError(), RecursionError(), KeyError("x"), RefusedError(),
]  # fmt: skip
FAILURES = [
    *map(of_aws, ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "InternalServerError"]),
    *map(of_aws, ["ServiceUnavailable", "503", "ExpiredTokenException", "AccessDeniedException", "ResourceNotFoundException"]),
    *map(of_aws, ["AWS.SimpleQueueService.NonExistentQueue", "KMS.DisabledException", "TransactionConflictException", "Unheard"]),
    EndpointConnectionError(endpoint_url="…"), ConnectTimeoutError(endpoint_url="…"), ReadTimeoutError(endpoint_url="…"),
    NoCredentialsError(), ConnectionResetError(), TimeoutError(), MemoryError(), SendError(),
]  # fmt: skip


@pytest.mark.parametrize("error", REFUSALS, ids=repr)
def test_what_a_service_or_serializer_refuses_is_the_records_fault(error):
    assert is_refusal(error)


@pytest.mark.parametrize("error", FAILURES, ids=repr)
def test_what_passes_is_nobodys_fault(error):
    assert not is_refusal(error)


class Services:
    """A table, queue and bucket in one: `error` is raised for a position of account ACC-2."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.positions: list[str] = []
        self.sent: dict[str, list[Any]] = {}
        self.states: dict[str, str] = {}

    def put_item(self, TableName: str, Item: dict[str, Any], **_: Any) -> None:
        if TableName == "states":
            self.states[Item["id"]["S"]] = Item["state"]["S"]
        elif Item["safekeeping_account"]["S"] == "ACC-2":
            raise self.error
        else:
            self.positions.append(Item["safekeeping_account"]["S"])

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        self.sent.setdefault(QueueUrl, []).extend(json.loads(entry["MessageBody"]) for entry in Entries)
        return {}


def run(services, *accounts):
    lines = [
        Line(f"s:{each[-1]}", "2026-03-16T00:00:00Z", json.dumps(position("5", safekeeping_account=each)).encode())
        for each in accounts
    ]
    with ThreadPoolExecutor(4) as pool:
        return ingest(
            lines,
            Settings("positions", "states", "requests", "dead", "reports", "30"),
            Clients(services, services, services, pool),
        )


def test_a_record_that_a_service_refuses_is_quarantined_alone_and_its_batch_is_done():
    services = Services(of_aws("ValidationException"))
    assert run(services, "ACC-1", "ACC-2", "ACC-3") == {"facts": 2, "quarantined": 1}
    assert sorted(services.positions) == ["ACC-1", "ACC-3"]
    requested = [fact["record_id"] for request in services.sent["requests"] for fact in request["facts"]]
    (told,) = services.sent["dead"]
    assert requested == ["s:1", "s:3"]
    assert (told["record_id"], told["reason"], told["detail"][:19]) == ("s:2", "unprocessable", "ValidationException")
    assert {key: state for key, state in services.states.items() if key.startswith("s:")} == {
        "s:1": "RECEIVED",
        "s:2": "QUARANTINED",
        "s:3": "RECEIVED",
    }


@pytest.mark.parametrize("error", FAILURES[:2] + FAILURES[-7:-4], ids=repr)
def test_a_failure_of_a_service_raises_and_quarantines_nothing(error):
    services = Services(error)
    with pytest.raises(type(error)):
        run(services, "ACC-1", "ACC-2", "ACC-3")
    assert "dead" not in services.sent
    assert "QUARANTINED" not in services.states.values()


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
