"""One dividend with many holders, from request to last notification, over a floor that writes the same without calculating."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import monotonic, perf_counter

from harness.bench.floor import PREFIX, floor
from harness.bench.holders import announcement, load_holders
from harness.deadline import stretched
from harness.failure import HarnessError
from harness.feed.stream import put_lines
from harness.isin import fresh_isin
from harness.notification_tap import NotificationTap, notification_tap
from harness.system import System

_RECEIVERS = 4
_SECONDS = 900.0


@dataclass(frozen=True)
class DividendBench:
    """`pairs`: seconds of ours and of the floor. `parts`: median seconds of what they consist of."""

    pairs: list[tuple[float, float]]
    parts: Mapping[str, float]


def measure(system: System, holders: int, runs: int, tell: Callable[[str], None]) -> DividendBench:
    """Loads the holders once, then `runs` pairs of a dividend and the floor that writes that dividend's results again."""
    security = fresh_isin()
    tell(f"loading {holders} holders through the stream")
    load_holders(system, security, holders)
    pairs, parts = [], []
    with notification_tap(system) as tap, floor(system) as below:
        for pair in range(runs):
            tell(f"dividend and floor {pair + 1} of {runs}")
            event_id = f"BENCH-{uuid.uuid4().hex[:10].upper()}"
            ours, first = _dividend(system, tap, event_id, security, holders)
            received = partial(_received, system, tap, f"{PREFIX}{event_id}", holders)
            written = below.write(event_id, received)
            pairs.append((ours, sum(written.values())))
            parts.append(
                {
                    "ours, until the first notification": first,
                    "ours, first to last notification": ours - first,
                    **written,
                }
            )
    return DividendBench(pairs, {name: median(part[name] for part in parts) for name in parts[0]})


def _dividend(system: System, tap: NotificationTap, event_id: str, security: str, holders: int) -> tuple[float, float]:
    """Seconds from the request to the last notification, and to the first."""
    began = perf_counter()
    put_lines(system.client("kinesis"), system.outputs["position_stream_name"], [announcement(event_id, security)])
    last, first = _received(system, tap, event_id, holders)
    return last - began, first - began


def _received(system: System, tap: NotificationTap, event_id: str, holders: int) -> tuple[float, float]:
    """When an event's last and first notification came (perf_counter)."""
    seen: set[str] = set()
    first: list[float] = []
    deadline, done = monotonic() + stretched(_SECONDS), threading.Event()

    sqs = system.client("sqs")

    def receive() -> None:
        while not done.is_set() and monotonic() < deadline:
            bodies = tap.receive(sqs)
            details = [
                detail
                for detail in (json.loads(body)["detail"] for body in bodies)
                if detail["corporate_action_event_id"] == event_id
            ]
            if details and not first:
                first.append(perf_counter())
            seen.update(detail["notification_id"] for detail in details)
            if len(seen) >= holders:
                done.set()

    with ThreadPoolExecutor(_RECEIVERS) as pool:
        for future in [pool.submit(receive) for _ in range(_RECEIVERS)]:
            future.result()
    if len(seen) < holders:
        raise HarnessError(f"{event_id}: {len(seen)} of {holders} notifications after {_SECONDS:g} s")
    return perf_counter(), first[0]
