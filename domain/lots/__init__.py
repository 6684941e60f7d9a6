"""Tax lots: a fold of trades and events, by date, over one account and the securities that events link.

`fold_lots(...)` gives every lot (closed ones with quantity 0), the realised rows, and what is held.
"""

from domain.lots.effect import Elected, LotEffect, follows_elections, lot_dates, lot_effects
from domain.lots.explanation import lot_rows
from domain.lots.fold import LotFold, fold_lots
from domain.lots.ledger import unadjusted
from domain.lots.lot import Lot, Realised, read_lot

__all__ = [
    "Elected",
    "Lot",
    "LotEffect",
    "LotFold",
    "Realised",
    "fold_lots",
    "follows_elections",
    "lot_dates",
    "lot_effects",
    "lot_rows",
    "read_lot",
    "unadjusted",
]
