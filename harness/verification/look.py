"""One look at the whole system: every source is read at once, and one that cannot be read says why."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.failure import UnsupportedError
from harness.feed.record_states import FINAL
from harness.system import System
from harness.verification import aws_reads
from harness.verification.database_reads import Stored, database
from harness.verification.outcomes import received_at, records_of

SOURCES: Mapping[str, Callable[[System], Any]] = {
    "stream": aws_reads.stream,
    "queue-state": aws_reads.queue_state,
    "projection": aws_reads.projection,
    "calculations": aws_reads.calculations,
    "originals": aws_reads.originals,
    "dead letters": aws_reads.dead_letters,
    "database": database,
}
Unread = dict[str, str]


@dataclass(frozen=True)
class Look:
    """What was read, by source, and why the others could not be read. `due`: what is older should have come to its end."""

    sources: Mapping[str, Any]
    unread: Unread
    due: datetime

    def unfinished(self, until: datetime) -> int:
        """Return how many records without outcome and outbox rows, from before `until`, are still young enough to come to their end."""
        items = self.sources.get("queue-state", {})
        came = {
            record_id: sent.arrived
            for record_id, sent in self.sources.get("stream", {}).items()
            if record_id not in items
        }
        open_records = {key: item for key, item in records_of(items).items() if item.get("state") not in FINAL}
        came |= {record_id: received_at(item) for record_id, item in open_records.items()}
        stored: Stored = self.sources.get("database", Stored())
        written = [row.created_at for row in stored.waiting]
        return sum(self.due < instant <= until for instant in (*came.values(), *written))


def look_at(system: System, bound: float, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Look:
    """Read all sources side by side. `bound`: seconds after which nothing may be unfinished."""
    sources, unread = {}, {}
    began = now()
    with ThreadPoolExecutor(max_workers=len(SOURCES)) as pool:
        futures = {name: pool.submit(read, system) for name, read in SOURCES.items()}
    for name, future in futures.items():
        try:
            sources[name] = future.result()
        except (UnsupportedError, ClientError, BotoCoreError) as error:
            unread[name] = str(error)
    return Look(sources, unread, began - timedelta(seconds=bound))
