"""Entry point: wires the clients once per process, then brings each touched account's reports up to date."""

from functools import cache
from typing import Any

import boto3

from functions.reconciliation.changes import touched
from functions.reconciliation.reports import bring_up_to_date
from functions.reconciliation.settings import Settings


@cache
def _wire() -> tuple[Any, Any, Settings]:
    return boto3.client("dynamodb"), boto3.client("s3"), Settings.from_environment()


def handle(event: dict[str, Any], _context: Any) -> dict[str, list[Any]]:
    """Reconcile after a DynamoDB stream batch. A failure of AWS raises and the batch comes again."""
    for account, earliest in touched(event["Records"]).items():
        bring_up_to_date(*_wire(), account, earliest)
    return {"batchItemFailures": []}
