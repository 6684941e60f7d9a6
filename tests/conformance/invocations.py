"""A function that tells what it was invoked with, and does what the records say: how event source mappings are judged.

It sends each invocation to a FIFO queue, its witness, before it obeys. A record's body is JSON: `{"id": …, "do": …}`,
where `do` is `fail` (the invocation raises), `item` (named in batchItemFailures), or left out.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from tests.conformance.makers import Cleanup, a_function, a_queue, a_role, new_name, queue_arn, require_runs
from tests.conformance.receiving import nothing, repeated, take
from tests.conformance.signed_call import SIGNED_CALL

SOURCE = (
    SIGNED_CALL
    + '''
import base64, json, time, uuid


def facts(record):
    """The id of the record for batchItemFailures, its order's body."""
    if "kinesis" in record:
        return record["kinesis"]["sequenceNumber"], json.loads(base64.b64decode(record["kinesis"]["data"]))
    if "dynamodb" in record:
        image = record["dynamodb"].get("NewImage") or {}
        body = {name: value["S"] for name, value in image.items() if "S" in value}
        return record["dynamodb"]["SequenceNumber"], {"id": record["dynamodb"]["Keys"]["sk"]["S"], **body}
    return record["messageId"], json.loads(record["body"])


def handle(event, context):
    records = event.get("Records", [])
    bodies = [facts(record) for record in records]
    told = {
        "began": time.time(),
        "ids": [body.get("id") for _, body in bodies],
        "records": records,
        "arn": context.invoked_function_arn,
        "version": context.function_version,
    }
    told["ended"] = time.time()
    message = {
        "QueueUrl": os.environ["WITNESS"],
        "MessageBody": json.dumps(told),
        "MessageGroupId": (records[0].get("eventSourceARN") if records else None) or "none",
        "MessageDeduplicationId": str(uuid.uuid4()),
    }
    kind = {"content_type": "application/x-amz-json-1.0", "x_amz_target": "AmazonSQS.SendMessage"}
    status, answer = call("sqs", json.dumps(message).encode(), **kind)
    if status != 200:
        raise RuntimeError(f"the witness was not told: {status} {answer}")
    if any(body.get("do") == "fail" for _, body in bodies):
        raise RuntimeError("as the record says")
    return {"batchItemFailures": [{"itemIdentifier": one} for one, body in bodies if body.get("do") == "item"]}
'''
)
STREAM_ACTIONS = {
    "kinesis": [
        "DescribeStream",
        "DescribeStreamSummary",
        "GetRecords",
        "GetShardIterator",
        "ListShards",
        "ListStreams",
    ],
    "dynamodb": ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"],
    "sqs": ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility", "SendMessage"],
}


@dataclass
class Witness:
    """The function (its `name`) and the queue that it tells. `told`: what was read and not asked for yet, by source."""

    aws: AwsClients
    name: str
    url: str
    told: dict[str, list[dict[str, Any]]]

    def _read(self) -> None:
        for message in take(self.aws, self.url):
            group = message["Attributes"]["MessageGroupId"]
            self.told.setdefault(group, []).append(json.loads(message["Body"]))

    def so_far(self, source_arn: str) -> list[dict[str, Any]]:
        """The invocations with records of a source of which the function has told, after one more look."""
        self._read()
        return list(self.told.get(source_arn, []))

    def until(
        self,
        source_arn: str,
        accept: Callable[[list[dict[str, Any]]], bool],
        seconds: float = 60,
        again: Callable[[], object] = nothing,
    ) -> list[dict[str, Any]]:
        """The invocations with records of a source, in their order; waits until `accept` takes them. `again` is called as by `receive`."""
        send = repeated(again)

        def observe() -> list[dict[str, Any]]:
            send()
            return self.so_far(source_arn)

        return wait_for("invocations", observe, accept, seconds)

    def ids(self, source_arn: str, count: int) -> list[str]:
        """Return the ids of the records in the order in which they first came; waits for `count` of them.

        Raises AssertionError where more than one batch came twice, as at-least-once delivery hardly ever does.
        """
        came = batches(self.until(source_arn, lambda found: len({*ids_of(found)}) >= count))
        twice = [batch for place, batch in enumerate(came) if batch in came[:place]]
        assert len(twice) <= 1, f"came twice: {twice}"
        return list(dict.fromkeys(chain.from_iterable(came)))

    def after(self, source_arn: str, name: str, least: int = 1) -> tuple[list[str], list[str]]:
        """Wait for the first batch of `least` records or more that holds the record `name`, and the batch that comes next; return both."""

        def pairs(told: list[dict[str, Any]]) -> list[tuple[list[str], list[str]]]:
            return [pair for pair in pairwise(batches(told)) if name in pair[0] and len(pair[0]) >= least]

        return pairs(self.until(source_arn, lambda told: bool(pairs(told))))[0]


def batches(told: list[dict[str, Any]]) -> list[list[str]]:
    """The ids of each invocation's records."""
    return [one["ids"] for one in told]


def ids_of(told: list[dict[str, Any]]) -> list[str]:
    """The ids of all records, in the order in which they came."""
    return [name for one in told for name in one["ids"]]


def witness(aws: AwsClients, cleanup: Cleanup) -> Witness:
    """Return a function with its role and its queue. Unsupported where functions cannot run."""
    require_runs(aws, "lambda")
    url = a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true"})
    resource = f"{queue_arn(aws, url).rsplit(':', 1)[0]}:conformance-*"
    allowed = [
        {"Action": [f"{service}:{action}" for action in actions], "Resource": _resources(resource, service)}
        for service, actions in STREAM_ACTIONS.items()
    ]
    role, told = a_role(aws, new_name(), cleanup, "lambda", *allowed), {"Variables": {"WITNESS": url}}
    return Witness(aws, a_function(aws, new_name(), cleanup, SOURCE, Role=role, Environment=told), url, {})


def _resources(queues: str, service: str) -> str:
    """What a service calls the scenarios' own resources, from the name of the queues."""
    kind = {"kinesis": ":stream/conformance-", "dynamodb": ":table/conformance-", "sqs": ":conformance-"}[service]
    return queues.replace(":sqs:", f":{service}:").replace(":conformance-", kind)
