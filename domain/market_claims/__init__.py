"""What an event does to trades that are pending across its key date: market claims, transformations, buyer protection.

`trade_effects(prepared, trades)` per event; `part_elections(...)` per account of a choice. Read the same prepared event as entitlements do.
"""

from domain.market_claims.buyer_protection import BuyerProtection, PartedElections, last_protected_day, part_elections
from domain.market_claims.claim import MarketClaim
from domain.market_claims.pending import HORIZON_DAYS, settled_on
from domain.market_claims.trade_effects import TradeEffects, trade_effects
from domain.market_claims.transformation import Transformation

__all__ = [
    "HORIZON_DAYS",
    "BuyerProtection",
    "MarketClaim",
    "PartedElections",
    "TradeEffects",
    "Transformation",
    "last_protected_day",
    "part_elections",
    "settled_on",
    "trade_effects",
]
