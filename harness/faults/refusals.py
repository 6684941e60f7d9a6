"""Batches of which one entry is said to have failed, as SQS, DynamoDB and EventBridge say it.

The entry was done: the hardest case, as it is sent again. What a service says of such a failure does not tell whether it was done.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from harness.faults.edits import without_checksums
from harness.faults.messages import Answer, Request

Body = dict[str, Any]
CODE = "InternalFailure"


def _of_sqs(_: Body, told: Body) -> bool:
    if not told.get("Successful"):
        return False
    entry = {"Id": told["Successful"].pop()["Id"], "SenderFault": False, "Code": CODE, "Message": "planted"}
    told["Failed"] = [*told.get("Failed", []), entry]
    return True


def _of_dynamodb(asked: Body, told: Body) -> bool:
    table, writes = next(iter(asked["RequestItems"].items()))
    told["UnprocessedItems"] = {table: writes[-1:]}
    return True


def _of_events(_: Body, told: Body) -> bool:
    told["Entries"][-1] = {"ErrorCode": CODE, "ErrorMessage": "planted"}
    told["FailedEntryCount"] = 1
    return True


OF_OPERATION: Mapping[str, Callable[[Body, Body], bool]] = {
    "sqs:SendMessageBatch": _of_sqs,
    "sqs:DeleteMessageBatch": _of_sqs,
    "dynamodb:BatchWriteItem": _of_dynamodb,
    "events:PutEvents": _of_events,
}
"""How the answer to a batch says that an entry failed, by call; both bodies are JSON objects."""


def refuse_one(call: str, request: Request, answer: Answer) -> bool:
    """Change a success so that it says the last entry failed; return False where the call has no such answer."""
    say = OF_OPERATION.get(call)
    if say is None or answer.status >= 300:
        return False
    told = json.loads(answer.body)
    if not say(json.loads(request.body), told):
        return False
    answer.body = json.dumps(told).encode()
    answer.headers = without_checksums(answer.headers)
    return True
