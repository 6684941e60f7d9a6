"""US wash sales: a loss waits in the basis of the shares that replace those sold.

Sources: IRC §1091(a)-(d); Treas. Reg. §1.1091-1 (61 days; losses in the order of disposition, and within one sale in that of the
original acquisition; replacements in the order of acquisition, each share once) and §1.1091-2 (basis); IRC §1223(3) (the replacement's
holding period includes that of the shares sold); Rev. Rul. 56-602 (what is left of the very purchase that was sold replaces nothing).
Shares bought before the sale replace as far as they are still held after it. Shares that a transfer moved between accounts under this
regime remain of their purchase, and what replaced once replaces nothing again (Treas. Reg. §1.1091-1(e)).

What disposes: "any sale or other disposition" (§1091(a)), so also a taxable exchange, and what an issuer redeems, calls or draws, which
§1271(a)(1) treats as an exchange. What acquires: a purchase, "or an exchange on which the entire amount of gain or loss was recognized by
law"; shares of a tax-free reorganisation replace nothing. A limit: a paydown (PRED, a pool factor) retires no unit of what is held, and the
rule counts units, so its loss is never disallowed; neither is one that a return of capital or boot could show, as they show none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.lots.disposal import Disposal, Replaced
from domain.lots.effect import Successor
from domain.lots.journal import Moved
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot, Realised
from domain.lots.relief import Parts, oldest_first
from domain.numbers.exact import EXACT
from domain.numbers.money import round_amount

_Ancestor = tuple[str, str, str]
"""A lot's account, lot_id and ISIN."""
WINDOW_DAYS = 30
"""Before and after the sale: with its own day, 61 days."""


@dataclass(slots=True)
class _Loss:
    """A realised row with a loss: `amount` over `quantity` units, of which `replaced` units have `disallowed` their part so far."""

    row: int
    lot: Lot
    on: date
    closed_by: str
    quantity: Fraction
    amount: Decimal
    replaced: Fraction = Fraction(0)
    disallowed: Decimal = Decimal(0)

    @property
    def left(self) -> Fraction:
        return self.quantity - self.replaced

    @property
    def days_held(self) -> int:
        return max(0, (self.on - self.lot.holding_period_start).days)

    def disallow(self, units: Fraction) -> Decimal:
        """Return what these units more disallow: rounded on the sum so far, so that all units disallow exactly the loss."""
        self.replaced += units
        until_now = round_amount(Fraction(self.amount) * self.replaced / self.quantity, self.lot.currency)
        more = EXACT.subtract(until_now, self.disallowed)
        self.disallowed = until_now
        return more


@dataclass
class WashSale(Ledger):
    """`losses` in the order in which replacements are looked for, `new` ones of this step; `used`: ids of lots that replaced something;
    `came`: those that came by a taxable exchange in this step, which may still sell a fraction of them; `moved`: lot_id of a lot that a
    transfer brought -> what it stands for in other accounts."""

    losses: list[_Loss] = field(default_factory=list)
    new: list[_Loss] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    came: list[str] = field(default_factory=list)
    moved: dict[str, set[_Ancestor]] = field(default_factory=dict)

    def receive_moved(self, lot: Lot, giver: Ledger) -> None:
        """Add the lot, with all that the giver's account knows of its purchase and its security, and whether it replaced something."""
        super().receive_moved(lot, giver)
        self.moved[lot.lot_id] = set()
        if isinstance(giver, WashSale):
            self.moved[lot.lot_id] = giver.lineage(lot.parent_lot_id)
            self.used |= {lot.lot_id} if giver.has_replaced(lot.parent_lot_id) else set()
            self.lines = giver.lines | self.lines

    def dispose(self, taken: Parts, disposal: Disposal) -> None:
        """Relieve by the account's method, and keep what was lost."""
        first = len(self.realised)
        super().dispose(taken, disposal)
        self.new += self._losses(first, taken, disposal)

    def exchanged(self, lot: Lot) -> None:
        """Keep the lot until the event has sold the fraction of it that goes."""
        self.came.append(lot.lot_id)

    def noted(self, row: Realised) -> Realised:
        """Return the row with nothing disallowed of it so far."""
        return replace(row, disallowed_loss=round_amount(0, row.currency))

    def step_ended(self) -> None:
        """Replace what this step sold at a loss by shares that were bought in the 30 days before the sale and are still held."""
        for lot_id in self.came:
            if self.lots[lot_id].quantity:
                self.opened(self.lots[lot_id])
        self.came = []
        for loss in sorted(self.new, key=lambda new: oldest_first(new.lot)):
            named = {loss.lot.isin, *self.lines, *self.lines.values()}
            same = [isin for isin in sorted(named) if self.line(isin) == self.line(loss.lot.isin)]
            lots = (lot for isin in same for lot in self.open_lots(isin))
            late = [lot for lot in lots if 0 <= (loss.on - lot.acquisition_date).days <= WINDOW_DAYS]
            for lot in sorted(late, key=oldest_first):
                if loss.left and self._replaces(loss, lot):
                    self._take_over(loss, lot)
            self.losses.append(loss)
        self.new = []

    def day_ended(self, day: date) -> None:
        """Forget losses that are replaced, or too old to be."""
        self.losses = [loss for loss in self.losses if loss.left and (day - loss.on).days < WINDOW_DAYS]

    def opened(self, lot: Lot) -> None:
        """Shares bought after a sale replace what it sold at a loss, the earliest sale first."""
        for loss in self.losses:
            rest = self.lots[lot.lot_id]
            if loss.left and (lot.acquisition_date - loss.on).days <= WINDOW_DAYS and self._replaces(loss, rest):
                self._take_over(loss, rest)

    def rescaled(self, event_id: str, successor: Successor) -> None:
        """Units sold before a split count as units after it; under a new ISIN the security is substantially identical."""
        super().rescaled(event_id, successor)
        line = self.line(successor.isin)
        for loss in self.losses:
            if self.line(loss.lot.isin) == line:
                loss.quantity, loss.replaced = loss.quantity * successor.factor, loss.replaced * successor.factor

    def _losses(self, first: int, taken: Parts, disposal: Disposal) -> Iterator[_Loss]:
        """Those of the new rows that have a loss."""
        for row, (lot, part) in enumerate(taken, first):
            amount = EXACT.subtract(self.realised[row].cost_basis, self.realised[row].proceeds)
            if amount > 0:
                yield _Loss(row, lot, disposal.on, disposal.closed_by, part, amount)

    def _replaces(self, loss: _Loss, lot: Lot) -> bool:
        """True for shares that were themselves acquired, have replaced nothing yet, and are not of the purchase that was sold."""
        line = self.lineage(lot.lot_id)
        bought = {self.line(isin) for _, _, isin in line} == {self.line(loss.lot.isin)}
        mine = line & self.lineage(loss.lot.lot_id)
        return bought and lot.currency == loss.lot.currency and not mine and not self.has_replaced(lot.lot_id)

    def lineage(self, lot_id: str) -> set[_Ancestor]:
        """Return the lot and all that it stands for, in this account and in those that moved it."""
        line = self._line_of(lot_id)
        return {(lot.safekeeping_account, lot.lot_id, lot.isin) for lot in line} | self.moved.get(
            line[-1].lot_id, set()
        )

    def has_replaced(self, lot_id: str) -> bool:
        """Return True if the lot, or one that it stands for, took over a loss that a wash sale disallowed."""
        return any(lot.lot_id in self.used for lot in self._line_of(lot_id))

    def _line_of(self, lot_id: str) -> list[Lot]:
        """Return the lot and its ancestors, as far as they are known, of this account, and were acquired on the same day."""
        line = [self.lots[lot_id]]
        while line[-1].lot_id not in self.moved and (parent := self.lots.get(line[-1].parent_lot_id)):
            if parent in line or parent.acquisition_date != line[0].acquisition_date:
                break
            line.append(parent)
        return line

    def _take_over(self, loss: _Loss, lot: Lot) -> None:
        """Raises the basis of as many units of the lot as replace, and dates them back; a part of a lot becomes a child first."""
        units = min(loss.left, lot.quantity)
        replacing = lot if units == lot.quantity else _part_of(self, lot, units, loss.closed_by)
        since = max(1, replacing.holding_period_start.toordinal() - loss.days_held)
        replaced = Replaced(replacing.lot_id, units, loss.disallow(units), loss.days_held)
        self.explain(replacing.lot_id, replaced)
        self.lots[replacing.lot_id] = replace(
            replacing,
            cost_basis=EXACT.add(replacing.cost_basis, replaced.amount),
            holding_period_start=date.fromordinal(since),
        )
        self.used.add(replacing.lot_id)
        row = self.realised[loss.row]
        self.realised[loss.row] = replace(
            row, disallowed_loss=loss.disallowed, replaced_by=(*row.replaced_by, replaced)
        )


def _part_of(ledger: Ledger, lot: Lot, units: Fraction, closed_by: str) -> Lot:
    """Split these units off as a child of the lot."""
    lot_id = ledger.free_id(f"{lot.lot_id}/{closed_by}")
    basis = lot.basis_of(units)
    child = replace(lot, lot_id=lot_id, parent_lot_id=lot.lot_id, quantity=units, cost_basis=basis, opened_by=closed_by)
    for changed in (lot.lot_id, lot_id):
        ledger.explain(changed, Moved(lot, units, lot.cost_basis, lot.quantity))
    ledger.lots |= {lot.lot_id: lot.without(units, basis, lot.acquisition_date), lot_id: child}
    return child
