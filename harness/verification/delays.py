"""No outbox row waits longer than it may."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from harness.verification.violation import Violation


@dataclass(frozen=True)
class Waiting:
    """An outbox row that is not published. `created_at` is aware; `parked` is the reason for which a service refuses it, else empty."""

    outbox_id: int
    kind: str
    key: str
    created_at: datetime
    parked: str = ""


def overdue(rows: Iterable[Waiting], due: datetime) -> Iterator[Violation]:
    """Give the rows that were written until `due` (aware) and are not published."""
    for row in rows:
        if row.created_at <= due:
            wrong = f"outbox row {row.outbox_id} ({row.kind}) waits since {row.created_at:%FT%TZ}"
            if row.parked:
                again = f'psql -c "UPDATE outbox SET parked = NULL, tries = 0 WHERE outbox_id = {row.outbox_id}"'
                yield Violation(row.key, f"{wrong}, parked: {row.parked}", f"mend the cause, then {again}")
            else:
                yield Violation(row.key, wrong, "make status, make logs: an engine task publishes it once it runs")
