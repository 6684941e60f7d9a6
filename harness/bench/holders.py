"""Facts for a dividend with many holders: the accounts and positions once, then one event a run."""

import json
import uuid
from typing import Any

from rich.console import Console
from rich.progress import Progress

from harness.failure import HarnessError
from harness.feed.lines import Line
from harness.feed.record_states import await_states
from harness.feed.stream import put_lines
from harness.system import System

_SECONDS_A_THOUSAND = 120.0
_DAY = "2026-03-16"


def load_holders(system: System, security: str, count: int) -> None:
    """Feeds `count` accounts with a position each and waits until all are applied; HarnessError when some are not."""
    prefix = uuid.uuid4().hex[:8].upper()
    names = [f"BENCH-{prefix}-{number}" for number in range(count)]
    _feed(system, "accounts", [_account(name) for name in names])
    _feed(system, "positions", [_position(name, security, number) for number, name in enumerate(names)])


def dividend(event_id: str, security: str) -> Line:
    """The announcement, as one line of a feed."""
    option = {
        "option_number": "001",
        "option_type": "CASH",
        "is_default_option": True,
        "gross_rate": "0.25",
        "currency": "USD",
    }
    record = {
        "record_type": "corporate_action", "corporate_action_event_id": event_id, "version": 1, "function": "NEWM", "event_type": "DVCA",
        "mandatory_voluntary": "MAND", "isin": security, "source_country": "US", "announcement_date": "2026-03-02", "ex_date": _DAY,
        "record_date": _DAY, "payment_date": "2026-03-27", "options": [option],
    }  # fmt: skip
    return _line(1, record)


def _account(name: str) -> dict[str, Any]:
    return {
        "record_type": "account", "safekeeping_account": name, "residence": "GB", "beneficial_owner": "portfolio_investor",
        "documentation_status": "valid", "relief_method": "FIFO", "payment_currency": "USD",
    }  # fmt: skip


def _position(name: str, security: str, number: int) -> dict[str, Any]:
    quantities = dict.fromkeys(("pending_receipt_quantity", "pending_delivery_quantity", "on_loan_quantity"), "0")
    return {
        "record_type": "position", "safekeeping_account": name, "isin": security, "safekeeping_place": "DTCYUS33", "as_of_date": _DAY,
        "settled_quantity": str(100 + number), **quantities, "source": "CUSTODIAN-A", "sequence": 1,
    }  # fmt: skip


def _line(number: int, record: dict[str, Any]) -> Line:
    return Line(number, json.dumps(record).encode(), record)


def _feed(system: System, what: str, records: list[dict[str, Any]]) -> None:
    lines = [_line(number, record) for number, record in enumerate(records, 1)]
    ids = put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)
    dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    seconds = _SECONDS_A_THOUSAND * (1 + len(lines) / 1000)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=len(ids))
        table = system.outputs["queue_state_table_name"]
        states = await_states(dynamodb, table, ids, seconds, lambda final: progress.update(task, completed=final))
    wrong = {
        each: states.get(each, {}).get("state", "nothing")
        for each in ids
        if states.get(each, {}).get("state") != "APPLIED"
    }
    if wrong:
        raise HarnessError(f"{len(wrong)} of {len(ids)} {what} were not applied, such as {next(iter(wrong.items()))}")
