"""Accounts that may sell short: what they owe is kept as lots, which purchases close (domain rules, "Shorts").

A purchase gives back what is owed before it opens a lot, a sale closes lots before it opens a debt; both by the account's method. What was
closed gains what it was sold for less what that cost, and was held for no time (US IRC 1233(a), Treas. Reg. 1.1233-1(a)).
"""

from fractions import Fraction

from tests.unit.domain.life.arithmetic import shared_out
from tests.unit.domain.life.ledger import Ledger, Lot


class Owed(Ledger):
    """Units owed, and as their basis what they were sold for; both are told below zero."""

    owes = True

    def _order(self, lot):
        """HIFO gains least: what was sold for the least goes first."""
        return (lot.basis / lot.units, lot.acquired, lot.id) if self.method == "HIFO" else super()._order(lot)

    def row(self, lot, units, got, cost, on, closed_by):
        """What was sold for its basis is closed for what is paid."""
        self.realised.append((lot.id, lot.isin, on, closed_by, -units, cost, got, "SHORT"))


def sides(ledger):
    """What is held, and what is owed."""
    return [ledger, ledger.owed] if ledger.owed else [ledger]


def deal(ledger, trade, amount):
    """Close lots of one side and open one of the other for the rest, or refuse the trade whole; named lots are all that it takes."""
    closing, opening = (ledger.owed, ledger) if trade["side"] == "BUY" else (ledger, ledger.owed)
    name, isin, on, units = trade["trade_id"], trade["isin"], trade["trade_date"], Fraction(trade["quantity"])
    if ledger.method == "SPECIFIC" and trade.get("quantity_breakdown"):
        taken = closing.wanted(trade, on, trade["quantity_breakdown"])
        if taken is None:
            ledger.refused[name] = "insufficient_lots"
            return
    else:
        taken = closing.choose([lot for lot in closing.open_lots(isin) if lot.acquired <= on], units)
    left = units - sum(part for _, part in taken)
    if left and any(side.named(name) for side in sides(ledger)):
        ledger.refused[name] = "duplicate_lot_id"
        return
    for_closed, for_opened = shared_out(amount, [units - left, left])
    closing.realise(taken, for_closed, on, name)
    if left:
        opening.lots.append(Lot(name, None, isin, on, on, left, for_opened, name))
