"""Reports in S3: `reports/{as_of_date}/{safekeeping_account}.json`."""

from datetime import date
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from domain.reconciliation import AccountFacts, reconcile, report_bytes
from functions.reconciliation.settings import Settings
from functions.reconciliation.state import dates, read_state

MOST_ROUNDS = 10


class UnsettledError(RuntimeError):
    """The account went on changing while its reports were written: the batch comes again."""


def bring_up_to_date(dynamodb: Any, s3: Any, settings: Settings, account: str, earliest: date) -> int:
    """Rewrite an account's reports that differ; return how many writes. Raises UnsettledError.

    State is read again after writing, until it no longer changes: of two that write at once, the one that read older state
    sees the newer one and writes it.
    """
    written = 0
    state = read_state(dynamodb, settings, account)
    for _ in range(MOST_ROUNDS):
        changed = [day for day in dates(state, earliest) if _write(s3, settings.reports_bucket, day, state)]
        written += len(changed)
        before, state = state, read_state(dynamodb, settings, account)
        if before == state:
            return written
    raise UnsettledError(f"reports of {account}: state changed in each of {MOST_ROUNDS} rounds")


def _write(s3: Any, bucket: str, day: date, state: AccountFacts) -> bool:
    """Write a day's report if it differs, and return True then. Without market calendars breaks are aged by weekdays, and say so."""
    report = report_bytes(reconcile(state, day))
    key = f"reports/{day}/{quote(state.safekeeping_account, safe='')}.json"
    if _present(s3, bucket, key) == report:
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=report, ContentType="application/json")
    return True


def _present(s3: Any, bucket: str, key: str) -> bytes | None:
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None
    return content
