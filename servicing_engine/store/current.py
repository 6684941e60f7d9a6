"""Reading what is current, set-based: records by type and account, and the holders of an event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.corporate_actions import BUYING, LOTS_KEEP
from domain.entitlements import PlaceBalance
from domain.records import (
    Account,
    Confirmation,
    CorporateAction,
    Election,
    ElectionRelease,
    Record,
    Trade,
    parse_record,
)
from servicing_engine.store.buckets import BUCKETS

CHUNK = 1_000
"""Holders that are in memory at once."""

_HOLDERS = """
WITH latest AS (
    SELECT DISTINCT ON (safekeeping_account, safekeeping_place)
        safekeeping_account, settled_quantity, safekeeping_place, as_of_date, source, sequence
    FROM current_positions
    WHERE isin = %(isin)s AND as_of_date <= %(on)s AND {scope}
    ORDER BY safekeeping_account, safekeeping_place, as_of_date DESC
), holders AS (
    SELECT safekeeping_account, sum(settled_quantity) AS eligible,
        jsonb_agg(jsonb_build_array(safekeeping_place, as_of_date, settled_quantity::text, source, sequence)) AS places
    FROM latest GROUP BY safekeeping_account
), entitled AS (
    SELECT DISTINCT safekeeping_account FROM entitlements
    WHERE corporate_action_event_id = %(event)s AND status = 'CALCULATED' AND {scope}
)
SELECT coalesce(holders.safekeeping_account, entitled.safekeeping_account), coalesce(holders.eligible, 0), account.body,
    coalesce(holders.places, '[]')
FROM holders FULL JOIN entitled USING (safekeeping_account)
LEFT JOIN current_records AS account
    ON account.record_type = 'account' AND account.identity = coalesce(holders.safekeeping_account, entitled.safekeeping_account)
ORDER BY 1
"""

Holder = tuple[str, Decimal, Account | None, tuple[PlaceBalance, ...]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which accounts: one, some by name, those whose bucket is in [low, high), or all."""

    account: str = ""
    accounts: tuple[str, ...] = ()
    low: int = 0
    high: int = BUCKETS

    @property
    def sql(self) -> str:
        """A condition on the column safekeeping_account, with the values of `values`."""
        if self.account:
            return "safekeeping_account = %(account)s"
        if self.accounts:
            return "safekeeping_account = ANY(%(accounts)s)"
        if (self.low, self.high) == (0, BUCKETS):
            return "true"
        return "account_bucket(safekeeping_account) >= %(low)s AND account_bucket(safekeeping_account) < %(high)s"

    @property
    def values(self) -> dict[str, Any]:
        """What the condition names."""
        return {"account": self.account, "accounts": list(self.accounts), "low": self.low, "high": self.high}


def holders(cursor: Any, event_id: str, isin: str, on: date | None, scope: Scope) -> Iterator[list[Holder]]:
    """Chunks of (account, eligible quantity, account record, places): who holds the security on that date, or is entitled already.

    eligible = sum over places of the settled quantity at each place's own greatest as-of date (domain rules, "Eligibility and time").
    With an empty `isin`, who is entitled already. `cursor` must be a named one, so that the server keeps the rows.
    """
    values = {"isin": isin, "on": on, "event": event_id, **scope.values}
    cursor.execute(_HOLDERS.format(scope=scope.sql), values)
    while rows := cursor.fetchmany(CHUNK):
        yield [
            (number, eligible, _account(body), tuple(map(_place, places))) for number, eligible, body, places in rows
        ]


def eligible_of(cursor: Any, event: CorporateAction, accounts: Sequence[str]) -> dict[str, Decimal]:
    """Account -> eligible quantity, of those of these accounts that hold the event's security on its entitlement date."""
    cursor.execute(
        """SELECT safekeeping_account, sum(settled_quantity) FROM (
               SELECT DISTINCT ON (safekeeping_account, safekeeping_place) safekeeping_account, settled_quantity FROM current_positions
               WHERE isin = %s AND as_of_date <= %s AND safekeeping_account = ANY(%s)
               ORDER BY safekeeping_account, safekeeping_place, as_of_date DESC) AS latest GROUP BY safekeeping_account""",
        (event.isin, event.entitlement_date, list(accounts)),
    )
    return dict(cursor.fetchall())


def count_holders(cursor: Any, event_id: str, isin: str, on: date | None) -> int:
    """How many accounts `holders` would give at most."""
    cursor.execute(
        """SELECT (SELECT count(DISTINCT safekeeping_account) FROM current_positions WHERE isin = %s AND as_of_date <= %s)
                + (SELECT count(DISTINCT safekeeping_account) FROM entitlements
                   WHERE corporate_action_event_id = %s AND status = 'CALCULATED')""",
        (isin, on, event_id),
    )
    return int(cursor.fetchone()[0])


def _place(stated: Sequence[Any]) -> PlaceBalance:
    place, as_of_date, quantity, source, sequence = stated
    return PlaceBalance(place, date.fromisoformat(as_of_date), Decimal(quantity), source, sequence)


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


def movable(cursor: Any, trade_ids: Sequence[str], election_ids: Sequence[str]) -> list[Trade | Election]:
    """Present versions of these trades and elections, whose next version may name another account."""
    found = [*records(cursor, "trade", "identity", trade_ids), *records(cursor, "election", "identity", election_ids)]
    return [each for each in found if isinstance(each, Trade | Election)]


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


def lot_securities(cursor: Any, event_id: str) -> list[str]:
    """Securities whose lots some version of the event may change."""
    cursor.execute(
        """SELECT DISTINCT body ->> 'isin' FROM facts WHERE record_type = 'corporate_action' AND identity = %s
           AND NOT body ->> 'event_type' = ANY(%s)""",
        (event_id, list(LOTS_KEEP)),
    )
    return [isin for (isin,) in cursor.fetchall() if isin]


def lot_accounts(cursor: Any, event_id: str, scope: Scope) -> list[str]:
    """Accounts that traded the event's securities, hold lots of them, or bought by the event."""
    cursor.execute(
        f"""SELECT safekeeping_account FROM current_records
            WHERE record_type = 'trade' AND isin = ANY(%(isins)s) AND {scope.sql}
            UNION SELECT safekeeping_account FROM tax_lots
            WHERE (isin = ANY(%(isins)s) OR opened_by = %(event)s) AND {scope.sql}
            UNION SELECT safekeeping_account FROM entitlements WHERE corporate_action_event_id = %(event)s
            AND status = 'CALCULATED' AND event_type = ANY(%(buying)s) AND {scope.sql} ORDER BY 1""",
        {"isins": lot_securities(cursor, event_id), "event": event_id, "buying": list(BUYING), **scope.values},
    )
    return [account for (account,) in cursor.fetchall() if account]


def bought_securities(cursor: Any, account: str) -> set[str]:
    """Securities of the events by which the account buys: what it holds by them comes without a trade."""
    cursor.execute(
        """SELECT DISTINCT isin FROM entitlements WHERE safekeeping_account = %s AND status = 'CALCULATED'
           AND event_type = ANY(%s)""",
        (account, list(BUYING)),
    )
    return {isin for (isin,) in cursor.fetchall()}


def events_of_account(cursor: Any, account: str) -> set[str]:
    """Events of every security that the account was ever stated to hold."""
    cursor.execute(
        """SELECT e.identity FROM current_records AS e WHERE e.record_type = 'corporate_action' AND e.isin IN
           (SELECT isin FROM current_positions WHERE safekeeping_account = %s)""",
        (account,),
    )
    return {event_id for (event_id,) in cursor.fetchall()}


def elections_of(
    cursor: Any, event_id: str, accounts: Sequence[str]
) -> tuple[dict[str, list[Election]], list[ElectionRelease]]:
    """These accounts' elections of an event, and their releases."""
    cursor.execute(
        """SELECT body FROM current_records WHERE record_type = 'election' AND corporate_action_event_id = %s
           AND safekeeping_account = ANY(%s) ORDER BY identity""",
        (event_id, list(accounts)),
    )
    found = [parse_record(body)[0] for (body,) in cursor.fetchall()]
    elections: dict[str, list[Election]] = {}
    for each in found:
        if isinstance(each, Election):
            elections.setdefault(each.safekeeping_account, []).append(each)
    cursor.execute(
        "SELECT body FROM current_records WHERE record_type = 'election_release' AND body ->> 'election_id' = ANY(%s)",
        ([each.identity for each in found],),
    )
    releases = [parse_record(body)[0] for (body,) in cursor.fetchall()]
    return elections, [each for each in releases if isinstance(each, ElectionRelease)]


def confirmations_of(cursor: Any, event_id: str, accounts: Sequence[str]) -> list[Confirmation]:
    """The present confirmations of an event to these accounts."""
    cursor.execute(
        """SELECT body FROM current_records WHERE record_type = 'confirmation' AND corporate_action_event_id = %s
           AND safekeeping_account = ANY(%s) ORDER BY identity""",
        (event_id, list(accounts)),
    )
    found = [parse_record(body)[0] for (body,) in cursor.fetchall()]
    return [each for each in found if isinstance(each, Confirmation)]


def due_events(events: Sequence[CorporateAction], today: date) -> list[CorporateAction]:
    """Those whose entitlement date is before today; the others await it."""
    return [each for each in events if each.entitlement_date is None or each.entitlement_date < today]
