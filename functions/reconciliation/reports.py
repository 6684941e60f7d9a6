"""Reports in S3: `reports/{as_of_date}/{safekeeping_account}.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
TOGETHER = 16
"""Accounts that are read at once."""
MOST_REMEMBERED = 10_000
"""Reports whose content a process remembers, some 2 MB."""


class Reports(NamedTuple):
    """How many reports of an account were written, and the breaks of its newest one."""

    written: int
    breaks: Sequence[Mapping[str, Any]]


class UnsettledError(RuntimeError):
    """The account went on changing while its reports were written: the batch comes again."""


@dataclass(frozen=True, slots=True)
class Store:
    """The reports of one bucket. A process remembers what it put last, so that it puts something else without reading first."""

    s3: Any
    bucket: str
    _put: dict[str, int] = field(default_factory=dict)

    def write(self, report: Mapping[str, Any]) -> bool:
        """Write a day's report if it differs, and return True then. Without market calendars breaks are aged by weekdays, and say so."""
        content = report_bytes(report)
        key = f"reports/{report['as_of_date']}/{quote(report['safekeeping_account'], safe='')}.json"
        remembered = self._put.pop(key, None)
        while len(self._put) >= MOST_REMEMBERED:
            self._put.pop(next(iter(self._put)), None)
        differs = remembered not in (None, hash(content)) or self._present(key) != content
        if differs:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType="application/json")
        self._put[key] = hash(content)
        return differs

    def _present(self, key: str) -> bytes | None:
        try:
            content: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None
        return content


def bring_up_to_date(
    dynamodb: Any, store: Store, settings: Settings, accounts: Mapping[str, Touched], each: Each = map
) -> list[Reports]:
    """Rewrite the reports of accounts that differ, and return them by account's order. Raises UnsettledError.

    What accounts share is read once for `TOGETHER` of them: no more are in memory.
    """
    written: list[Reports] = []
    for start in range(0, len(accounts), TOGETHER):
        names = list(accounts)[start : start + TOGETHER]
        read = list(each(lambda name: read_followed(dynamodb, settings, name, accounts[name].items), names))
        shared = read_shared(dynamodb, settings, read, each)
        rewrite = partial(_rewrite, dynamodb, store, settings, shared)
        written += each(rewrite, names, map(accounts.__getitem__, names), read)
    return written


def _rewrite(
    dynamodb: Any,
    store: Store,
    settings: Settings,
    shared: Mapping[str, Plain],
    account: str,
    changed: Touched,
    followed: Followed,
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
            differing += store.write(newest)
        written += differing
        before = followed
        if not differing or before == (followed := read_followed(dynamodb, settings, account, changed.items)):
            return Reports(written, newest["breaks"])
        shared = read_shared(dynamodb, settings, [followed])
    raise UnsettledError(f"reports of {account}: state changed in each of {MOST_ROUNDS} rounds")
