"""Tax lots: a fold of trades, transfers and events, by date, over accounts and the securities that events link.

`fold_accounts(...)` gives every lot of each account (closed ones with quantity 0), the realised rows, and what is held.
"""

from domain.lots.effect import Elected, LotEffect, follows_elections, lot_dates, lot_effects
from domain.lots.explanation import lot_rows
from domain.lots.fold import LotFold, fold_accounts
from domain.lots.ledger import unadjusted
from domain.lots.lot import Lot, Realised, read_lot
from domain.lots.part import AccountPart
from domain.lots.tax_currency import Pair, Rates, needed_rates, rates_by_pair

__all__ = [
    "AccountPart",
    "Elected",
    "Lot",
    "LotEffect",
    "LotFold",
    "Pair",
    "Rates",
    "Realised",
    "fold_accounts",
    "follows_elections",
    "lot_dates",
    "lot_effects",
    "lot_rows",
    "needed_rates",
    "rates_by_pair",
    "read_lot",
    "unadjusted",
]
