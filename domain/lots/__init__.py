"""Tax lots: a fold of trades, transfers and events, by date, over accounts and the securities that events link.

`fold_accounts(...)` gives every lot of each account (closed ones with quantity 0), the realised rows, and what is held.
"""

from domain.lots.effect import Elected, LotEffect, follows_elections, lot_dates, lot_effects
from domain.lots.explanation import lot_rows
from domain.lots.fold import AccountPart, LotFold, fold_accounts
from domain.lots.ledger import unadjusted
from domain.lots.lot import Lot, Realised, read_lot

__all__ = [
    "AccountPart",
    "Elected",
    "Lot",
    "LotEffect",
    "LotFold",
    "Realised",
    "fold_accounts",
    "follows_elections",
    "lot_dates",
    "lot_effects",
    "lot_rows",
    "read_lot",
    "unadjusted",
]
