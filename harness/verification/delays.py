"""No outbox row waits longer than it may."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from harness.verification.violation import Violation


@dataclass(frozen=True)
class Waiting:
    """An outbox row that is not published. `created_at` is aware."""

    outbox_id: int
    kind: str
    key: str
    created_at: datetime


def overdue(rows: Iterable[Waiting], due: datetime) -> Iterator[Violation]:
    """Give the rows that were written until `due` (aware) and are not published."""
    for row in rows:
        if row.created_at <= due:
            found = f"outbox row {row.outbox_id} ({row.kind}) waits since {row.created_at:%FT%TZ}"
            yield Violation(row.key, found, "make status, make logs: an engine task publishes it once it runs")
