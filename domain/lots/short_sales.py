"""Short sales: what is sold above the open lots is owed, and purchases give it back (domain rules, "Shorts").

What an account owes is a ledger of its own, kept the other way round: its lots count units owed and what they were sold for, as lots of a
holder count units held and what they cost. So events turn the one as they turn the other. In results both are below zero.

A short sale is closed, and its gain or loss realised, by what is bought and delivered; that was held for no time, so the term is SHORT
(US IRC §1233(a), Treas. Reg. §1.1233-1(a)). Nothing that becomes of the security before closes it. What a short pays its lender in lieu of
capital is part of its cost (§263(h); IRS Pub. 550, "Short Sales"). Worthless, it closes on that day (§1233(h)).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from domain.corporate_actions import Debit
from domain.lots.disposal import Disposal, Use, Used
from domain.lots.effect import LotEffect
from domain.lots.journal import Cause
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot, Realised, lot_of
from domain.lots.relief import LOWEST, quantity_of
from domain.numbers.exact import EXACT
from domain.numbers.money import in_parts
from domain.records import Trade


@dataclass
class Owed(Ledger):
    """What an account owes; the lots have quantity and basis above zero."""

    sign: ClassVar[int] = -1

    def reported(self, lot: Lot) -> Lot:
        """Return the lot as results have it, below zero."""
        return mirrored_lot(lot)

    def noted(self, row: Realised) -> Realised:
        """Return the row as results have it: what the short was sold for, less what it costs to close it."""
        return mirrored_row(row)

    def taxes(self, effect: LotEffect) -> bool:
        """Return False for an exchange, which closes no short; what is distributed in kind is owed at its market value."""
        return effect.taxable and effect.outturn.debit is Debit.NOTHING

    def used_by(self, cash: Decimal, of_all: Fraction, basis: Fraction, worth: Fraction, currency: str) -> Used:
        """Return cash beside securities as what the short pays: no gain, whatever it is."""
        return Used(Use.IN_LIEU, cash, basis, cash, worth)

    def repay(self, effect: LotEffect, paid: Sequence[tuple[Lot, Decimal]]) -> bool:
        """Lower what each lot was sold for by what the short pays in lieu of capital; return True."""
        for lot, cash in paid:
            self.use_up(lot, Used(Use.IN_LIEU, cash, Fraction(lot.cost_basis), cash), effect)
        return True

    def lost_on(self, on: date) -> date:
        """Return the day itself (US IRC §1233(h)(1))."""
        return on


@dataclass
class ShortSelling(Ledger):
    """An account that may sell short: `lots` are what it holds, `owed` what it owes."""

    owed: Owed = field(default_factory=lambda: Owed("FIFO", {}))

    @classmethod
    def of(cls, method: str, held: dict[str, Lot], owed: dict[str, Lot]) -> "ShortSelling":
        """Return an account with these lots, all above zero. HIFO, which gains least, takes of shorts the lowest proceeds."""
        ledger = cls(method, held)
        ledger.owed = Owed(LOWEST if method == "HIFO" else method, owed, ledger.realised, ledger.holds, beside=held)
        ledger.beside = owed
        return ledger

    @property
    def sides(self) -> tuple[Ledger, ...]:
        """Return what is held, and what is owed."""
        return self, self.owed

    def begin(self, cause: Cause | None) -> None:
        """Say to both sides what the next changes come of."""
        super().begin(cause)
        self.owed.begin(cause)

    def buy(self, trade: Trade) -> None:
        """Give back what is owed, by the account's method; the rest opens a lot."""
        self._deal(trade, self.owed, self)

    def sell(self, trade: Trade) -> None:
        """Relieve lots by the account's method; the rest is owed."""
        self._deal(trade, self, self.owed)

    def _deal(self, trade: Trade, closing: Ledger, opening: Ledger) -> None:
        """Close lots of one side and open a lot of the other, or refuse the trade whole. Lots that a trade names are all that it takes."""
        assert trade.trade_date is not None
        held = closing.held_by(trade)
        taken = closing.choose(held, trade)
        closed, units = quantity_of(taken), Fraction(trade.quantity)
        if closed < units and self.method == "SPECIFIC" and trade.quantity_breakdown:
            self.refuse_short_by(trade, held, units - closed)
        elif closed < units and any(trade.trade_id in side.lots for side in self.sides):
            self.refuse_twin(trade)
        elif closing.realises(trade, held, taken):
            amount, rest = in_parts(Fraction(trade.amount), [closed, units - closed], trade.currency)
            if taken:
                closing.dispose(taken, Disposal(amount, trade.trade_date, trade.trade_id, of_trade=trade))
            if closed < units:
                opening.open(lot_of(trade, units - closed, rest))


def mirrored_lot(lot: Lot) -> Lot:
    """Return the lot with the other sign: of what is owed as results have it, or the other way round."""
    return replace(lot, quantity=-lot.quantity, cost_basis=EXACT.minus(lot.cost_basis))


def mirrored_row(row: Realised) -> Realised:
    """Return a row of what is owed as results have it, or the other way round."""
    return replace(
        row,
        quantity=-row.quantity,
        proceeds=row.cost_basis,
        cost_basis=row.proceeds,
        holding_term="SHORT",
        held_since=row.disposal.on,
    )
