"""Folding accounts' lots again, from all their trades and the due events of the securities that they traded or got for them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.corporate_actions import MissingTerms
from domain.entitlements import Held
from domain.lots import LotEffect, fold_lots, lot_effects, lot_rules_of
from domain.rules import CalendarRangeError, Rules
from servicing_engine.elected import elected_of
from servicing_engine.store import current, results, waiting


def fold_lots_of(cursor: Any, accounts: Iterable[str], rules: Rules, now: datetime) -> None:
    """Writes the lots of these accounts; the caller holds their locks. `now` in UTC."""
    for account in accounts:
        _fold(cursor, account, rules, now)


def _fold(cursor: Any, number: str, rules: Rules, now: datetime) -> None:
    trades = current.trades_of(cursor, number)
    account = current.account(cursor, number)
    securities = {trade.isin for trade in trades} | current.bought_securities(cursor, number)
    effects, holds = _effects(cursor, number, securities, rules, now)
    method, regime = lot_rules_of(account)
    fold = fold_lots(method, trades, effects, lot_regime=regime)
    results.write_lots(cursor, number, fold.lots)
    holds += [
        ("trade", waiting.Hold(each.trade.trade_id, number, Held(each.reason, each.field, each.detail)))
        for each in fold.refused
    ]
    holds += [
        ("lots", waiting.Hold(each.event_id, number, Held("lots_not_adjusted", each.field, each.detail)))
        for each in fold.unadjusted
    ]
    waiting.rejudge(cursor, ("trade", "lots"), "", [number], holds, rules.version)


def _effects(
    cursor: Any, number: str, isins: set[str], rules: Rules, now: datetime
) -> tuple[list[LotEffect], list[tuple[str, waiting.Hold]]]:
    """Effects on the securities, and on those that they turn into; and what cannot be applied yet, held under the account."""
    effects: dict[str, tuple[LotEffect, ...]] = {}
    holds = []
    seen: set[str] = set()
    while new := isins - seen:
        seen |= new
        for event in current.due_events(current.events_of(cursor, sorted(new)), now.date()):
            try:
                effects[event.identity] = lot_effects(event, rules, elected_of(cursor, event, number, rules))
            except (CalendarRangeError, Held, MissingTerms) as error:
                held = Held("lots_not_adjusted", "ex_date", str(error))
                holds.append(("lots", waiting.Hold(event.identity, number, held)))
        isins = {isin for each in effects.values() for effect in each for isin, _ in effect.credited}
    return [effect for each in effects.values() for effect in each], holds
