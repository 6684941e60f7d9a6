"""Reading the trades that an event may concern, set-based: those of its security that settle around its key dates."""

from datetime import date, timedelta
from typing import Any

from domain.market_claims import HORIZON_DAYS, last_protected_day, settled_on
from domain.records import CorporateAction, Trade, parse_record
from servicing_engine.store.current import Scope

_HORIZON = timedelta(days=HORIZON_DAYS)
TradesByAccount = dict[str, list[Trade]]


def of_event(cursor: Any, event: CorporateAction, scope: Scope) -> TradesByAccount:
    """The scope's current trades that the event may concern, by account and trade id."""
    around = _around(event)
    if not around:
        return {}
    cursor.execute(
        f"""SELECT body FROM current_records
            WHERE record_type = 'trade' AND isin = %(isin)s AND body ->> 'function' <> 'CANC'
              AND coalesce(body ->> 'effective_settlement_date', body ->> 'settlement_date') BETWEEN %(settled_from)s AND %(settled_to)s
              AND {scope.sql}
            ORDER BY safekeeping_account, identity""",
        {
            "isin": event.isin,
            "settled_from": around[0].isoformat(),
            "settled_to": around[1].isoformat(),
            **scope.values,
        },
    )
    found: TradesByAccount = {}
    for (body,) in cursor.fetchall():
        trade = parse_record(body)[0]
        assert isinstance(trade, Trade)
        found.setdefault(trade.safekeeping_account, []).append(trade)
    return found


def may_concern(event: CorporateAction, trade: Trade) -> bool:
    """True where `of_event` would give the trade."""
    around, settled = _around(event), settled_on(trade)
    return trade.isin == event.isin and around is not None and settled is not None and around[0] <= settled <= around[1]


def _around(event: CorporateAction) -> tuple[date, date] | None:
    days = [day for day in (event.entitlement_date, last_protected_day(event)) if day]
    return (_add(min(days), -_HORIZON), _add(max(days), _HORIZON)) if days and event.isin else None


def _add(day: date, span: timedelta) -> date:
    try:
        return day + span
    except OverflowError:
        return date.max if span > timedelta() else date.min
