"""Putting records on the stream at a steady rate, and which of them have no outcome yet."""

import json
import threading
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from time import monotonic
from typing import Any

from harness.feed.lines import Line
from harness.feed.record_states import is_final, read_items
from harness.feed.records import Record
from harness.feed.stream import RECORDS_A_CALL, put_lines
from harness.soak.mix import Mix
from harness.system import System

SECONDS_A_BATCH = 2.0
"""A producer puts batches. MiniStack goes through a stream's whole retention at each PutRecords, so small ones would measure that."""
LOOKED_AT_ONCE = 1_000


class UnderWay:
    """The records that were put and have no outcome yet. `outcomes`: how many records ended in each state."""

    def __init__(self, system: System) -> None:
        self._dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
        self._table = system.outputs["queue_state_table_name"]
        self._put_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()

    def add(self, record_ids: Sequence[str]) -> None:
        """Note records that were put just now."""
        with self._lock:
            self._put_at.update(dict.fromkeys(record_ids, monotonic()))

    def look(self) -> tuple[int, float]:
        """Return how many records have no outcome, and for how many seconds the oldest of them has had none.

        Reads queue-state from the oldest record on, and no further once a thousand in a row have no outcome.
        """
        passed = 0
        while ended := self._ended(passed):
            passed += LOOKED_AT_ONCE - ended
        with self._lock:
            oldest = next(iter(self._put_at.values()), None)
            return len(self._put_at), monotonic() - oldest if oldest is not None else 0.0

    def _ended(self, passed: int) -> int:
        """Forget the records that have ended among the next thousand, and return how many they are."""
        with self._lock:
            ids = list(islice(self._put_at, passed, passed + LOOKED_AT_ONCE))
        items = {key: item for key, item in read_items(self._dynamodb, self._table, ids).items() if is_final(item)}
        self.outcomes.update(str(item["state"]) for item in items.values())
        with self._lock:
            for record_id in items:
                del self._put_at[record_id]
        return len(items)


class Feeding:
    """Records of a mix, put on the stream. `put`: how many so far."""

    def __init__(self, system: System, mix: Mix, under_way: UnderWay) -> None:
        self._kinesis: Any = system.client("kinesis")
        self._stream = system.outputs["position_stream_name"]
        self._mix, self._under_way, self.put = mix, under_way, 0

    def put_all(self, records: Sequence[Record]) -> None:
        """Put these records at once."""
        data = [(json.dumps(record).encode(), record) for record in records]
        lines = [Line(number, encoded, record) for number, (encoded, record) in enumerate(data, 1)]
        self._under_way.add(put_lines(self._kinesis, self._stream, lines))
        self.put += len(lines)

    def run(self, rate: float, seconds: float, stopping: threading.Event) -> None:
        """Put `rate` records a second for `seconds`, by the clock: what a slow call delayed is put by the next ones."""
        began, total, given = monotonic(), round(rate * seconds), 0
        batch = max(1, round(rate * SECONDS_A_BATCH))
        while given < total and not stopping.is_set():
            due = min(total, int((monotonic() - began) * rate)) - given
            if due < min(batch, total - given):
                stopping.wait((given + batch) / rate - (monotonic() - began))
                continue
            self.put_all([self._mix.record() for _ in range(min(due, RECORDS_A_CALL))])
            given += min(due, RECORDS_A_CALL)
