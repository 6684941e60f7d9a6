"""Quarantine: what can never be read goes to the dead-letter queue with its reason and original (contracts, "What becomes of a record")."""

import base64
import json
from typing import Any
from urllib.parse import quote

from functions.ingest_normalizer.lines import Refused
from functions.ingest_normalizer.settings import Settings

MOST_INLINE_BYTES = 700_000
"""Base64 of a larger original would not fit a message of 1 MiB: it goes to S3."""


def quarantine(sqs: Any, s3: Any, settings: Settings, refused: Refused) -> None:
    """Sends the quarantine message; a large original is put into the reports bucket first."""
    line = refused.line
    message: dict[str, str] = {
        "kind": "quarantine",
        "record_id": line.record_id,
        "reason": refused.reason,
        "field": refused.field,
        "detail": refused.detail,
        "received_at": line.received_at,
    }
    if len(line.data) > MOST_INLINE_BYTES:
        key = f"quarantine/{quote(line.record_id, safe='')}"
        s3.put_object(Bucket=settings.reports_bucket, Key=key, Body=line.data)
        message["original_s3_key"] = key
    else:
        message["original_base64"] = base64.b64encode(line.data).decode()
    sqs.send_message(QueueUrl=settings.dead_letter_queue_url, MessageBody=json.dumps(message))
