"""`python tests/bench/fold.py DSN HOLDERS [TYPE …]`: folds one event of each type for so many holders of three lots, and prints seconds and memory.

A process of its own, so that its peak memory is the fold's. With PYTHONPATH at another checkout it measures that one's engine.
"""

import json
import os
import resource
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import psycopg2

from domain.records import parse_record
from domain.rules import Rules, WithholdingRates
from servicing_engine.folding.processing import calculate_shard, process
from servicing_engine.store.facts import Fact

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OLD, NEW = "US0378331005", "US5949181045"
LOTS = 3
RATIO = {"numerator": "1", "denominator": "2"}
OPTIONS: dict[str, dict[str, Any]] = {
    "DVCA": {"option_type": "CASH", "gross_rate": "0.25", "currency": "USD"},
    "SPLF": {"option_type": "SECU", "new_to_old": {"numerator": "3", "denominator": "1"}},
    "SOFF": {"option_type": "SECU", "additional_for_existing": RATIO, "isin_out": NEW, "cost_basis_allocation": "20"},
    "MRGR": {"option_type": "SECU", "new_to_old": RATIO, "isin_out": NEW},
}
RATE: dict[str, Any] = {
    "rate_id": "GB", "source_country": "GB", "residence": "GB", "beneficial_owner": "*", "income_type": "dividend_listed_equity",
    "valid_from": "2000-01-01", "valid_to": None, "statutory_rate": "0", "treaty_rate": None, "tax_relief_method": "NONE",
    "components": [], "source": "bench",
}  # fmt: skip
RULES = Rules(WithholdingRates.from_document({"schema_version": 1, "version": "b", "rates": [RATE]}), None, "1", "1")
ACCOUNT: dict[str, Any] = {
    "record_type": "account", "safekeeping_account": "A", "residence": "GB", "beneficial_owner": "portfolio_investor",
    "documentation_status": "valid", "relief_method": "FIFO",
}  # fmt: skip
TRADE = {
    "record_type": "trade", "trade_id": "T", "safekeeping_account": "A", "isin": OLD, "side": "BUY", "trade_date": "2025-01-10",
    "settlement_date": "2025-01-10", "quantity": "100", "price": "10", "currency": "USD",
}  # fmt: skip
LOAD = """
    INSERT INTO current_records (record_type, identity, sequence, body, record_id)
        SELECT 'account', 'A-' || n, 0, %(account)s::jsonb || jsonb_build_object('safekeeping_account', 'A-' || n), 'a:' || n
        FROM generate_series(1, %(holders)s) AS n;
    INSERT INTO current_records (record_type, identity, sequence, body, record_id)
        SELECT 'trade', 'T-' || n || '-' || lot, 0,
            %(trade)s::jsonb || jsonb_build_object('safekeeping_account', 'A-' || n, 'trade_id', 'T-' || n || '-' || lot), 't:' || n || '-' || lot
        FROM generate_series(1, %(holders)s) AS n, generate_series(1, %(lots)s) AS lot;
    INSERT INTO tax_lots (lot_id, safekeeping_account, isin, acquisition_date, holding_period_start, quantity, cost_basis, currency, opened_by)
        SELECT identity, safekeeping_account, isin, '2025-01-10', '2025-01-10', 100, 1000.00, 'USD', identity
        FROM current_records WHERE record_type = 'trade';
    INSERT INTO current_positions (safekeeping_account, isin, safekeeping_place, as_of_date, settled_quantity, source, sequence, record_id)
        SELECT 'A-' || n, %(isin)s, 'DTCYUS33', '2026-03-13', 300, 'CUSTODIAN', 0, 'p:' || n FROM generate_series(1, %(holders)s) AS n;
    ANALYZE"""


def load(connection: Any, holders: int) -> None:
    """Store the holders by SQL, each with one position and three lots."""
    bodies = {name: json.dumps(parse_record(raw)[1]) for name, raw in (("account", ACCOUNT), ("trade", TRADE))}
    with connection, connection.cursor() as cursor:
        cursor.execute(LOAD, {"holders": holders, "lots": LOTS, "isin": OLD, **bodies})


def announcement(event_type: str, version: int, function: str) -> dict[str, Any]:
    """Return a version of the event of a type."""
    dates = dict.fromkeys(("ex_date", "record_date"), "2026-03-16") | {"payment_date": "2026-03-27"}
    option = {"option_number": "001", "is_default_option": True} | OPTIONS[event_type]
    named = {
        "corporate_action_event_id": event_type,
        "version": version,
        "function": function,
        "event_type": event_type,
    }
    return {
        "record_type": "corporate_action",
        **named,
        **dates,
        "mandatory_voluntary": "MAND",
        "isin": OLD,
        "source_country": "GB",
        "options": [option],
    }


def fold(connection: Any, event_type: str, version: int, function: str = "NEWM") -> dict[str, float]:
    """Fold the event for everybody, shard after shard, and return the seconds of the clock and the CPU seconds of us and PostgreSQL."""
    began, used = perf_counter(), cpu_seconds(connection)
    fact = Fact.read({"record_id": f"{event_type}:{version}", "record": announcement(event_type, version, function)})
    process(connection, [fact], RULES, NOW)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT shard_id FROM shards ORDER BY shard_id")
        shards = [shard_id for (shard_id,) in cursor.fetchall()]
    for shard_id in shards:
        calculate_shard(connection, shard_id, RULES, NOW)
    return {"clock": perf_counter() - began, "cpu": cpu_seconds(connection) - used}


def cpu_seconds(connection: Any) -> float:
    """Return the CPU seconds so far of this process and of the connection's PostgreSQL process."""
    fields = Path(f"/proc/{connection.get_backend_pid()}/stat").read_text().rpartition(")")[2].split()
    return process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(dsn: str, holders: int, event_types: Sequence[str]) -> None:
    """Print {event type: {clock, cpu}} and `peak_mib`, the most memory that this process had."""
    connection = psycopg2.connect(dsn)
    load(connection, holders)
    seconds = {}
    for event_type in event_types:
        seconds[event_type] = fold(connection, event_type, 1)
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM entitlements WHERE status = 'CALCULATED'")
            assert cursor.fetchone() == (holders,), "not everybody was entitled"
        fold(connection, event_type, 2, "CANC")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(seconds | {"peak_mib": peak}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:] or list(OPTIONS))
