"""Writing what an event does to trades: market claims, transformations and buyer protections, rewritten per event and scope."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from psycopg2.extras import Json, execute_values

from domain.case import Settled
from servicing_engine.store.scope import Scope

_COLUMNS: Mapping[str, Sequence[str]] = {
    "market_claims": ("safekeeping_account", "claim_type", "quantity", "market_claim_amount", "currency"),
    "transformations": ("safekeeping_account", "isin_out", "quantity", "settlement_amount"),
    "buyer_protections": ("safekeeping_account", "part", "option_number", "quantity"),
}
TABLES = tuple(_COLUMNS)
_KEY = ("corporate_action_event_id", "trade_id")


def forget(cursor: Any, event_id: str, scope: Scope) -> None:
    """Remove the event's rows of the scope's accounts: they are written anew."""
    values = {"event": event_id, **scope.values}
    for table in TABLES:
        cursor.execute(f"DELETE FROM {table} WHERE corporate_action_event_id = %(event)s AND {scope.sql}", values)


def write(cursor: Any, settled: Iterable[Settled]) -> None:
    """Write what an event does to the trades of a chunk of holders, as `calculate` prints it."""
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for of_holder in settled:
        rows["market_claims"] += [claim.to_json() for claim in of_holder.effects.market_claims]
        rows["transformations"] += [changed.to_json() for changed in of_holder.effects.transformations]
        rows["buyer_protections"] += [
            {**protection.to_json(), "part": part} for part, protection in enumerate(of_holder.protections, 1)
        ]
    for table, own in _COLUMNS.items():
        if rows[table]:
            names = (*_KEY, *own)
            values = [(*(row.get(name) for name in names), Json(_result(row))) for row in rows[table]]
            columns = ", ".join((*names, "result"))
            execute_values(cursor, f"INSERT INTO {table} ({columns}) VALUES %s", values, page_size=500)


def _result(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "part"}


def of_trades(cursor: Any, trade_ids: Collection[str]) -> set[tuple[str, str]]:
    """Return (event, account) of all that is written of these trades, and of held claims of the accounts that any version of them named."""
    written = " UNION ".join(
        f"SELECT corporate_action_event_id, safekeeping_account FROM {table} WHERE trade_id = ANY(%(ids)s)"
        for table in TABLES
    )
    cursor.execute(
        f"""{written} UNION SELECT identity, safekeeping_account FROM held WHERE kind = 'claims' AND safekeeping_account IN
            (SELECT body ->> 'safekeeping_account' FROM facts WHERE record_type = 'trade' AND identity = ANY(%(ids)s))""",
        {"ids": list(trade_ids)},
    )
    return set(cursor.fetchall())


def forget_trades(cursor: Any, trade_ids: Collection[str]) -> None:
    """Remove what is written of these trades, under whichever account: it is written anew."""
    for table in TABLES:
        cursor.execute(f"DELETE FROM {table} WHERE trade_id = ANY(%s)", (list(trade_ids),))
