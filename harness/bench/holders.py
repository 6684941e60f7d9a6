"""Facts for a dividend with many holders: the accounts and positions once, then one event a run."""

import json
import uuid

from harness.failure import HarnessError
from harness.feed.lines import Line
from harness.feed.record_states import await_with_bar
from harness.feed.records import Record, account, dividend, position
from harness.feed.stream import put_lines
from harness.system import System

_SECONDS_A_THOUSAND = 120.0


def load_holders(system: System, security: str, count: int) -> None:
    """Feeds `count` accounts with a position each and waits until all are applied; HarnessError when some are not."""
    prefix = uuid.uuid4().hex[:8].upper()
    names = [f"BENCH-{prefix}-{index}" for index in range(count)]
    _feed(system, "accounts", [account(name) for name in names])
    _feed(system, "positions", [position(name, security, str(100 + index)) for index, name in enumerate(names)])


def announcement(event_id: str, security: str) -> Line:
    """Return the dividend's announcement, as one line of a feed."""
    return _line(1, dividend(event_id, security))


def _line(number: int, record: Record) -> Line:
    return Line(number, json.dumps(record).encode(), record)


def _feed(system: System, what: str, records: list[Record]) -> None:
    lines = [_line(number, record) for number, record in enumerate(records, 1)]
    ids = put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)
    states = await_with_bar(system, what, ids, _SECONDS_A_THOUSAND * (1 + len(lines) / 1000))
    state_by_id = {record_id: states.get(record_id, {}).get("state", "nothing") for record_id in ids}
    wrong = {record_id: state for record_id, state in state_by_id.items() if state != "APPLIED"}
    if wrong:
        raise HarnessError(f"{len(wrong)} of {len(ids)} {what} were not applied, such as {next(iter(wrong.items()))}")
