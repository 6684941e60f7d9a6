"""All events, and all accounts that have lots: by name, a page a statement, so that neither memory nor a snapshot grows."""

from typing import Any

from domain.corporate_actions import BUYING

PAGE = 1_000
_ACCOUNTS = f"""
SELECT account FROM (
    ({{of_trades}}) UNION ({{of_lots}}) UNION ({{of_purchases}}) UNION ({{of_givers}}) UNION ({{of_receivers}})
) AS having_lots (account) ORDER BY 1 LIMIT {PAGE}
"""
"""Each arm gives its next page by an index."""


def count_events(cursor: Any) -> int:
    """Return how many events there are."""
    cursor.execute("SELECT count(*) FROM current_records WHERE record_type = 'corporate_action'")
    return int(cursor.fetchone()[0])


def events_after(cursor: Any, event_id: str) -> list[str]:
    """Return the next events, in the order of their ids; none at the end."""
    cursor.execute(
        f"""SELECT identity FROM current_records WHERE record_type = 'corporate_action' AND identity > %s
            ORDER BY identity LIMIT {PAGE}""",
        (event_id,),
    )
    return [identity for (identity,) in cursor.fetchall()]


def accounts_after(cursor: Any, account: str) -> list[str]:
    """Return the next accounts that trades, lots, purchases by an event or transfers name; none at the end."""
    arms = {
        "of_trades": _arm("safekeeping_account", "current_records", "record_type = 'trade'"),
        "of_lots": _arm("safekeeping_account", "tax_lots"),
        "of_purchases": _arm(
            "safekeeping_account", "entitlements", "status = 'CALCULATED' AND event_type = ANY(%(buying)s)"
        ),
        "of_givers": _arm("body ->> 'from_safekeeping_account'", "current_records", "record_type = 'transfer'"),
        "of_receivers": _arm("body ->> 'to_safekeeping_account'", "current_records", "record_type = 'transfer'"),
    }
    cursor.execute(_ACCOUNTS.format(**arms), {"after": account, "buying": list(BUYING)})
    return [name for (name,) in cursor.fetchall()]


def _arm(account: str, table: str, condition: str = "true") -> str:
    return f"SELECT DISTINCT {account} FROM {table} WHERE {condition} AND {account} > %(after)s ORDER BY 1 LIMIT {PAGE}"
