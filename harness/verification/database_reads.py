"""What PostgreSQL holds, in one snapshot: a statement for each table or view."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg2

from harness.failure import UnsupportedError
from harness.system import System
from harness.verification.balances import Balance
from harness.verification.delays import Waiting
from harness.verification.outcomes import KEPT_AT_LEAST
from harness.verification.results import Revision

Item = Mapping[str, Any]
_KEY = "corporate_action_event_id || '/' || safekeeping_account || '/' || option_number"
_BALANCES = """
WITH stated AS (
    SELECT DISTINCT ON (safekeeping_account, isin, safekeeping_place) safekeeping_account, isin, settled_quantity
    FROM current_positions ORDER BY safekeeping_account, isin, safekeeping_place, as_of_date DESC
), facts AS (
    SELECT safekeeping_account, isin,
           CASE body ->> 'side' WHEN 'SELL' THEN -1 ELSE 1 END * (body ->> 'quantity')::numeric AS quantity
    FROM current_records WHERE record_type = 'trade' AND body ->> 'function' IS DISTINCT FROM 'CANC'
    UNION ALL SELECT named.account, isin, named.sign * (body ->> 'quantity')::numeric
    FROM current_records CROSS JOIN LATERAL (
        VALUES (body ->> 'from_safekeeping_account', -1), (body ->> 'to_safekeeping_account', 1)) AS named (account, sign)
    WHERE record_type = 'transfer' AND body ->> 'function' IS DISTINCT FROM 'CANC'
    UNION ALL SELECT safekeeping_account, isin, -debited_quantity FROM entitlements WHERE status = 'CALCULATED'
    UNION ALL SELECT safekeeping_account, isin_out, entitled_quantity FROM entitlements WHERE status = 'CALCULATED'
), open_to_doubt AS (
    SELECT safekeeping_account FROM held
    UNION SELECT c.safekeeping_account FROM held JOIN current_records AS c USING (identity)
    UNION SELECT c.body ->> 'to_safekeeping_account' FROM held JOIN current_records AS c USING (identity) WHERE kind = 'transfer'
    UNION SELECT safekeeping_account FROM market_claims
    UNION SELECT safekeeping_account FROM transformations
    UNION SELECT safekeeping_account FROM buyer_protections
    UNION SELECT safekeeping_account FROM tax_lots WHERE quantity_ratio IS NOT NULL
)
SELECT p.safekeeping_account, p.isin, p.position, coalesce(f.quantity, 0), coalesce(l.quantity, 0)
FROM (SELECT safekeeping_account, isin, sum(settled_quantity) AS position FROM stated GROUP BY 1, 2) AS p
LEFT JOIN (SELECT safekeeping_account, isin, sum(quantity) AS quantity FROM facts GROUP BY 1, 2) AS f USING (safekeeping_account, isin)
LEFT JOIN (SELECT safekeeping_account, isin, sum(quantity) AS quantity FROM tax_lots GROUP BY 1, 2) AS l USING (safekeeping_account, isin)
WHERE NOT EXISTS (SELECT 1 FROM open_to_doubt AS d WHERE d.safekeeping_account = p.safekeeping_account)
  AND (f.quantity IS NOT NULL OR l.quantity IS NOT NULL)
"""
"""Accounts are left out where something is held, or where an event changed a pending trade: their facts are no plain sum."""


@dataclass
class Stored:
    """PostgreSQL's side of each invariant; keys are `event/account/option`, and `…/revision` in announcements."""

    record_states: dict[str, tuple[str, str]] = field(default_factory=dict)
    old_records: set[str] = field(default_factory=set)
    revisions: list[Revision] = field(default_factory=list)
    current: dict[str, Item] = field(default_factory=dict)
    event_states: dict[str, Item] = field(default_factory=dict)
    open_quantities: dict[str, Item] = field(default_factory=dict)
    announced: dict[str, int] = field(default_factory=dict)
    balances: list[Balance] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    lost_revisions: int = 0

    def pending(self, *kinds: str) -> set[str]:
        """Return the keys of the outbox rows of these kinds that are not published."""
        return {row.key for row in self.waiting if row.kind in kinds}


def database(system: System) -> Stored:
    """Read everything in one repeatable-read transaction. Raises UnsupportedError where the database cannot be reached or read."""
    try:
        connection = system.database()
    except psycopg2.OperationalError as error:
        raise UnsupportedError(f"the database does not answer: {str(error).strip().splitlines()[0]}") from error
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            return read_stored(cursor)
    except (
        psycopg2.errors.UndefinedTable,
        psycopg2.errors.UndefinedColumn,
        psycopg2.errors.UndefinedFunction,
    ) as error:
        missing = str(error).splitlines()[0]
        raise UnsupportedError(
            f"the database's schema is older than this checkout ({missing}): type `make apply`"
        ) from error
    finally:
        connection.close()


def read_stored(cursor: Any) -> Stored:
    """Return what the database of this cursor holds, each table or view by a statement."""
    stored = Stored()
    stored.record_states = {
        row[0]: (row[1], row[2]) for row in _rows(cursor, "SELECT record_id, state, reason FROM record_states")
    }
    cursor.execute("SELECT record_id FROM inbox WHERE recorded_at < now() - %s", (KEPT_AT_LEAST,))
    stored.old_records = {record_id for (record_id,) in cursor.fetchall()}
    for entitlement, revision, version, status, key, item in _rows(
        cursor,
        f"SELECT {_KEY}, revision, version, status, calculation_key, item FROM entitlement_items WHERE NOT is_reversal ORDER BY 1, 2",
    ):
        stored.revisions.append(Revision(entitlement, revision, version, status == "CALCULATED", key))
        if status == "CALCULATED":
            stored.current[entitlement] = item
    states = _rows(cursor, "SELECT corporate_action_event_id, to_jsonb(said) FROM corporate_action_states AS said")
    stored.event_states = dict(states)
    sums = "SELECT safekeeping_account || '/' || isin, trim_scale(sum(quantity))::text FROM tax_lots GROUP BY 1"
    stored.open_quantities = {key: {"open_quantity": quantity} for key, quantity in _rows(cursor, sums)}
    stored.announced = dict(_rows(cursor, f"SELECT {_KEY} || '/' || revision, version FROM announcements"))
    [(stored.lost_revisions,)] = _rows(cursor, "SELECT lost_revisions()")
    stored.balances = [Balance(*row) for row in _rows(cursor, _BALANCES)]
    waiting = "SELECT outbox_id, kind, key, created_at, coalesce(parked, '') FROM outbox WHERE published_at IS NULL ORDER BY outbox_id"
    stored.waiting = [Waiting(*row) for row in _rows(cursor, waiting)]
    return stored


def _rows(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    return list(cursor.fetchall())
