"""Folding what an event does to the trades of some accounts: claims, transformations, buyer protections; and what is held of them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from domain.entitlements import Held, PreparedEvent
from domain.market_claims import last_protected_day, part_elections, trade_effects
from domain.records import CorporateAction, Election, ElectionRelease, Trade
from domain.rules import Rules
from servicing_engine.store import current, trades, waiting
from servicing_engine.store.current import Scope
from servicing_engine.store.trade_effects import rewrite

Rows = dict[str, list[dict[str, Any]]]


def fold_claims(cursor: Any, event_id: str, prepared: PreparedEvent | None, scope: Scope, rules: Rules) -> None:
    """Writes them for the scope's accounts, whose locks the caller holds; without `prepared` (ended, held or not due) there are none."""
    before = waiting.held_accounts(cursor, event_id, scope, "claims")
    by_account = trades.of_event(cursor, prepared.event, scope) if prepared else {}
    rows: Rows = {"market_claims": [], "transformations": [], "buyer_protections": []}
    holds: dict[str, Held] = {}
    if prepared:
        _add_effects(prepared, by_account, rows, holds)
        _add_protections(cursor, prepared.event, by_account, rules, rows, holds)
    rewrite(cursor, event_id, scope, rows)
    named = [("claims", waiting.Hold(event_id, account, held)) for account, held in sorted(holds.items())]
    waiting.rejudge(cursor, ("claims",), event_id, sorted({*before, *by_account}), named, rules.version)


def _add_effects(
    prepared: PreparedEvent, by_account: trades.TradesByAccount, rows: Rows, holds: dict[str, Held]
) -> None:
    effects = trade_effects(prepared, (trade for of_account in by_account.values() for trade in of_account))
    rows["market_claims"] += [each.to_json() for each in effects.market_claims]
    rows["transformations"] += [each.to_json() for each in effects.transformations]
    for trade, held in effects.unclaimed:
        holds.setdefault(
            trade.safekeeping_account, Held(held.reason, held.field, f"trade {trade.trade_id}: {held.detail}")
        )


def _add_protections(
    cursor: Any,
    event: CorporateAction,
    by_account: trades.TradesByAccount,
    rules: Rules,
    rows: Rows,
    holds: dict[str, Held],
) -> None:
    if not by_account or last_protected_day(event) is None:
        return
    eligible = current.eligible_of(cursor, event, list(by_account))
    elections, releases = current.elections_of(cursor, event.identity, list(by_account))
    for account, own in by_account.items():
        try:
            elected = part_elections(
                event, rules, eligible.get(account, Decimal(0)), own, elections.get(account, ()), releases
            )
        except Held as held:
            holds.setdefault(account, held)
            continue
        rows["buyer_protections"] += [
            {**each.to_json(), "part": part} for part, each in enumerate(elected.protections, 1)
        ]


def elections_of_holding(
    event: CorporateAction,
    rules: Rules,
    eligible: Decimal,
    own: Sequence[Trade],
    elections: Sequence[Election],
    releases: Sequence[ElectionRelease],
) -> Sequence[Election]:
    """An account's elections without what they say of purchases that wait for delivery. Raises Held for want of a calendar."""
    return part_elections(event, rules, eligible, own, elections, releases).of_holding if own else elections


def protecting_trades(cursor: Any, event: CorporateAction, accounts: Sequence[str]) -> Mapping[str, Sequence[Trade]]:
    """By account, the trades that may be protected; nothing is read for an event that protects nobody."""
    return trades.of_event(cursor, event, Scope(accounts=tuple(accounts))) if last_protected_day(event) else {}
