"""Letters as the system, SQS, EventBridge and Lambda write them."""

import base64
import json
import uuid
from dataclasses import dataclass
from typing import Any

from harness.feed.records import position
from harness.system import System

ALIAS = "live"
RECORD_ID = "shardId-000000000000:4959033827149025660855969253836157109592157598913658"
POSITION = json.dumps(position("ACC-0001", "US0378331005", "-")).encode()
EVENT = {
    "version": "0", "id": "e", "detail-type": "EntitlementCompleted", "source": "asset-servicing",
    "detail": {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-0001"},
}  # fmt: skip


def batch_of(
    payload: Any, info: str = "KinesisBatchInfo", arn: str = "arn:aws:kinesis:eu-west-1:1:stream/positions"
) -> dict[str, Any]:
    """Return the invocation record that Lambda's developer guide shows ("Retain discarded batch records", S3 destination)."""
    batch = {"shardId": "shardId-000000000000", "batchSize": 2, "streamArn": arn}
    return {
        "requestContext": {"requestId": "r", "functionArn": "f", "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0", "timestamp": "2026-11-14T00:38:06.021Z", info: batch, "payload": payload,
    }  # fmt: skip


def stream_event(*record_ids: str, data: bytes = b"{}") -> dict[str, Any]:
    """Return what Lambda calls ingest-normalizer with."""
    kinesis = {"partitionKey": "p", "data": base64.b64encode(data).decode()}
    return {"Records": [{"eventSource": "aws:kinesis", "eventID": name, "kinesis": kinesis} for name in record_ids]}


def request(*record_ids: str) -> dict[str, Any]:
    """Return an entitlement request."""
    facts = [
        {"record_id": name, "received_at": "2026-11-30T12:00:00.000Z", "record": json.loads(POSITION)}
        for name in record_ids
    ]
    return {"kind": "facts", "request_id": "request-1", "facts": facts}


@dataclass(frozen=True)
class GivenUp:
    """Puts letters where the system puts them; each returns the letter's id."""

    system: System

    def message(self, body: Any, **attributes: str) -> str:
        told = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        text = body if isinstance(body, str) else json.dumps(body)
        url = self.system.outputs["dead_letter_queue_url"]
        return str(
            self.system.client("sqs").send_message(QueueUrl=url, MessageBody=text, MessageAttributes=told)["MessageId"]
        )

    def quarantine(self, original: bytes = POSITION, record_id: str = RECORD_ID, **fields: str) -> str:
        said = {
            "reason": "not_a_decimal",
            "field": "settled_quantity",
            "detail": "'-' is no decimal",
            "received_at": "2026-11-30T12:00:00.000Z",
        }
        body = {
            "kind": "quarantine",
            "record_id": record_id,
            **said,
            "original_base64": base64.b64encode(original).decode(),
            **fields,
        }
        return self.message(body)

    def large(self, original: bytes, record_id: str = RECORD_ID) -> str:
        key = f"quarantine/{uuid.uuid4().hex}"
        self.system.client("s3").put_object(Bucket=self.bucket, Key=key, Body=original)
        fields = {"reason": "not_json", "field": "", "detail": "", "received_at": "2026-11-30T12:00:00.000Z"}
        return self.message({"kind": "quarantine", "record_id": record_id, **fields, "original_s3_key": key})

    def batch(self, record: Any, prefix: str = "aws/lambda/m/shardId-000000000000/2026/11/14/") -> str:
        name = f"2026-11-14T00.38.06-{uuid.uuid4()}"
        body = record if isinstance(record, str) else json.dumps(record)
        self.system.client("s3").put_object(Bucket=self.bucket, Key=f"{prefix}{name}", Body=body.encode())
        return name

    @property
    def bucket(self) -> str:
        return str(self.system.outputs["reports_bucket"])

    def state(self, item_id: str, state: str, **fields: str) -> None:
        """Write an item of queue-state."""
        item = {"id": item_id, "kind": "record", "state": state, "received_at": "2026-11-30T12:00:00.000Z", **fields}
        table = self.system.outputs["queue_state_table_name"]
        self.system.client("dynamodb").put_item(
            TableName=table, Item={name: {"S": value} for name, value in item.items()}
        )

    def messages_on(self, output: str) -> list[str]:
        """Return the bodies of the messages on a queue, which are taken."""
        answer = self.system.client("sqs").receive_message(QueueUrl=self.system.outputs[output], MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]

    def keys(self, prefix: str = "") -> list[str]:
        """Return the keys of the reports bucket."""
        answer = self.system.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in answer.get("Contents", [])]
