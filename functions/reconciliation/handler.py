"""Entry point: wires the clients once per process, then brings each touched account's reports up to date."""

import json
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.reconciliation.changes import touched
from functions.reconciliation.reports import Store, bring_up_to_date
from functions.reconciliation.settings import Settings
from sending import embedded
from sending.clients import client

_ACCOUNTS_AT_ONCE = 8
"""Accounts that are read and written side by side: nearly all of an account's time is waiting for answers."""


@cache
def _wire() -> tuple[Any, Store, Settings]:
    settings = Settings.from_environment()
    return client("dynamodb"), Store(client("s3"), settings.reports_bucket), settings


def handle(event: dict[str, Any], _context: Any) -> dict[str, list[Any]]:
    """Reconcile after a DynamoDB stream batch. A failure of AWS raises and the batch comes again."""
    dynamodb, store, settings = _wire()
    accounts = touched(event["Records"])
    with ThreadPoolExecutor(_ACCOUNTS_AT_ONCE) as pool:
        reports = bring_up_to_date(dynamodb, store, settings, accounts, uuid.uuid4().hex, pool.map)
    breaks = [mismatch for newest in reports for mismatch in newest.breaks]
    print(json.dumps(embedded(settings.metrics_namespace, _measured(breaks), datetime.now(UTC))))
    return {"batchItemFailures": []}


def _measured(breaks: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, str]]:
    """Return the number of breaks, and of those that are a business day old: the others may be what has not arrived yet."""
    aged = sum(mismatch["age_business_days"] >= 1 for mismatch in breaks)
    return {"ReconciliationBreaks": (len(breaks), "Count"), "ReconciliationBreaksAged": (aged, "Count")}
