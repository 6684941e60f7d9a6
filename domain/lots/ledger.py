"""An account's lots while they are folded: opened by buys, relieved by sells, changed by events.

A tax regime is a ledger that does some of it in its own way (`share_matching`, `wash_sale`).
"""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from domain.held import Held, Hold
from domain.lots.disposal import Disposal, Relieved, Shared, Use, Used
from domain.lots.effect import LotEffect, Successor
from domain.lots.journal import Averaged, Cause, Fact, Journal
from domain.lots.lot import Lot, Realised, lot_of, realised_row
from domain.lots.relief import Parts, lacking, oldest_first, quantity_of, relieve
from domain.numbers.exact import EXACT, plain
from domain.numbers.money import in_parts, round_amount
from domain.numbers.series import exact_sum, paired, sum_of
from domain.records import Trade

OTHER_CURRENCY = "options.currency"
"""Field at fault of an event whose cash is in another currency than the lots."""


@dataclass
class Ledger:
    """`lots` by lot_id, closed ones too; what was `realised`, and the trades and events that change nothing (`holds`), in the fold's order.

    `method` is the account's relief_method. `first_found` is what `share` found first, by event and ISIN. `lines`: ISIN -> the first ISIN
    that its security had. `with_own_basis`: ids of lots that came for others that went, or at their market value. `refuses_shorts`: why a
    sale above the open lots is refused, if the account allows short positions all the same. `beside`: lots of the other side, which
    have ids too. `sign`: 1 where lots are held, -1 where owed.
    """

    method: str
    lots: dict[str, Lot]
    realised: list[Realised] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    first_found: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    with_own_basis: set[str] = field(default_factory=set)
    refuses_shorts: str = ""
    beside: Mapping[str, Lot] = field(default_factory=dict)
    sign: ClassVar[int] = 1

    @property
    def sides(self) -> tuple["Ledger", ...]:
        """Return the ledgers on which events act: what is held, and what is owed if the account sells short."""
        return (self,)

    def reported(self, lot: Lot) -> Lot:
        """Return the lot as results have it."""
        return lot

    @property
    def is_explained(self) -> bool:
        """Return True if every change of a lot is remembered, for an explanation."""
        return isinstance(self.lots, Journal)

    def begin(self, cause: Cause | None) -> None:
        """Say what the next changes come of, if the fold is to be explained: None at the end of a day."""
        if isinstance(self.lots, Journal):
            self.lots.by = cause

    def explain(self, lot_id: str, fact: Fact) -> None:
        """Keep the fact that says how the next change of a lot comes about, if the fold is to be explained."""
        if isinstance(self.lots, Journal):
            self.lots.facts[lot_id] = fact

    def open_lots(self, isin: str) -> list[Lot]:
        """Return lots of the security with a quantity left, in the order in which they came."""
        held = (lot for lot in self.lots.values() if lot.isin == isin and lot.closed_at is None)
        return [lot for lot in held if lot.quantity.numerator > 0]  # of a Fraction that is compared often

    def lots_before(self, isin: str, on: date, not_opened_by: str = "") -> list[Lot]:
        """Open lots of the security acquired before a day; without those that `not_opened_by`, an event, made itself."""
        lots = (lot for lot in self.open_lots(isin) if lot.acquisition_date < on)
        return [lot for lot in lots if not not_opened_by or lot.opened_by != not_opened_by]

    def share(self, event_id: str, lots: Sequence[Lot], share: Fraction) -> tuple[Fraction, Fraction]:
        """Units of these lots of one security: held now, and the share of them that an option of the event has. Shares are of what was
        there when the event's first effect came to the security."""
        held = sum_of(lot.quantity for lot in lots)
        first = self.first_found.setdefault((event_id, lots[0].isin), held) if lots else held
        return held, min(first * share, held)

    def pays(self, event_id: str, currency: str, lots: Sequence[Lot]) -> bool:
        """False, and noted, where one of these lots is in another currency than the event's cash: no rate says what it realises."""
        other = next((lot for lot in lots if lot.currency != currency), None)
        if other:
            detail = f"lot {other.lot_id} is in {other.currency}, the event pays in {currency or 'no currency'}"
            self.leave(event_id, other, OTHER_CURRENCY, detail)
        return other is None

    def leave(self, event_id: str, lot: Lot, at_fault: str, detail: str) -> None:
        """Note an event that leaves lots such as `lot` as they were: its announcement does not say what becomes of them."""
        self.holds.append(unadjusted(event_id, lot.safekeeping_account, at_fault, detail))

    def buy(self, trade: Trade) -> None:
        """Open a lot, or refuse the trade if a lot of its id is there."""
        if trade.trade_id in self.lots:
            self.refuse_twin(trade)
        else:
            self.open(lot_of(trade, Fraction(trade.quantity), trade.amount))

    def open(self, lot: Lot) -> None:
        """Add a lot that was acquired (bought, exercised, reinvested; not one that stands for another)."""
        self.lots[lot.lot_id] = lot
        self.opened(lot)

    def free_id(self, lot_id: str) -> str:
        """Return the id of a new lot: with .2, .3 and so on where the account has a lot of it, open or closed."""
        free, number = lot_id, 1
        while free in self.lots or free in self.beside:
            number += 1
            free = f"{lot_id}.{number}"
        return free

    def receive_moved(self, lot: Lot, _giver: "Ledger") -> None:
        """Add a lot that a transfer moved here: neither bought nor sold."""
        self.lots[lot.lot_id] = lot

    def sell(self, trade: Trade) -> None:
        """Relieve lots by the account's method and regime, or refuse the trade whole."""
        assert trade.trade_date is not None
        held = self.held_by(trade)
        taken = self.choose(held, trade)
        if (short_by := Fraction(trade.quantity) - quantity_of(taken)) > 0:
            self.oversell(trade, held, taken, short_by)
        elif self.realises(trade, held, taken):
            self.realise(taken, trade.amount, trade.trade_date, trade.trade_id)

    def oversell(self, trade: Trade, held: Sequence[Lot], taken: Parts, short_by: Fraction) -> None:
        """Refuse a sale of more units than are held, unless the regime says what they are."""
        self.refuse_short_by(trade, held, short_by)

    def held_by(self, trade: Trade) -> list[Lot]:
        """Return the open lots that the trade may close."""
        assert trade.trade_date is not None
        return [lot for lot in self.open_lots(trade.isin) if lot.acquisition_date <= trade.trade_date]

    def realises(self, trade: Trade, held: Sequence[Lot], taken: Parts) -> bool:
        """Return False, and refuse the trade, where a lot that it takes, or averages, is in another currency."""
        at_stake = held if self.method == "AVERAGE" else [lot for lot, _ in taken]
        other = next((lot for lot in at_stake if lot.currency != trade.currency), None)
        if other:
            detail = f"lot {other.lot_id} is in {other.currency}, and no exchange rate says what it realises"
            self.refuse(trade, "currency_mismatch", "currency", detail)
        return other is None

    def refuse_short_by(self, trade: Trade, held: Iterable[Lot], short_by: Fraction) -> None:
        """Note a trade that takes more units than the open lots have, or than those that it names."""
        named = lacking(held, trade.quantity_breakdown) if self.method == "SPECIFIC" else ""
        detail = f"the open lots of {trade.isin} are short by {plain(short_by)}{named}{self.refuses_shorts}"
        self.refuse(trade, "insufficient_lots", "quantity", detail, short_by)

    def refuse_twin(self, trade: Trade) -> None:
        """Note a trade that would open a second lot of its id."""
        self.refuse(trade, "duplicate_lot_id", "trade_id", f"a lot {trade.trade_id} is there already")

    def refuse(self, trade: Trade, reason: str, at_fault: str, detail: str, short_by: Fraction = Fraction(0)) -> None:
        """Note a trade that changes nothing; `at_fault` is the record's field, `short_by` the units missing."""
        held, trade_id = Held(reason, at_fault, detail), trade.trade_id
        self.holds.append(Hold("trade", trade_id, trade.safekeeping_account, held, trade_id, short_by))

    def relieve(self, lots: Sequence[Lot], quantity: Fraction) -> list[tuple[Lot, Fraction]]:
        """Return which of these lots an event takes a quantity from, by the account's method."""
        return relieve(lots, quantity, self.method)

    def realise(self, taken: Parts, amount: Decimal, on: date, closed_by: str, *, of_every_lot: bool = False) -> None:
        """Dispose of these parts for an amount in the lots' currency: a sale, or an event's cash. `of_every_lot`: none was chosen."""
        self.dispose(taken, Disposal(amount, on, closed_by, of_every_lot=of_every_lot))

    def choose(self, held: Sequence[Lot], sale: Trade) -> list[tuple[Lot, Fraction]]:
        """Return the parts of what is held that a sale takes; less than its quantity if too little is held."""
        return relieve(held, Fraction(sale.quantity), self.method, sale.quantity_breakdown)

    def dispose(self, taken: Parts, disposal: Disposal) -> None:
        """Close these parts of one security, each at its own lot's basis, or by the method AVERAGE at that of all lots held.

        Proceeds follow quantity; the last part takes the rounding, so that they add up to the amount.
        """
        first = taken[0][0]
        proceeds = in_parts(Fraction(disposal.amount), [part for _, part in taken], first.currency)
        if self.method != "AVERAGE":
            self.close(taken, proceeds, [lot.basis_of(part) for lot, part in taken], disposal)
            return
        pool = [lot for lot in self.pool(first.isin, first.currency) if lot.acquisition_date <= disposal.on]
        self.close_pooled(pool, taken, proceeds, disposal)

    def pool(self, isin: str, currency: str) -> list[Lot]:
        """Return the open lots whose cost can be pooled: of one security and currency."""
        return [lot for lot in self.open_lots(isin) if lot.currency == currency]

    def close(
        self,
        taken: Parts,
        proceeds: Sequence[Decimal],
        bases: Sequence[Decimal],
        disposal: Disposal,
        matched_by: str = "",
        pool: Relieved | None = None,
    ) -> None:
        """Take each part with its basis out of its lot, and write its realised row. A lot closes no sooner than it opened. `pool`
        is what the parts were relieved from, if it is not their own lots."""
        for (lot, part), (amount, basis) in paired(taken, paired(proceeds, bases)):
            self.lots[lot.lot_id] = lot.without(part, basis, disposal.on)
            source = pool or Relieved(lot.cost_basis, lot.quantity)
            self.realised.append(self.noted(realised_row(lot, part, amount, basis, disposal, source, matched_by)))

    def receive(self, lot: Lot, used: Used, on: date, closed_by: str) -> None:
        """Write cash for a lot whose quantity stays as a realised row of quantity 0: against the basis that it used up, or what it pays
        beyond the basis against none."""
        proceeds, basis = used.cash, used.amount
        if used.use is Use.BEYOND_BASIS:
            proceeds, basis = EXACT.subtract(used.cash, used.amount), round_amount(0, lot.currency)
        row = realised_row(lot, Fraction(0), proceeds, basis, Disposal(proceeds, on, closed_by), used)
        self.realised.append(self.noted(row))

    def close_pooled(
        self,
        pool: Sequence[Lot],
        taken: Parts,
        proceeds: Sequence[Decimal],
        disposal: Disposal,
        *,
        matched_by: str = "",
        aside: MutableMapping[str, Lot] | None = None,
        factor: Fraction = Fraction(1),
    ) -> None:
        """Close parts of the pool's lots at its average cost; its lots that stay open then carry the average too.

        The pool's basis times units taken over its units, rounded, is relieved; the lots left keep the difference. `aside`: lots by lot_id
        that belong to the pool and cannot be taken; `factor`: see Relieved. All in one currency; nothing taken changes nothing. Sources:
        Treas. Reg. §1.1012-1(e)(7) (average basis, oldest shares first); TCGA 1992 s.104 and s.110A (a holding is one asset).
        """
        if not taken:
            return
        others = aside if aside is not None else {}
        members, currency = [*pool, *others.values()], taken[0][0].currency
        basis = exact_sum(lot.cost_basis for lot in members)
        units, gone = sum_of(lot.quantity for lot in members), quantity_of(taken)
        relieved = round_amount(Fraction(basis) * gone / units, currency)
        bases = in_parts(Fraction(relieved), [part for _, part in taken], currency)
        self.close(taken, proceeds, bases, disposal, matched_by, Relieved(basis, units, True, factor))
        self.share_basis(EXACT.subtract(basis, relieved), pool, others)

    def share_basis(
        self, basis: Decimal, pool: Sequence[Lot], aside: MutableMapping[str, Lot], used: Used | Shared | None = None
    ) -> None:
        """Divide a basis among the pool's open lots and those `aside`, by their units, the oldest first; the last one takes the rounding.
        `used`, for the explanation: what cash or another class took off the basis before."""
        left = sorted((lot for lot in (self.lots[stale.lot_id] for stale in pool) if lot.quantity), key=oldest_first)
        staying = [
            *((self.lots, lot) for lot in left),
            *((aside, lot) for lot in sorted(aside.values(), key=oldest_first)),
        ]
        quantities = [lot.quantity for _, lot in staying]
        shares = in_parts(Fraction(basis), quantities, staying[0][1].currency) if staying else []
        rest = Averaged(basis, sum_of(quantities), used)
        for (lots, lot), share in paired(staying, shares):
            if lots is self.lots:
                self.explain(lot.lot_id, rest)
            lots[lot.lot_id] = replace(lot, cost_basis=share)

    def holding(self, lots: Sequence[Lot]) -> Sequence[Lot]:
        """Return the lots with the basis that the regime gives each of them before cash is received for them together."""
        return lots

    def taxes(self, effect: LotEffect) -> bool:
        """Return True if the event counts as a sale, or what it distributes as income in kind."""
        return effect.taxable

    def uncovered(self, effect: LotEffect) -> tuple[str, str] | None:
        """Return (field, why) if the regime says nothing of what the event does to lots; None if it does."""
        return None

    def allocation(self, effect: LotEffect) -> Sequence[Fraction]:
        """Return the part of the affected basis that goes to each new security."""
        return effect.basis.shares

    def dispose_fraction(self, taken: Parts, disposal: Disposal) -> None:
        """Dispose of a fraction that an event pays in cash, or drops for nothing: a sale, unless the regime says otherwise."""
        self.dispose(taken, disposal)

    def exercised(self, effect: LotEffect, made: Sequence[tuple[Lot, Lot]]) -> None:
        """Add lots that came of the exercise of rights, given as (rights, lot): purchases, unless the regime says otherwise."""
        for _, lot in made:
            self.open(lot)

    def used_by(self, cash: Decimal, of_all: Fraction, basis: Fraction, worth: Fraction, currency: str) -> Used:
        """Return the basis that a lot's cash beside securities uses up: the cash less the gain that it makes, which is recognised up to the
        cash (US IRC §356, §358).

        `of_all` is the cash of all the account's lots, `basis` and `worth` are the lot's old basis and the new securities' market value.
        """
        gain = round_amount(Fraction(cash) + worth - basis, currency)
        used = EXACT.subtract(cash, min(max(gain, round_amount(0, currency)), cash))
        return Used(Use.BOOT, used, basis, cash, worth)

    def repay(self, effect: LotEffect, paid: Sequence[tuple[Lot, Decimal]]) -> bool:
        """Lower each lot's basis by what it is paid, to nothing; what exceeds it is a gain on no quantity (US IRC §301(c)(2)-(3)). Return
        False if the event is left instead."""
        for lot, cash in paid:
            of_basis, in_kind = min(cash, lot.cost_basis), bool(effect.credited)
            used = Used(Use.BEYOND_BASIS, of_basis, Fraction(lot.cost_basis), cash, in_kind=in_kind)
            self.use_up(lot, used, effect)
        return True

    def raise_basis(self, added: Sequence[tuple[Lot, Decimal]]) -> None:
        """Add amounts to the basis of lots."""
        for lot, amount in added:
            self.lots[lot.lot_id] = replace(lot, cost_basis=EXACT.add(lot.cost_basis, amount))

    def use_up(self, lot: Lot, used: Used, effect: LotEffect) -> None:
        """Lower the lot's basis by what cash used up of it, and write what that realises."""
        self.explain(lot.lot_id, used)
        self.lots[lot.lot_id] = replace(lot, cost_basis=EXACT.subtract(lot.cost_basis, used.amount))
        if used.realises:
            self.receive(lot, used, effect.on, effect.event_id)

    def lost_on(self, on: date) -> date:
        """Return the day of the loss of what became worthless `on` a day: the last one of its year (US IRC §165(g)(1))."""
        return date(on.year, 12, 31)

    def subscribed(self, effect: LotEffect, lots: Sequence[Lot]) -> None:
        """Add lots of shares that the holder took up in proportion to those held: purchases, unless the regime says otherwise."""
        for lot in lots:
            self.open(lot)

    def opened(self, lot: Lot) -> None:
        """Hook, called after a lot was bought, or when an opening lot's acquisition date has come. Does nothing by default."""

    def exchanged(self, lot: Lot) -> None:
        """Hook, called after a lot came for another one that counts as sold: acquired, though it has a parent. Does nothing by default."""

    def noted(self, row: Realised) -> Realised:
        """Return a realised row as the regime writes it."""
        return row

    def rescaled(self, event_id: str, successor: Successor) -> None:
        """Keep the line of a security to which an event has given other units, another ISIN or both; fractions are still there."""
        self.lines[successor.into] = self.line(successor.isin)

    def line(self, isin: str) -> str:
        """Return the first ISIN that the security had."""
        return self.lines.get(isin, isin)

    def step_ended(self) -> None:
        """Hook, called after each trade, event or opening lot has been folded. Does nothing by default."""

    def day_ended(self, day: date) -> None:
        """Hook, called after all facts of the day have been folded. Does nothing by default."""


def unadjusted(event_id: str, account: str, at_fault: str, detail: str) -> Hold:
    """Return the hold of an event that does not touch lots that it should; `account` is empty if it touches nobody's."""
    return Hold("lots", event_id, account, Held("lots_not_adjusted", at_fault, detail))
