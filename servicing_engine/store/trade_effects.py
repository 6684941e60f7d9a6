"""Writing what an event does to trades: market claims, transformations and buyer protections, rewritten per event and scope."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg2.extras import Json, execute_values

from domain.case import Settled
from domain.case.revisions import said
from servicing_engine.store.scope import Scope

_COLUMNS: Mapping[str, Sequence[str]] = {
    "market_claims": ("safekeeping_account", "claim_type", "quantity", "market_claim_amount", "currency"),
    "transformations": ("safekeeping_account", "isin_out", "quantity", "settlement_amount"),
    "buyer_protections": ("safekeeping_account", "part", "option_number", "quantity"),
}
TABLES = tuple(_COLUMNS)
Row = Mapping[str, Any]
_KEY = ("corporate_action_event_id", "trade_id")


def forget(cursor: Any, event_id: str, scope: Scope) -> None:
    """Remove the event's rows of the scope's accounts: they are written anew."""
    values = {"event": event_id, **scope.values}
    for table in TABLES:
        cursor.execute(f"DELETE FROM {table} WHERE corporate_action_event_id = %(event)s AND {scope.sql}", values)


def write(cursor: Any, settled: Iterable[Settled]) -> None:
    """Write what an event does to the trades of a chunk of holders, as `calculate` prints it."""
    rows = _rows(settled)
    for table, own in _COLUMNS.items():
        if rows[table]:
            names = (*_KEY, *own)
            values = [(*(row.get(name) for name in names), Json(_result(row))) for row in rows[table]]
            columns = ", ".join((*names, "result"))
            execute_values(cursor, f"INSERT INTO {table} ({columns}) VALUES %s", values, page_size=500)


def that_differ(
    cursor: Any, event_id: str, settled: Mapping[str, Settled]
) -> Iterator[tuple[str, str, str, Row | None, Row | None]]:
    """Yield (table, account, trade, result as it stands, as `write` would write it) of each row of these accounts that would change;
    None for no row. Parts of a trade's protection stand behind it: `T-1/2`."""
    for table, of_table in _rows(settled.values()).items():
        becomes = {_key(row): _result(row) for row in of_table}
        part = "part" if table == "buyer_protections" else "1"
        cursor.execute(
            f"""SELECT safekeeping_account, trade_id, {part}, result FROM {table}
                WHERE corporate_action_event_id = %s AND safekeeping_account = ANY(%s)""",
            (event_id, list(settled)),
        )
        was = {(account, trade, number): result for account, trade, number, result in cursor.fetchall()}
        for key in sorted({*was, *becomes}):
            if said(was.get(key, {})) != said(becomes.get(key, {})):
                account, trade, number = key
                yield table, account, trade if number == 1 else f"{trade}/{number}", was.get(key), becomes.get(key)


def _rows(settled: Iterable[Settled]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for of_holder in settled:
        rows["market_claims"] += [claim.to_json() for claim in of_holder.effects.market_claims]
        rows["transformations"] += [changed.to_json() for changed in of_holder.effects.transformations]
        rows["buyer_protections"] += [
            {**protection.to_json(), "part": part} for part, protection in enumerate(of_holder.protections, 1)
        ]
    return rows


def _key(row: Row) -> tuple[str, str, int]:
    return row["safekeeping_account"], row["trade_id"], row.get("part", 1)


def _result(row: Row) -> dict[str, Any]:
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
