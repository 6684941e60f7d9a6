"""What one event does to the trades of its security: claims where it distributes, transformations where it replaces."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.entitlements import PreparedEvent
from domain.held import Held
from domain.market_claims.claim import MarketClaim, detect_claim
from domain.market_claims.key_dates import KeyDates, is_matched
from domain.market_claims.proceeds import claimable, claimed_option, replaces
from domain.market_claims.transformation import Transformation, transform
from domain.records import Trade


@dataclass(frozen=True, slots=True)
class TradeEffects:
    """In the order of the trades. `unclaimed`: those of which it cannot be said yet what is due, and why."""

    market_claims: tuple[MarketClaim, ...] = ()
    transformations: tuple[Transformation, ...] = ()
    unclaimed: tuple[tuple[Trade, Held], ...] = ()


def trade_effects(prepared: PreparedEvent, dates: KeyDates | None, trades: Iterable[Trade]) -> TradeEffects:
    """Of trades of any security and age: those of others, and those settled long before or after, are left out."""
    event = prepared.event
    if dates is None or event.mandatory_voluntary == "VOLU":
        return TradeEffects()
    of_trades: list[MarketClaim | Transformation] = []
    unclaimed = []
    for trade in trades:
        if trade.isin != event.isin or not is_matched(trade) or not dates.near(trade):
            continue
        try:
            option_number = claimed_option(prepared)
            if replaces(prepared, option_number):
                effect: MarketClaim | Transformation | None = transform(prepared, option_number, dates, trade)
            else:
                distributes = event.record_date and claimable(prepared, option_number)
                effect = detect_claim(prepared, option_number, dates, trade) if distributes else None
            of_trades += [effect] if effect else []
        except Held as held:
            unclaimed.append((trade, held))
    return TradeEffects(
        tuple(effect for effect in of_trades if isinstance(effect, MarketClaim)),
        tuple(effect for effect in of_trades if isinstance(effect, Transformation)),
        tuple(unclaimed),
    )
