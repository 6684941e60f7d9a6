"""Facts fed to the system, and what became of them."""

import json
from collections.abc import Sequence

from harness.feed.lines import Line
from harness.feed.record_states import await_states
from harness.feed.records import Record
from harness.feed.stream import put_lines
from harness.scenarios.exchanges import record
from harness.system import System


def feed(system: System, records: Sequence[Record | bytes], seconds: float = 60) -> list[Record]:
    """Puts the records on the stream and returns their queue-state items, in the records' order, once each is final."""
    lines = [
        Line(number, record, {}) if isinstance(record, bytes) else Line(number, json.dumps(record).encode(), record)
        for number, record in enumerate(records, 1)
    ]
    record_ids = put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)
    session = system.session()
    record(session.events, "dynamodb")
    dynamodb = session.resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    states = await_states(dynamodb, system.outputs["queue_state_table_name"], record_ids, seconds, lambda _final: None)
    return [states.get(record_id, {"id": record_id, "state": "nothing"}) for record_id in record_ids]
