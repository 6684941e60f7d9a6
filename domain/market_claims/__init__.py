"""What an event does to trades that are pending across its key date: market claims, transformations, buyer protection.

`key_dates(event, rules)` once per event; `trade_effects(...)` and `part_elections(...)` per account.
"""

from domain.market_claims.buyer_protection import BuyerProtection, PartedElections, last_protected_day, part_elections
from domain.market_claims.claim import MarketClaim
from domain.market_claims.explanation import explain_claim, explain_protection, explain_transformation
from domain.market_claims.key_dates import HORIZON_DAYS, KeyDates, key_dates, settled_on
from domain.market_claims.trade_effects import TradeEffects, trade_effects
from domain.market_claims.transformation import Transformation

__all__ = [
    "HORIZON_DAYS",
    "BuyerProtection",
    "KeyDates",
    "MarketClaim",
    "PartedElections",
    "TradeEffects",
    "Transformation",
    "explain_claim",
    "explain_protection",
    "explain_transformation",
    "key_dates",
    "last_protected_day",
    "part_elections",
    "settled_on",
    "trade_effects",
]
