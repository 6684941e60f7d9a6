"""Reports in S3: `reports/{as_of_date}/{safekeeping_account}.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from domain.reconciliation import reconcile, report_bytes
from functions.reconciliation import readers
from functions.reconciliation.changes import Touched
from functions.reconciliation.settings import Settings
from functions.reconciliation.state import Each, Followed, Plain, dates, facts_of, read_followed, read_shared

MOST_ROUNDS = 10
TOGETHER = 16
"""Accounts that are read at once."""
MOST_REMEMBERED = 10_000
"""Reports whose content a process remembers, some 2 MB."""


@dataclass(slots=True)
class Reports:
    """One account's reports: the days that are to be right, how many reports were written, and the breaks of the newest one."""

    account: str
    changed: Touched
    days: set[date] = field(default_factory=set)
    written: int = 0
    breaks: Sequence[Mapping[str, Any]] = ()

    def rewrite(self, store: "Store", shared: Mapping[str, Plain], followed: Followed) -> bool:
        """Rewrite the reports that differ from what is read now; return True if any did."""
        facts, before = facts_of(self.account, followed, shared), self.written
        self.days |= {*dates(facts, self.changed.earliest)}  # what was written from older state is no less to be right
        for day in sorted(self.days):
            newest = reconcile(facts, day)
            self.written += store.write(newest)
            self.breaks = newest["breaks"]
        return self.written > before


class UnsettledError(RuntimeError):
    """Others went on reading an account while its reports were written: the batch comes again."""


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
    dynamodb: Any, store: Store, settings: Settings, accounts: Mapping[str, Touched], reader: str, each: Each = map
) -> list[Reports]:
    """Rewrite the reports of accounts that differ, and return them by account's order. Raises UnsettledError.

    `reader` names this call alone. What accounts share is read once for `TOGETHER` of them, and no more are in memory.
    """
    work = [Reports(account, changed) for account, changed in accounts.items()]
    for start in range(0, len(work), TOGETHER):
        _settle(dynamodb, store, settings, work[start : start + TOGETHER], reader, each)
    return work


def _settle(dynamodb: Any, store: Store, settings: Settings, work: Sequence[Reports], reader: str, each: Each) -> None:
    """Rewrite reports, and again those of accounts that another reader began to read meanwhile: of two that write at once, the one that
    read older state reads the newer one and writes it."""
    table = settings.queue_state_table
    for _ in range(MOST_ROUNDS):
        readers.note(dynamodb, table, [reports.account for reports in work], reader)
        read = list(each(lambda one: read_followed(dynamodb, settings, one.account, one.changed.items), work))
        shared = read_shared(dynamodb, settings, read, each)
        differed = each(Reports.rewrite, work, repeat(store), repeat(shared), read)
        wrote = {reports.account: reports for reports, differs in zip(work, differed, strict=True) if differs}
        work = [wrote[account] for account in readers.overtaken(dynamodb, table, list(wrote), reader)]
        if not work:
            return
    raise UnsettledError(f"reports of {work[0].account}: others read it in each of {MOST_ROUNDS} rounds")
