"""Reading what is current, set-based: records by type and account, and the holders of an event."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from domain.records import Account, CorporateAction, Election, ElectionRelease, Record, Trade, parse_record

CHUNK = 1_000
"""Holders that are in memory at once."""

_HOLDERS = """
WITH latest AS (
    SELECT DISTINCT ON (safekeeping_account, safekeeping_place) safekeeping_account, settled_quantity
    FROM current_positions
    WHERE isin = %(isin)s AND as_of_date <= %(on)s AND (%(account)s = '' OR safekeeping_account = %(account)s)
    ORDER BY safekeeping_account, safekeeping_place, as_of_date DESC
), holders AS (
    SELECT safekeeping_account, sum(settled_quantity) AS eligible FROM latest GROUP BY safekeeping_account
), entitled AS (
    SELECT DISTINCT safekeeping_account FROM entitlements
    WHERE corporate_action_event_id = %(event)s AND status = 'CALCULATED'
      AND (%(account)s = '' OR safekeeping_account = %(account)s)
)
SELECT coalesce(holders.safekeeping_account, entitled.safekeeping_account), coalesce(holders.eligible, 0), account.body
FROM holders FULL JOIN entitled USING (safekeeping_account)
LEFT JOIN current_records AS account
    ON account.record_type = 'account' AND account.identity = coalesce(holders.safekeeping_account, entitled.safekeeping_account)
ORDER BY 1
"""

Holder = tuple[str, Decimal, Account | None]


def holders(cursor: Any, event: CorporateAction, account: str = "") -> Iterator[list[Holder]]:
    """Chunks of (account, eligible quantity, account record): who holds on the entitlement date, or is entitled already.

    eligible = sum over places of the settled quantity at each place's own greatest as-of date (domain rules, "Eligibility and time").
    `cursor` must be a named one, so that the server keeps the rows.
    """
    on = event.entitlement_date
    cursor.execute(
        _HOLDERS, {"isin": event.isin, "on": on, "event": event.corporate_action_event_id, "account": account}
    )
    while rows := cursor.fetchmany(CHUNK):
        yield [(number, eligible, _account(body)) for number, eligible, body in rows]


def _account(body: Any) -> Account | None:
    record = parse_record(body)[0] if body else None
    assert record is None or isinstance(record, Account)
    return record


def records(cursor: Any, record_type: str, column: str, values: Sequence[str]) -> list[Record]:
    """Current records of a type whose indexed column (a constant of ours, never input) has one of the values, by identity."""
    cursor.execute(
        f"SELECT body FROM current_records WHERE record_type = %s AND {column} = ANY(%s) ORDER BY identity",
        (record_type, list(values)),
    )
    return [parse_record(body)[0] for (body,) in cursor.fetchall()]


def account(cursor: Any, number: str) -> Account | None:
    """The account's current record."""
    found = records(cursor, "account", "identity", [number])
    return found[0] if found and isinstance(found[0], Account) else None


def events_of(cursor: Any, isins: Sequence[str]) -> list[CorporateAction]:
    """Current versions of the events of some securities."""
    found = records(cursor, "corporate_action", "isin", isins)
    return [each for each in found if isinstance(each, CorporateAction)]


def event(cursor: Any, event_id: str) -> CorporateAction | None:
    """An event's current version."""
    found = records(cursor, "corporate_action", "identity", [event_id])
    return found[0] if found and isinstance(found[0], CorporateAction) else None


def trades_of(cursor: Any, number: str) -> list[Trade]:
    """An account's current trades that are not cancelled."""
    found = records(cursor, "trade", "safekeeping_account", [number])
    return [each for each in found if isinstance(each, Trade) and each.function != "CANC"]


def elections_of(cursor: Any, event_id: str) -> tuple[list[Election], list[ElectionRelease]]:
    """An event's elections and their releases."""
    found = records(cursor, "election", "corporate_action_event_id", [event_id])
    elections = [each for each in found if isinstance(each, Election)]
    cursor.execute(
        "SELECT body FROM current_records WHERE record_type = 'election_release' AND body ->> 'election_id' = ANY(%s)",
        ([each.election_id for each in elections],),
    )
    releases = [parse_record(body)[0] for (body,) in cursor.fetchall()]
    return elections, [each for each in releases if isinstance(each, ElectionRelease)]


def due_events(events: Sequence[CorporateAction], today: date) -> list[CorporateAction]:
    """Those whose entitlement date is before today; the others await it."""
    return [each for each in events if each.entitlement_date is None or each.entitlement_date < today]


def waiting_events(connection: Any, today: date) -> list[str]:
    """Events that are due and were never calculated, or of which something is held for want of rules. Ends its transaction."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT e.identity FROM current_records AS e
               WHERE e.record_type = 'corporate_action' AND e.body ->> 'function' IN ('NEWM', 'REPL')
                 AND coalesce(e.body ->> 'record_date', e.body ->> 'effective_date') < %s
                 AND (NOT EXISTS (SELECT 1 FROM calculated_events AS c
                                  WHERE c.corporate_action_event_id = e.identity AND c.version = e.sequence)
                      OR EXISTS (SELECT 1 FROM held AS h WHERE h.identity = e.identity AND h.reason IN ('no_rate', 'no_rules')))
               ORDER BY e.identity""",
            (today.isoformat(),),
        )
        return [event_id for (event_id,) in cursor.fetchall()]
