"""What reconciliation reads in queue-state, as it reads no PostgreSQL: current confirmations, holdings statements and securities, what
second sources say of a position, and trades that positions may not have yet."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from domain.numbers.exact import plain
from domain.records import Confirmation, Record, Security, Statement, stored_record

_RECORDS = (Confirmation, Security, Statement)
ALL_SECURITIES = "securities"
"""The item that is there once any security record came."""
MOST_PENDING = 1_000
"""Trades that one item names: its size is bounded (DynamoDB: 400 KB)."""


def followed(records: Iterable[Record]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield an outbox row for each confirmation, security and statement: reconciliation reads these records."""
    for record in records:
        if isinstance(record, _RECORDS):
            yield "reconciled", f"{record.record_type}/{record.identity}", {}


def items(cursor: Any, keys: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield queue-state items of outbox keys (`record type/identity`), with the current records as JSON texts in `records`."""
    for key in dict.fromkeys(keys):
        record_type, identity = key.split("/", 1)
        if record_type == "position":
            yield _second_sources(cursor, identity)
            continue
        cursor.execute(
            "SELECT safekeeping_account, body FROM current_records WHERE record_type = %s AND identity = %s",
            (record_type, identity),
        )
        account, body = cursor.fetchone()
        item = {"id": f"{record_type}:{identity}", "kind": record_type, "records": [_text(body)]}
        yield item | {"safekeeping_account": account}
        if record_type == Security.record_type:
            yield {"id": ALL_SECURITIES, "kind": ALL_SECURITIES}


def _second_sources(cursor: Any, identity: str) -> dict[str, Any]:
    """Return the item of what other sources say, the highest sequence of each; its list is empty if there is one source."""
    cursor.execute(
        """SELECT DISTINCT ON (source) body FROM facts JOIN inbox USING (record_type, identity, digest)
           WHERE record_type = 'position' AND identity = %s AND outcome = 'HELD' ORDER BY source, sequence DESC""",
        (identity,),
    )
    return {
        "id": f"second_source:{identity}",
        "kind": "second_source",
        "safekeeping_account": identity.partition("/")[0],
        "records": [_text(body) for (body,) in cursor.fetchall()],
    }


def _text(body: Mapping[str, Any]) -> str:
    """Return a record's own fields as JSON: they bound an item's size, whatever else the record carries."""
    record = stored_record(body)
    values = {name: value for name, value in asdict(record).items() if value not in (None, "", ())}
    return json.dumps({"record_type": record.record_type} | values, default=_plain)


def _plain(value: Decimal | date) -> str:
    return plain(value) if isinstance(value, Decimal) else value.isoformat()


def open_quantities(cursor: Any, account: str, isins: Sequence[str] | None) -> list[dict[str, Any]]:
    """Return isin, open_quantity and pending_trades of every security that the account ever had lots of, or of these alone.

    Pending trades, and transfers (`kind`), are in the lots and settle after the newest position, signed (a position may not have them yet).
    """
    cursor.execute(
        """SELECT lots.isin, trim_scale(sum(quantity))::text,
                  (SELECT coalesce(json_agg(pending), '[]') FROM (
                       SELECT identity AS trade_id, record_type AS kind, trade_date, settlement_date,
                              CASE WHEN gives THEN '-' ELSE '' END || quantity AS quantity
                       FROM (SELECT identity, record_type, body ->> 'trade_date' AS trade_date,
                                    coalesce(body ->> 'settlement_date', body ->> 'trade_date') AS settlement_date,
                                    body ->> 'side' = 'SELL' AS gives, body ->> 'quantity' AS quantity
                             FROM current_records WHERE record_type = 'trade' AND safekeeping_account = lots.safekeeping_account
                               AND isin = lots.isin AND body ->> 'function' <> 'CANC'
                             UNION ALL
                             SELECT identity, record_type, body ->> 'transfer_date', body ->> 'transfer_date',
                                    body ->> 'from_safekeeping_account' = lots.safekeeping_account, body ->> 'quantity'
                             FROM current_records WHERE record_type = 'transfer' AND isin = lots.isin AND body ->> 'function' <> 'CANC'
                               AND (body ->> 'from_safekeeping_account' = lots.safekeeping_account
                                    OR body ->> 'to_safekeeping_account' = lots.safekeeping_account)) AS trade
                       WHERE settlement_date > coalesce(
                             (SELECT max(as_of_date)::text FROM current_positions AS stated
                              WHERE stated.isin = lots.isin AND stated.safekeeping_account = lots.safekeeping_account), '')
                         AND NOT EXISTS (SELECT 1 FROM held WHERE held.kind = record_type AND held.identity = trade.identity)
                       ORDER BY settlement_date DESC, identity LIMIT %s) AS pending)
           FROM tax_lots AS lots WHERE safekeeping_account = %s AND (%s::text[] IS NULL OR isin = ANY(%s))
           GROUP BY lots.isin, lots.safekeeping_account ORDER BY lots.isin""",
        (MOST_PENDING, account, isins, isins),
    )
    names = ("isin", "open_quantity", "pending_trades")
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
