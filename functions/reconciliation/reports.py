"""Reports in S3: `reports/{as_of_date}/{safekeeping_account}.json`."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from botocore.exceptions import ClientError

from domain.reconciliation import reconcile, report_bytes
from functions.reconciliation.changes import Touched
from functions.reconciliation.settings import Settings
from functions.reconciliation.state import Each, Followed, Plain, dates, facts_of, read_followed, read_shared

MOST_ROUNDS = 10


class Reports(NamedTuple):
    """How many reports of an account were written, and the breaks of its newest one."""

    written: int
    breaks: Sequence[Mapping[str, Any]]


class UnsettledError(RuntimeError):
    """The account went on changing while its reports were written: the batch comes again."""


def bring_up_to_date(
    dynamodb: Any, s3: Any, settings: Settings, accounts: Mapping[str, Touched], each: Each = map
) -> list[Reports]:
    """Rewrite the reports of accounts that differ. What the accounts share is read once. Raises UnsettledError."""
    changes = [changed.items for changed in accounts.values()]
    read = dict(zip(accounts, each(partial(read_followed, dynamodb, settings), accounts, changes), strict=True))
    shared = read_shared(dynamodb, settings, read.values(), each)
    return list(each(lambda name: _rewrite(dynamodb, s3, settings, name, accounts[name], read[name], shared), accounts))


def _rewrite(
    dynamodb: Any,
    s3: Any,
    settings: Settings,
    account: str,
    changed: Touched,
    followed: Followed,
    shared: Mapping[str, Plain],
) -> Reports:
    """Rewrite an account's reports that differ. Raises UnsettledError.

    After a write what is followed is read again, until it no longer changes: of two that write at once, the one that read older
    state sees the newer one and writes it.
    """
    written, days = 0, set[date]()
    for _ in range(MOST_ROUNDS):
        state = facts_of(account, followed, shared)
        newest: Mapping[str, Any] = {"breaks": ()}
        differing = 0
        days |= {*dates(state, changed.earliest)}  # what was written from older state is no less to be right
        for day in sorted(days):
            newest = reconcile(state, day)
            differing += _write(s3, settings.reports_bucket, newest)
        written += differing
        before = followed
        if not differing or before == (followed := read_followed(dynamodb, settings, account, changed.items)):
            return Reports(written, newest["breaks"])
        shared = read_shared(dynamodb, settings, [followed])
    raise UnsettledError(f"reports of {account}: state changed in each of {MOST_ROUNDS} rounds")


def _write(s3: Any, bucket: str, report: Mapping[str, Any]) -> bool:
    """Write a day's report if it differs, and return True then. Without market calendars breaks are aged by weekdays, and say so."""
    content = report_bytes(report)
    key = f"reports/{report['as_of_date']}/{quote(report['safekeeping_account'], safe='')}.json"
    if _present(s3, bucket, key) == content:
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="application/json")
    return True


def _present(s3: Any, bucket: str, key: str) -> bytes | None:
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None
    return content
