"""UK law of what a holding brings: cash beside new shares, as a capital distribution, for a fraction or for rights sold nil paid; income
that a fund keeps; shares of its own or another class that are taken up by rights.

Cash is a part disposal of the holding, or, if small, deducted from its cost; none is matched with an acquisition. Sources: TCGA 1992
s.122, s.128(3), s.129; s.123 (rights to be allotted shares, sold: as if it were a capital distribution of the shares); HMRC CG52587,
CG57826, CG57835, CG57856 (fractions), CG57857 and CG57863 (rights). Shares taken up by such rights are part of the holding (s.127,
s.128), and share its cost by value where they are of another class (s.129, s.130; CG51930); rights that were bought are an asset by
themselves.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import LotTreatment
from domain.lots.disposal import Disposal, Shared, Use, Used
from domain.lots.effect import LotEffect, Successor
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot
from domain.lots.relief import Parts, oldest_first, quantity_of
from domain.numbers.exact import EXACT, Number
from domain.numbers.money import in_parts, round_amount
from domain.numbers.series import exact_sum, paired, sum_of
from domain.records import Trade

_SMALL_PART, _SMALL_AMOUNT = Fraction(5, 100), 3000
"""Cash for shares is small up to this part of their value, or so many pounds, compared before it is paid (HMRC CG57835)."""


@dataclass
class CapitalSums(Ledger):
    """`granted`: rights -> the shares that they were handed out for, by ISIN."""

    granted: dict[str, str] = field(default_factory=dict)

    def aside_of(self, lot: Lot) -> MutableMapping[str, Lot]:
        """Return the lots by lot_id that count in the average cost of a lot's pool, and are not held."""
        return {}

    def uncovered(self, effect: LotEffect) -> tuple[str, str] | None:
        """Return (field, why) of a paydown and of basis that a holder spreads over rights, of which TCGA 1992, as far as it is written
        here, says nothing, and of rights to another class without the values by which it shares the cost (s.130)."""
        if effect.treatment is LotTreatment.PAY_DOWN:
            return "lot_regime", "UK_SHARE_MATCHING does not cover a paydown (PRED): the lots keep their cost"
        if effect.allocates:
            return (
                "lot_regime",
                "UK_SHARE_MATCHING knows no choice of basis for rights (allocate_basis_to_rights, US IRC §307)",
            )
        shares, new = self._entitling(effect), effect.outturn.isin_out
        if shares in ("", new):
            return None
        why = f"{shares} and {new} share the cost by value (TCGA 1992 s.129, s.130)"
        if not (effect.prices.get(shares) and effect.prices.get(new)):
            return "market_prices", f"{why}: their market prices are needed"
        if any(lot.currency != effect.currency for lot in self.lots_before(shares, effect.on)):
            return "options.currency", f"{why}, which is in another currency than {effect.currency}"
        return None

    def _entitling(self, effect: LotEffect) -> str:
        """Return the ISIN of shares by which others are taken up, the same class unless it is known which shares brought the rights; empty
        if the event is no subscription in proportion to a holding."""
        if effect.treatment is LotTreatment.EXERCISE:
            return self.granted.get(effect.isin, effect.outturn.isin_out)
        return effect.isin if effect.outturn.in_proportion else ""

    def allocation(self, effect: LotEffect) -> Sequence[Fraction]:
        """Note which shares rights are handed out for. They have no cost
        of their own: sold, they use up some of the shares' (s.123)."""
        if effect.treatment is not LotTreatment.DISTRIBUTE_RIGHTS:
            return effect.basis.shares
        self.granted[effect.outturn.isin_out] = effect.isin
        return [Fraction(0) for _ in effect.basis.shares]

    def holding(self, lots: Sequence[Lot]) -> Sequence[Lot]:
        """Give each lot the holding's average cost: it is one asset (s.104)."""
        aside = self.aside_of(lots[0])
        self.share_basis(_cost([*lots, *aside.values()]), lots, aside)
        return [self.lots[lot.lot_id] for lot in lots]

    def used_by(self, cash: Decimal, of_all: Fraction, basis: Fraction, worth: Fraction, currency: str) -> Used:
        """Return the cost that cash beside securities uses up as a part disposal: cost x cash / (cash + value) (s.128(3),
        s.129; HMRC CG52587). Small cash, at most 5 % of the value or GBP 3,000 and not above the cost, is deducted from the cost instead
        (s.122(2), (4); HMRC CG57835)."""
        part = Fraction(cash) / (Fraction(cash) + worth) if cash else Fraction(0)
        if (part <= _SMALL_PART or _is_few(of_all, currency)) and cash <= basis:
            return Used(Use.SMALL, cash, basis, cash)
        return Used(Use.PART_DISPOSAL, round_amount(basis * part, currency), basis, cash, worth)

    def repay(self, effect: LotEffect, paid: Sequence[tuple[Lot, Decimal]]) -> bool:
        """Take a capital distribution (s.122). Return False, and leave the event, if the shares' market value is needed and not given."""
        lots = [lot for lot, _ in paid]
        amount = exact_sum(cash for _, cash in paid)
        if self._needs_price(amount, lots, effect.prices):
            detail = f"a capital distribution under TCGA 1992 s.122 needs the market price of {effect.isin} after it"
            self.leave(effect.event_id, lots[0], "market_prices", detail)
            return False
        in_kind = bool(effect.credited)
        self._distribute(lots, Disposal(amount, effect.on, effect.event_id, effect.prices, in_kind=in_kind))
        return True

    def raise_basis(self, added: Sequence[tuple[Lot, Decimal]]) -> None:
        """Add amounts to the cost of the holding, which is one asset (s.104)."""
        super().raise_basis(added)
        if added:
            self.holding([self.lots[lot.lot_id] for lot, _ in added])

    def subscribed(self, effect: LotEffect, lots: Sequence[Lot]) -> None:
        """Shares taken up in proportion are of a reorganisation: as old as the holding, matched with nothing (s.127, s.128; CG51560).
        Those of another class share its cost and theirs."""
        shares = self._entitling(effect)
        held = self.lots_before(shares, effect.on)
        if not held:
            super().subscribed(effect, lots)
            return
        oldest = min(held, key=oldest_first)
        for lot in lots:
            self.lots[lot.lot_id] = replace(
                lot, acquisition_date=oldest.acquisition_date, holding_period_start=oldest.holding_period_start
            )
        if lots and lots[0].isin != shares:
            self._share_cost(held, [self.lots[lot.lot_id] for lot in lots], effect.prices)

    def exercised(self, effect: LotEffect, made: Sequence[tuple[Lot, Lot]]) -> None:
        """Add shares taken up by rights that the holding was given as `subscribed`, by rights that were bought as purchases."""
        for rights, lot in made:
            if not self._came_of_shares(rights):
                self.lots[lot.lot_id] = lot
                self.exchanged(lot)
        self.subscribed(effect, [lot for rights, lot in made if self._came_of_shares(rights)])

    def _share_cost(self, held: Sequence[Lot], new: Sequence[Lot], prices: Mapping[str, Number]) -> None:
        """Divide what a holding and shares of another class cost by their values on the first day (s.129, s.130; HMRC CG51930)."""
        paid, aside = _cost(new), self.aside_of(held[0])
        worths = [lot.quantity * Fraction(prices[lot.isin]) for lot in new]
        kept = _units(held) * Fraction(prices[held[0].isin])
        whole, cost = kept + sum(worths), self._basis(held) + Fraction(paid)
        moved = round_amount(cost * sum(worths) / whole, new[0].currency)
        parts = in_parts(Fraction(moved), worths, new[0].currency)
        for lot, (worth, part) in paired(new, paired(worths, parts)):
            self.explain(lot.lot_id, Shared(cost, worth, whole))
            self.lots[lot.lot_id] = replace(lot, cost_basis=part)
        left = EXACT.subtract(EXACT.add(_cost([*held, *aside.values()]), paid), moved)
        self.share_basis(left, held, aside, Shared(cost, kept, whole))

    def sell(self, trade: Trade) -> None:
        """Relieve lots, or refuse a sale of rights nil paid that does not say enough."""
        assert trade.trade_date is not None
        if unsaid := self._unsaid(trade.isin, trade.trade_date, trade.amount, {}):
            self.refuse(trade, "missing_terms", *unsaid)
            return
        super().sell(trade)

    def dispose(self, taken: Parts, disposal: Disposal) -> None:
        """Dispose of lots as of shares; but rights that the holding was given bring it a capital distribution, and go (s.123)."""
        rights = taken[0][0]
        if unsaid := self._unsaid(rights.isin, disposal.on, disposal.amount, disposal.prices):
            self.leave(disposal.closed_by, rights, *unsaid)
            return
        if not self._is_granted(rights):
            self.dispose_of_shares(taken, disposal)
            return
        shares = self._shares_of(rights, disposal.on)
        if not shares:
            self._close_unmatched(taken, disposal)
            return
        for lot, part in taken:
            self.lots[lot.lot_id] = lot.without(part, lot.basis_of(part), disposal.on)
        left = sum_of(lot.quantity for lot in self.open_lots(rights.isin))
        self._distribute(shares, disposal, Fraction(disposal.amount) * left / quantity_of(taken))

    def dispose_of_shares(self, taken: Parts, disposal: Disposal) -> None:
        """Dispose of shares, or of rights that were bought: rights that came with a holding are disposed of as part of it (`dispose`)."""
        super().dispose(taken, disposal)

    def dispose_fraction(self, taken: Parts, disposal: Disposal) -> None:
        """Take the cash as a capital distribution of the units that are left, which keep the fraction's cost; if none are, their cost
        goes. A fraction of shares that came on this day, by an exchange that counts as a sale, is disposed of at its own cost."""
        first = taken[0][0]
        if self._is_granted(first):
            self.dispose(taken, disposal)
            return
        pool = [lot for lot in self.pool(first.isin, first.currency) if lot.acquisition_date < disposal.on]
        if first.acquisition_date == disposal.on:
            self._close_unmatched(taken, disposal)
            return
        aside = self.aside_of(first)
        if quantity_of(taken) == _units(pool):
            proceeds = in_parts(Fraction(disposal.amount), [part for _, part in taken], first.currency)
            self.close_pooled(pool, taken, proceeds, disposal, aside=aside)
            return
        cost = _cost([*pool, *aside.values()])
        for lot, part in taken:
            self.lots[lot.lot_id] = lot.without(part, lot.basis_of(part), disposal.on)
        self.share_basis(cost, pool, aside)
        self._distribute([lot for lot in (self.lots[stale.lot_id] for stale in pool) if lot.quantity], disposal)

    def rescaled(self, event_id: str, successor: Successor) -> None:
        """Follow the shares that rights were handed out for to their new ISIN."""
        super().rescaled(event_id, successor)
        self.granted |= {rights: successor.into for rights, isin in self.granted.items() if isin == successor.isin}

    def _distribute(self, lots: Sequence[Lot], disposal: Disposal, beside: Fraction = Fraction(0)) -> None:
        """Take cash for these lots, together one asset, as a part disposal, or deduct it from their cost, as `used_by` says. `beside` is
        what rights are worth that are kept with them (CG57863)."""
        first, quantities, amount = lots[0], [lot.quantity for lot in lots], disposal.amount
        aside = self.aside_of(first)
        worth = _units(lots) * Fraction(disposal.prices.get(first.isin, 0)) + beside
        used = self.used_by(amount, Fraction(amount), self._basis(lots), worth, first.currency)
        used = replace(used, in_kind=disposal.in_kind)
        if used.realises:
            cash, costs = (in_parts(Fraction(whole), quantities, first.currency) for whole in (amount, used.amount))
            for lot, (proceeds, cost) in paired(lots, paired(cash, costs)):
                of_lot = replace(used, amount=cost, cash=proceeds, whole=used)
                self.receive(lot, of_lot, disposal.on, disposal.closed_by)
        self.share_basis(EXACT.subtract(_cost([*lots, *aside.values()]), used.amount), lots, aside, used)

    def _basis(self, lots: Sequence[Lot]) -> Fraction:
        """Return what these lots cost at the average of their pool, unrounded."""
        members = [*lots, *self.aside_of(lots[0]).values()]
        return Fraction(_cost(members)) * _units(lots) / _units(members)

    def _close_unmatched(self, taken: Parts, disposal: Disposal) -> None:
        """Close these parts at their own cost: no acquisition is matched with them."""
        proceeds = in_parts(Fraction(disposal.amount), [part for _, part in taken], taken[0][0].currency)
        self.close(taken, proceeds, [lot.basis_of(part) for lot, part in taken], disposal)

    def _unsaid(self, isin: str, on: date, amount: Decimal, prices: Mapping[str, Number]) -> tuple[str, str] | None:
        """Return (field, why) if lots of rights nil paid cannot be disposed of so; None for any other lots."""
        rights = self.open_lots(isin)
        granted = [lot for lot in rights if self._is_granted(lot)]
        if not granted or not amount:
            return None
        if len(granted) < len(rights):
            return (
                "isin",
                f"rights {isin} were both handed out and bought: UK_SHARE_MATCHING does not say which are sold",
            )
        shares = self._shares_of(granted[0], on)
        if not shares or not self._needs_price(amount, shares, prices):
            return None
        share = shares[0].isin
        return "market_prices", (
            f"rights {isin} sold nil paid are a part disposal of {share} (TCGA 1992 s.123), whose market price is needed: report the sale"
            f" as an option SLLE of the rights issue, with market_prices of {share}"
        )

    def _needs_price(self, amount: Decimal, lots: Sequence[Lot], prices: Mapping[str, Number]) -> bool:
        """Return True unless the lots' price is given, or the cash is small whatever they are worth."""
        few = _is_few(Fraction(amount), lots[0].currency) and amount <= self._basis(lots)
        return lots[0].isin not in prices and not few

    def _shares_of(self, rights: Lot, on: date) -> list[Lot]:
        """Return the lots, held before a day, of the shares that rights were handed out for."""
        pool = self.pool(self.granted.get(rights.isin, ""), rights.currency)
        return [lot for lot in pool if lot.acquisition_date < on]

    def _is_granted(self, lot: Lot) -> bool:
        return lot.isin in self.granted and self._came_of_shares(lot)

    def _came_of_shares(self, lot: Lot) -> bool:
        parent = self.lots.get(lot.parent_lot_id)
        return parent is not None and parent.isin != lot.isin


def _cost(lots: Sequence[Lot]) -> Decimal:
    return exact_sum(lot.cost_basis for lot in lots)


def _units(lots: Sequence[Lot]) -> Fraction:
    return sum_of(lot.quantity for lot in lots)


def _is_few(amount: Fraction, currency: str) -> bool:
    return currency == "GBP" and amount <= _SMALL_AMOUNT
