"""Reading what is current, set-based: records by type and account, and which accounts and events concern each other."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from domain.corporate_actions import BUYING, LOTS_KEEP
from domain.records import Confirmation, CorporateAction, Election, Record, position_identity, stored_record
from servicing_engine.store.scope import Scope

_Record = TypeVar("_Record", bound=Record)


def read(record_type: type[_Record], bodies: Iterable[Any]) -> list[_Record]:
    """Return stored bodies as records of their type."""
    return [record for body in bodies if isinstance(record := stored_record(body), record_type)]


def records(cursor: Any, record_type: type[_Record], column: str, values: Iterable[str]) -> list[_Record]:
    """Return current records whose indexed column (a constant of ours, never input) has one of the values, by identity."""
    cursor.execute(
        f"SELECT body FROM current_records WHERE record_type = %s AND {column} = ANY(%s) ORDER BY identity",
        (record_type.record_type, list(values)),
    )
    return read(record_type, (body for (body,) in cursor.fetchall()))


def contents(cursor: Any, election_ids: Sequence[str]) -> list[Election]:
    """Return all contents of these elections, the replaced ones too: one stands until a later one is released, and each may name another
    account."""
    cursor.execute(
        "SELECT body FROM standing_facts WHERE record_type = 'election' AND identity = ANY(%s) ORDER BY identity, sequence",
        (list(election_ids),),
    )
    return read(Election, (body for (body,) in cursor.fetchall()))


def event(cursor: Any, event_id: str) -> CorporateAction | None:
    """Return an event's current version, None if it is unknown."""
    return next(iter(records(cursor, CorporateAction, "identity", [event_id])), None)


def confirmations_of(cursor: Any, event_id: str, accounts: Sequence[str]) -> list[Confirmation]:
    """Return the present confirmations of an event to these accounts."""
    cursor.execute(
        """SELECT body FROM current_records WHERE record_type = 'confirmation' AND corporate_action_event_id = %s
           AND safekeeping_account = ANY(%s) ORDER BY identity""",
        (event_id, list(accounts)),
    )
    return read(Confirmation, (body for (body,) in cursor.fetchall()))


def lot_accounts(cursor: Any, event_id: str, scope: Scope) -> list[str]:
    """Return the scope's accounts that traded securities of which some version of the event may change lots, hold lots of them, or ever
    bought by the event or by another one of these securities: what waits for a rate is not among the lots yet."""
    cursor.execute(
        f"""WITH touched AS (
                SELECT DISTINCT body ->> 'isin' AS isin FROM facts WHERE record_type = 'corporate_action' AND identity = %(event)s
                AND NOT body ->> 'event_type' = ANY(%(keep)s))
            SELECT safekeeping_account FROM current_records
            WHERE record_type = 'trade' AND isin IN (SELECT isin FROM touched) AND {scope.sql}
            UNION SELECT safekeeping_account FROM tax_lots
            WHERE (isin IN (SELECT isin FROM touched) OR opened_by = %(event)s) AND {scope.sql}
            UNION SELECT safekeeping_account FROM entitlements WHERE event_type = ANY(%(buying)s) AND {scope.sql}
            AND corporate_action_event_id IN (
                SELECT %(event)s UNION SELECT identity FROM current_records WHERE record_type = 'corporate_action'
                AND isin IN (SELECT isin FROM touched) AND body ->> 'event_type' = ANY(%(buying)s)) ORDER BY 1""",
        {"event": event_id, "keep": list(LOTS_KEEP), "buying": list(BUYING), **scope.values},
    )
    return [account for (account,) in cursor.fetchall() if account]


def bought_securities(cursor: Any, accounts: Sequence[str]) -> list[tuple[str, str]]:
    """Return (account, security) of the events by which the accounts buy: what they hold by them comes without a trade."""
    cursor.execute(
        """SELECT DISTINCT safekeeping_account, isin FROM entitlements WHERE safekeeping_account = ANY(%s) AND status = 'CALCULATED'
           AND event_type = ANY(%s)""",
        (list(accounts), list(BUYING)),
    )
    return list(cursor.fetchall())


def short_positions(cursor: Any, accounts: Iterable[str]) -> list[tuple[str, str, Decimal]]:
    """Return (account, position's identity, settled quantity) of these accounts' positions that are below zero."""
    cursor.execute(
        """SELECT safekeeping_account, isin, safekeeping_place, as_of_date, settled_quantity FROM current_positions
           WHERE safekeeping_account = ANY(%s) AND settled_quantity < 0 ORDER BY 1, 2, 3, 4""",
        (list(accounts),),
    )
    return [(account, position_identity(account, *named), settled) for account, *named, settled in cursor.fetchall()]


def events_of_account(cursor: Any, account: str) -> set[str]:
    """Return events of every security that the account was ever stated to hold."""
    cursor.execute(
        """SELECT e.identity FROM current_records AS e WHERE e.record_type = 'corporate_action' AND e.isin IN
           (SELECT isin FROM current_positions WHERE safekeeping_account = %s)""",
        (account,),
    )
    return {event_id for (event_id,) in cursor.fetchall()}
