"""Loading the holders of events, set-based: everybody's part in an event by one statement, in chunks."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.case import Holder
from domain.entitlements import PlaceBalance
from domain.market_claims import HORIZON_DAYS, last_protected_day, settled_on
from domain.records import Account, Advice, CorporateAction, Drawing, Election, ElectionRelease, Trade
from servicing_engine.store.current import read
from servicing_engine.store.scope import Scope

CHUNK = 1_000
"""Holders that are in memory at once."""
_NUMBERS = itertools.count()
_HORIZON = timedelta(days=HORIZON_DAYS)

_HOLDERS = """
WITH latest AS (
    SELECT DISTINCT ON (safekeeping_account, safekeeping_place)
        safekeeping_account, settled_quantity, safekeeping_place, as_of_date, source, sequence
    FROM current_positions
    WHERE %(isin)s <> '' AND isin = %(isin)s AND as_of_date <= %(on)s AND {scope}
    ORDER BY safekeeping_account, safekeeping_place, as_of_date DESC
), holding AS (
    SELECT safekeeping_account, jsonb_agg(
        jsonb_build_array(safekeeping_place, as_of_date, settled_quantity::text, source, sequence) ORDER BY safekeeping_place) AS places
    FROM latest GROUP BY safekeeping_account
), named AS (
    SELECT DISTINCT safekeeping_account, identity
    FROM (SELECT body ->> 'safekeeping_account' AS safekeeping_account, identity FROM standing_facts
          WHERE record_type = 'election' AND body ->> 'corporate_action_event_id' = %(event)s) AS election
    WHERE {scope}
), elected AS (
    SELECT named.safekeeping_account, jsonb_agg(content.body) AS elections, array_agg(DISTINCT identity) AS named
    FROM named JOIN standing_facts AS content USING (identity) WHERE content.record_type = 'election'
    GROUP BY named.safekeeping_account
), released AS (
    SELECT elected.safekeeping_account, jsonb_agg(release.body ORDER BY release.identity) AS releases
    FROM elected, unnest(elected.named) AS election_id
    JOIN current_records AS release ON release.body ->> 'election_id' = election_id AND (release.record_type = 'election_release'
        OR release.record_type = 'advice' AND release.corporate_action_event_id = %(event)s)
    GROUP BY elected.safekeeping_account
), traded AS (
    SELECT safekeeping_account, jsonb_agg(body ORDER BY identity) AS trades
    FROM current_records
    WHERE record_type = 'trade' AND %(isin)s <> '' AND isin = %(isin)s AND body ->> 'function' <> 'CANC'
      AND coalesce(body ->> 'effective_settlement_date', body ->> 'settlement_date') BETWEEN %(settled_from)s AND %(settled_to)s
      AND {scope}
    GROUP BY safekeeping_account
), drawn AS (
    SELECT safekeeping_account, jsonb_agg(body ORDER BY identity) AS drawings
    FROM current_records WHERE record_type = 'drawing' AND corporate_action_event_id = %(event)s AND {scope}
    GROUP BY safekeeping_account
), taking_part AS (
    SELECT safekeeping_account FROM entitlements
    WHERE corporate_action_event_id = %(event)s AND status = 'CALCULATED' AND {scope}
    UNION SELECT safekeeping_account FROM held WHERE kind IN ('entitlement', 'claims') AND identity = %(event)s AND {scope}
), parts AS (
    SELECT safekeeping_account, places, elections, releases, trades, drawings
    FROM holding FULL JOIN elected USING (safekeeping_account) FULL JOIN traded USING (safekeeping_account)
    FULL JOIN drawn USING (safekeeping_account)
    FULL JOIN taking_part USING (safekeeping_account) LEFT JOIN released USING (safekeeping_account)
)
SELECT parts.safekeeping_account, account.body, places, elections, releases, trades, drawings
FROM parts LEFT JOIN current_records AS account
    ON account.record_type = 'account' AND account.identity = parts.safekeeping_account
ORDER BY 1
"""


def chunks(connection: Any, event: CorporateAction, scope: Scope, *, due: bool = True) -> Iterator[list[Holder]]:
    """Yield the scope's holders of the event, by account, at most CHUNK at once: who held, elected or trades the security, is entitled, or
    waits. If it is not `due`, without what they hold and trade."""
    dates = _settling(event)
    values = {
        "event": event.identity,
        "isin": event.isin if due else "",
        "on": event.entitlement_date,
        "settled_from": dates[0].isoformat() if dates else None,
        "settled_to": dates[1].isoformat() if dates else None,
        **scope.values,
    }
    name = f"holders_{next(_NUMBERS)}"  # of its own, as events are loaded while another one is
    with connection.cursor(name=name) as cursor:  # a named cursor: the server keeps the rows
        cursor.execute(_HOLDERS.format(scope=scope.sql), values)
        while rows := cursor.fetchmany(CHUNK):
            yield [_holder(*row) for row in rows]


def count(cursor: Any, event: CorporateAction, *, due: bool) -> int:
    """Return how many holders `chunks` would give, but for those who only elected, trade or wait; some are counted twice."""
    cursor.execute(
        """SELECT (SELECT count(DISTINCT safekeeping_account) FROM current_positions WHERE isin = %s AND as_of_date <= %s)
                + (SELECT count(DISTINCT safekeeping_account) FROM entitlements
                   WHERE corporate_action_event_id = %s AND status = 'CALCULATED')""",
        (event.isin if due else "", event.entitlement_date, event.identity),
    )
    return int(cursor.fetchone()[0])


def may_concern(event: CorporateAction, trade: Trade) -> bool:
    """Return True if the event's holders are loaded with the trade: it is in the security and settles around a key date."""
    dates, settled = _settling(event), settled_on(trade)
    return trade.isin == event.isin and dates is not None and settled is not None and dates[0] <= settled <= dates[1]


def _settling(event: CorporateAction) -> tuple[date, date] | None:
    """Return the first and last day on which a trade settles that the event may concern, None if no day is known."""
    days = [day for day in (event.entitlement_date, last_protected_day(event)) if day]
    return (_add(min(days), -_HORIZON), _add(max(days), _HORIZON)) if days and event.isin else None


def _add(day: date, span: timedelta) -> date:
    try:
        return day + span
    except OverflowError:
        return date.max if span > timedelta() else date.min


def _holder(account: str, body: Any, places: Any, elections: Any, releases: Any, trades: Any, drawings: Any) -> Holder:
    return Holder(
        account,
        next(iter(read(Account, [body] if body else [])), None),
        tuple(map(_place, places or ())),
        read(Election, elections) if elections else (),
        read(ElectionRelease, releases) if releases else (),
        read(Trade, trades) if trades else (),
        read(Drawing, drawings) if drawings else (),
        read(Advice, releases) if releases else (),
    )


def _place(stated: Sequence[Any]) -> PlaceBalance:
    place, as_of_date, quantity, source, sequence = stated
    return PlaceBalance(place, date.fromisoformat(as_of_date), Decimal(quantity), source, sequence)
