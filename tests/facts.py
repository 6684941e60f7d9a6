"""Facts with fresh ids, as the feed carries them (contracts.md, "Feed records")."""

import json
from collections.abc import Sequence
from typing import Any

from harness.feed.lines import Line
from harness.feed.record_states import await_states
from harness.feed.stream import put_lines
from harness.system import System

Record = dict[str, Any]
LISTED_ON = "DTCYUS33"


def account(name: str, residence: str = "GB", documentation: str = "valid") -> Record:
    return {
        "record_type": "account", "safekeeping_account": name, "residence": residence, "beneficial_owner": "portfolio_investor",
        "documentation_status": documentation, "relief_method": "FIFO", "payment_currency": "USD",
    }  # fmt: skip


def position(account: str, isin: str, quantity: str, sequence: int = 1) -> Record:
    return {
        "record_type": "position", "safekeeping_account": account, "isin": isin, "safekeeping_place": LISTED_ON, "as_of_date": "2026-03-16",
        "settled_quantity": quantity, "pending_receipt_quantity": "0", "pending_delivery_quantity": "0", "on_loan_quantity": "0",
        "source": "CUSTODIAN-A", "sequence": sequence,
    }  # fmt: skip


def buy(trade_id: str, account: str, isin: str, quantity: str, price: str) -> Record:
    return {
        "record_type": "trade", "trade_id": trade_id, "safekeeping_account": account, "isin": isin, "side": "BUY", "trade_date": "2026-03-10",
        "settlement_date": "2026-03-11", "quantity": quantity, "price": price, "currency": "USD",
    }  # fmt: skip


def dividend(event: str, isin: str, gross_rate: str = "0.25") -> Record:
    option = {
        "option_number": "001",
        "option_type": "CASH",
        "is_default_option": True,
        "gross_rate": gross_rate,
        "currency": "USD",
    }
    return {
        "record_type": "corporate_action", "corporate_action_event_id": event, "version": 1, "function": "NEWM", "event_type": "DVCA",
        "mandatory_voluntary": "MAND", "isin": isin, "source_country": "US", "announcement_date": "2026-03-02", "ex_date": "2026-03-16",
        "record_date": "2026-03-16", "payment_date": "2026-03-27", "options": [option],
    }  # fmt: skip


def feed(system: System, records: Sequence[Record | bytes], seconds: float = 60) -> list[Record]:
    """Puts the records on the stream and returns their queue-state items, in the records' order, once each is final."""
    lines = [
        Line(number, record, {}) if isinstance(record, bytes) else Line(number, json.dumps(record).encode(), record)
        for number, record in enumerate(records, 1)
    ]
    record_ids = put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)
    dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    states = await_states(dynamodb, system.outputs["queue_state_table_name"], record_ids, seconds, lambda _final: None)
    return [states.get(record_id, {"id": record_id, "state": "nothing"}) for record_id in record_ids]
