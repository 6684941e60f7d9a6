"""UK share matching: a disposal takes shares of its own day, then of the 30 days after it, then of the pool.

Sources: TCGA 1992 s.104 (pool), s.105 (all acquisitions of one day are one, and so are all disposals), s.106A (30 days), s.127
(a reorganisation is no disposal: shares sold before a split are matched in units after it, under its new ISIN). HMRC CG51560.
Sales of one day follow each other by trade id; together they give what one sale would.

A sale's shares leave at once, but those matched with a later acquisition cost what that one costs. Until then the pool's shares that
left in their place are kept aside: they are not held (no event touches them, no sale takes them), and the pool's average counts them.
A sale may be of more than is held, as far as acquisitions of the 30 days after it are matched with it: of those nothing is aside.
"""

from collections.abc import Collection, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.lots.capital_sums import CapitalSums
from domain.lots.disposal import Disposal
from domain.lots.effect import Successor
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot
from domain.lots.relief import Parts, cut, quantity_of, relieve
from domain.lots.share_plan import Dealings, Key, Line, Match, Plan
from domain.numbers.exact import EXACT
from domain.numbers.money import in_parts
from domain.numbers.series import paired, sum_of
from domain.records import Trade


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A part of a disposal that an acquisition to come is matched with; `back` units of that are what is aside for it."""

    match: Match
    proceeds: Decimal
    disposal: Disposal
    back: Fraction


@dataclass
class ShareMatching(CapitalSums):
    """Folds by a plan, and sees the `dealings` that a plan is made from: the first fold has none, the next one that of the first.

    A plan says what disposals cost, and whether it covers what a sale takes above the units held; the first fold takes that for granted.
    `refused` are sales that nothing covers. `turned_down`: by first ISIN and currency the first sale that the plan does not cover, refused;
    the later ones are for the next fold to judge, without it. So `lines` are those of the fold before, as events are still to come.
    """

    plan: Plan | None = None
    refused: Collection[str] = ()
    turned_down: dict[Line, str] = field(default_factory=dict)
    dealings: Dealings = field(default_factory=Dealings)
    aside: dict[Line, dict[str, Lot]] = field(default_factory=dict)
    awaited: list[_Awaited] = field(default_factory=list)

    def choose(self, held: Sequence[Lot], sale: Trade) -> list[tuple[Lot, Fraction]]:
        """Shares of the same day, then the oldest. `sale` has a trade date."""
        wanted = Fraction(sale.quantity)
        today = relieve([lot for lot in held if lot.acquisition_date == sale.trade_date], wanted, "FIFO")
        before = [lot for lot in held if lot.acquisition_date != sale.trade_date]
        return [*today, *relieve(before, wanted - quantity_of(today), "FIFO")]

    def opened(self, lot: Lot) -> None:
        """Note the acquisition for the plan; shares that came of other ones (a rights issue) are no acquisition (s.127, s.128)."""
        parent = self.lots.get(lot.parent_lot_id)
        if parent is None or parent.isin == lot.isin:
            self.exchanged(lot)

    def exchanged(self, lot: Lot) -> None:
        """Note an acquisition: also of shares for which others were disposed of, where neither s.127 nor s.135 says that they are the
        same asset."""
        self.dealings.acquire(_line(lot), lot.acquisition_date, lot.quantity)

    def aside_of(self, lot: Lot) -> MutableMapping[str, Lot]:
        """Return the shares of the lot's line that are aside."""
        return self.aside.get(_line(lot), {})

    def dispose_fraction(self, taken: Parts, disposal: Disposal) -> None:
        """Nothing is matched with a fraction of shares that came on the same day either."""
        super().dispose_fraction(taken, disposal)
        today = quantity_of([(lot, part) for lot, part in taken if lot.acquisition_date == disposal.on])
        self.dealings.acquire(_line(taken[0][0]), disposal.on, -today)

    def lost_on(self, on: date) -> date:
        """Return the day itself: the entire loss of an asset is a disposal of it (s.24(1))."""
        return on

    def oversell(self, trade: Trade, held: Sequence[Lot], taken: Parts, short_by: Fraction) -> None:
        """Dispose of more than is held, if later acquisitions cover it; what rights nil paid are is not said before they come."""
        assert trade.trade_date is not None
        disposal = Disposal(trade.amount, trade.trade_date, trade.trade_id)
        line = Line(trade.isin, trade.currency)
        if trade.isin in self.granted or not self._covers(Key(trade.trade_id, line, trade.trade_date), short_by):
            self.refuse_short_by(trade, held, short_by)
        elif self.realises(trade, held, taken):
            self._dispose(line, taken, disposal, short_by)

    def _covers(self, key: Key, units: Fraction) -> bool:
        if key.closed_by in self.refused:
            return False
        line = replace(key.line, isin=self.line(key.line.isin))
        if self.plan is None or line in self.turned_down:
            return True
        if sum_of(match.sold for match in self.plan.get(key, ())) >= units:
            return True
        self.turned_down[line] = key.closed_by
        return False

    def dispose_of_shares(self, taken: Parts, disposal: Disposal) -> None:
        """Same day and pool are closed now; what the plan matches with later shares leaves aside, and is closed with them."""
        self._dispose(_line(taken[0][0]), taken, disposal)

    def _dispose(self, line: Line, taken: Parts, disposal: Disposal, ahead: Fraction = Fraction(0)) -> None:
        """Dispose of these parts, and of units that are sold `ahead` of what is held: of its matches the first ones."""
        today = [(lot, part) for lot, part in taken if lot.acquisition_date == disposal.on]
        before = [(lot, part) for lot, part in taken if lot.acquisition_date != disposal.on]
        self.dealings.acquire(line, disposal.on, -quantity_of(today))
        key = Key(disposal.closed_by, line, disposal.on)
        beyond = quantity_of(before) + ahead
        self.dealings.dispose(key, beyond)
        matches = self._due(key, beyond)
        of_pool, leaving = cut(before, beyond - sum_of(match.sold for match in matches))
        units = [part for _, part in (*today, *of_pool)] + [match.sold for match in matches]
        proceeds = in_parts(Fraction(disposal.amount), units, line.currency)
        first, second = len(today), len(today) + len(of_pool)
        self.close_pooled(_day(self, line, disposal.on), today, proceeds[:first], disposal, matched_by="SAME_DAY")
        pool = [lot for lot in self.pool(line.isin, line.currency) if lot.acquisition_date < disposal.on]
        aside = self.aside.setdefault(line, {})
        self.close_pooled(pool, of_pool, proceeds[first:second], disposal, matched_by="POOL", aside=aside)
        self._put_aside(leaving, disposal.on)
        for match, amount in paired(matches, proceeds[second:]):
            left = max(match.sold - ahead, Fraction(0))
            ahead -= match.sold - left
            self.awaited.append(_Awaited(match, amount, disposal, match.bought * left / match.sold))

    def rescaled(self, event_id: str, successor: Successor) -> None:
        """Shares that are aside become what they would be, had they stayed."""
        super().rescaled(event_id, successor)
        self.dealings.successors.append(successor)
        for line in [line for line in self.aside if line.isin == successor.isin]:
            for lot in self.aside.pop(line).values():
                after = _rescale(lot, event_id, successor)
                self.aside.setdefault(_line(after), {})[after.lot_id] = after

    def day_ended(self, day: date) -> None:
        """Close what was matched with the day's acquisitions, now that they are complete and its own disposals had theirs."""
        due = [awaited for awaited in self.awaited if awaited.match.acquired_on == day]
        self.awaited = [awaited for awaited in self.awaited if awaited.match.acquired_on != day]
        for awaited in due:
            line = awaited.match.line
            acquired = _day(self, line, awaited.match.acquired_on)
            taken = relieve(acquired, awaited.match.bought, "FIFO")
            proceeds = in_parts(Fraction(awaited.proceeds), [part for _, part in taken], line.currency)
            rule = "SAME_DAY" if awaited.match.acquired_on == awaited.disposal.on else "THIRTY_DAYS"
            factor = awaited.match.bought / awaited.match.sold
            self.close_pooled(acquired, taken, proceeds, awaited.disposal, matched_by=rule, factor=factor)
            self._put_back(line, awaited.back)

    def _due(self, key: Key, units: Fraction) -> list[Match]:
        """Take at most so many units of what is planned for the disposal."""
        due, planned = [], (self.plan or {}).get(key, [])
        while planned and units:
            match = planned.pop(0)
            sold = min(units, match.sold)
            bought = match.bought * sold / match.sold
            due.append(replace(match, sold=sold, bought=bought))
            units -= sold
            if match.sold > sold:
                planned.insert(0, replace(match, sold=match.sold - sold, bought=match.bought - bought))
        return due

    def _put_aside(self, leaving: Parts, on: date) -> None:
        for stale, part in leaving:
            lot = self.lots[stale.lot_id]
            kept = _part(lot, part)
            self.lots[lot.lot_id] = lot.without(part, kept.cost_basis, on)
            _join(self.aside[_line(lot)], kept)

    def _put_back(self, line: Line, units: Fraction) -> None:
        aside = self.aside.setdefault(line, {})
        for lot, part in relieve(list(aside.values()), units, "FIFO"):
            back = _part(lot, part)
            _join(self.lots, back)
            aside[lot.lot_id] = lot.without(part, back.cost_basis, lot.acquisition_date)
            if part == lot.quantity:
                del aside[lot.lot_id]


def _rescale(lot: Lot, event_id: str, successor: Successor) -> Lot:
    lot_id, quantity = f"{lot.lot_id}/{event_id}", lot.quantity * successor.factor
    return replace(
        lot, lot_id=lot_id, parent_lot_id=lot.lot_id, isin=successor.into, quantity=quantity, opened_by=event_id
    )


def _part(lot: Lot, units: Fraction) -> Lot:
    return replace(lot, quantity=units, cost_basis=lot.basis_of(units))


def _join(lots: dict[str, Lot], part: Lot) -> None:
    """Add a part to the lot of its id, which is open then."""
    lot = lots.get(part.lot_id)
    if lot is not None:
        basis = EXACT.add(lot.cost_basis, part.cost_basis)
        part = replace(lot, quantity=lot.quantity + part.quantity, cost_basis=basis, closed_at=None)
    lots[part.lot_id] = part


def _line(lot: Lot) -> Line:
    return Line(lot.isin, lot.currency)


def _day(ledger: Ledger, line: Line, on: date) -> list[Lot]:
    return [lot for lot in ledger.pool(line.isin, line.currency) if lot.acquisition_date == on]
