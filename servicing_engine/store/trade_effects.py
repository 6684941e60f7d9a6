"""Writing what an event does to trades: market claims, transformations and buyer protections, rewritten per event and scope."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from psycopg2.extras import Json, execute_values

from servicing_engine.store.current import Scope

_COLUMNS: Mapping[str, Sequence[str]] = {
    "market_claims": ("safekeeping_account", "claim_type", "quantity", "market_claim_amount", "currency"),
    "transformations": ("safekeeping_account", "isin_out", "quantity", "settlement_amount"),
    "buyer_protections": ("safekeeping_account", "part", "option_number", "quantity"),
}
TABLES = tuple(_COLUMNS)
_KEY = ("corporate_action_event_id", "trade_id")


def rewrite(cursor: Any, event_id: str, scope: Scope, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Replaces the event's rows of the scope's accounts by `rows` (table -> rows as `calculate` prints them)."""
    for table, own in _COLUMNS.items():
        cursor.execute(
            f"DELETE FROM {table} WHERE corporate_action_event_id = %(event)s AND {scope.sql}",
            {"event": event_id, **scope.values},
        )
        if rows[table]:
            names = (*_KEY, *own)
            values = [(*(row.get(name) for name in names), Json(_result(row))) for row in rows[table]]
            columns = ", ".join((*names, "result"))
            execute_values(cursor, f"INSERT INTO {table} ({columns}) VALUES %s", values, page_size=500)


def _result(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "part"}


def of_trades(cursor: Any, trade_ids: Collection[str]) -> set[tuple[str, str]]:
    """(event, account) of whatever is written of these trades."""
    each = " UNION ".join(
        f"SELECT corporate_action_event_id, safekeeping_account FROM {table} WHERE trade_id = ANY(%(ids)s)"
        for table in TABLES
    )
    cursor.execute(each, {"ids": list(trade_ids)})
    return set(cursor.fetchall())


def forget_trades(cursor: Any, trade_ids: Collection[str]) -> None:
    """Removes what is written of these trades, under whichever account: it is written anew."""
    for table in TABLES:
        cursor.execute(f"DELETE FROM {table} WHERE trade_id = ANY(%s)", (list(trade_ids),))
