"""How each figure of a lot and of a realised row came about, as a person checks it: the rule with its source, and the arithmetic.

`Step.result` is the figure of the row. Operands are those of the fold (`journal`, `disposal`); differences and unrounded products are
written out here, and decide nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from domain.corporate_actions import LotTreatment
from domain.lots import law
from domain.lots.disposal import Relieved, Replaced, Shared, Use, Used
from domain.lots.effect import LotEffect
from domain.lots.explained_changes import cash_of, changed, opened, paid, takes_money, use_of
from domain.lots.fold import LotFold
from domain.lots.journal import Averaged, Change, Moved
from domain.lots.lot import Lot, Realised
from domain.lots.short_explanation import owed_lot, owed_row
from domain.lots.short_sales import mirrored_row
from domain.lots.tax_currency import Exchange, Fact, id_and_day
from domain.numbers.exact import EXACT, plain
from domain.numbers.fractions import DEFAULT_DISPOSITION
from domain.records import Trade, Transfer
from domain.records.account import UK_SHARE_MATCHING
from domain.step import Step, output_row

_CREDITING = (LotTreatment.REORGANISE, LotTreatment.RETURN_CAPITAL, LotTreatment.DISTRIBUTE_RIGHTS)
_BY_DAY = ("SAME_DAY", "THIRTY_DAYS")
"""Matched with all shares acquired on one day: their average cost."""


def lot_rows(folds: Iterable[LotFold], *, explained: bool) -> dict[str, list[dict[str, Any]]]:
    """Return `tax_lots` and `realised` of accounts as `calculate` prints them; `explained` asks for folds that were."""
    lots, realised = [], []
    for fold in folds:
        steps = _LotExplanation(fold)
        lots += [output_row(lot.to_json(), steps.of_lot(lot), explained=explained) for lot in fold.lots]
        realised += [output_row(row.to_json(), steps.of_realised(row), explained=explained) for row in fold.realised]
    return {"tax_lots": lots, "realised": realised}


@dataclass
class _LotExplanation:
    """Explains one account's fold, which must be `explained`."""

    fold: LotFold

    @cached_property
    def given_up(self) -> Mapping[int, Fraction]:
        """Return the units given up by each disposal, by its identity."""
        units: dict[int, Fraction] = {}
        for row in self.fold.realised:
            units[id(row.disposal)] = units.get(id(row.disposal), Fraction(0)) + abs(_given_up(row))
        return units

    def of_lot(self, lot: Lot) -> Iterator[Step]:
        """Yield every change of the lot, in order: the last step of a name has the figure of the row."""
        steps = self._of_changes(lot)
        yield from owed_lot(steps) if lot.lot_id in self.fold.owed else steps

    def _of_changes(self, lot: Lot) -> Iterator[Step]:
        for change in self.fold.changes[lot.lot_id]:
            rule, exchange = self._rule(change), self._exchange(change)
            if exchange and takes_money(change):
                yield self._rate(exchange)
            yield from (
                opened(change, rule, exchange)
                if change.before is None
                else changed(change.before, change, rule, exchange)
            )

    def of_realised(self, row: Realised) -> Iterator[Step]:
        """Yield the steps to each figure of the row."""
        regime, gain = self.fold.lot_regime, EXACT.subtract(row.proceeds, row.cost_basis)
        is_short = row.lot_id in self.fold.owed
        yield from owed_row(self._sources(mirrored_row(row))) if is_short else self._sources(row)
        arithmetic = f"{row.proceeds} - {row.cost_basis}"
        yield Step("gain_loss", law.of_regime(law.GAIN, regime), arithmetic, str(gain))
        arithmetic = f"held since {row.held_since}, given up on {row.disposal.on}"
        arithmetic += f", which counts on {row.date}" if row.date != row.disposal.on else ""
        rule = law.SHORT_TERM if is_short else law.of_regime(law.TERM, regime)
        yield Step("holding_term", rule, arithmetic, row.holding_term)
        if row.disallowed_loss is not None:
            yield _disallowed(row)

    def _sources(self, row: Realised) -> Iterator[Step]:
        """Yield the steps to quantity, proceeds and basis."""
        yield self._units(row)
        exchanges = self.fold.exchanges.get((row.closed_by, row.disposal.on), ()) if row.disposal.amount else ()
        yield from map(self._rate, exchanges)
        if isinstance(row.source, Relieved):
            of_all = self.given_up[id(row.disposal)]
            sold = next((each for each in exchanges if isinstance(each.given, Trade)), None)
            yield from _relieved(row, row.source, _amount(row, of_all, sold), of_all, self.fold.lot_regime)
        else:
            yield from _received(row, row.source, self.fold.lot_regime)

    def _exchange(self, change: Change) -> Exchange | None:
        """Return how the money of the fact that changed the lot came into the tax currency; None if it was there."""
        fact = change.by or change.after
        if isinstance(fact, Transfer):
            return None
        found = self.fold.exchanges.get(id_and_day(fact), ())
        if isinstance(fact, LotEffect):
            return next((each for each in found if _option_of(each.given) == fact.option_number), None)
        return next((each for each in found if type(each.given) is type(fact)), None)

    def _rate(self, exchange: Exchange) -> Step:
        rate, source = exchange.rate, law.of_regime(law.EXCHANGED, self.fold.lot_regime)
        arithmetic = f"{plain(rate.rate)} {rate.quote} for 1 {rate.base}"
        return Step("exchange_rate", f"{rate.source}, {rate.date}: {source}", arithmetic, plain(rate.rate))

    def _rule(self, change: Change) -> str:
        """Return what changed the lot, and by which law."""
        by, before = change.by, change.before
        source = law.of_regime(law.GIVEN if before is None else law.MATCHED_LATER, self.fold.lot_regime)
        if isinstance(by, Trade):
            opens = law.of_regime(law.COST, self.fold.lot_regime) if by.side == "BUY" else law.SOLD_SHORT
            source = opens if before is None else self._sold()
        elif isinstance(by, LotEffect):
            source = law.of_regime(law.of_effect(by), self.fold.lot_regime)
            if before and before.opened_by == by.event_id and by.treatment in _CREDITING:
                source = f"the fraction of all lots, DISF {by.outturn.disposition or DEFAULT_DISPOSITION}"
        match change.fact:
            case Replaced() | Moved():
                source = law.of_regime(law.WASH_SALE, self.fold.lot_regime)
            case Averaged(used=None):
                source = law.of_regime(law.POOL, self.fold.lot_regime)
            case Shared() | Averaged(used=Shared()):
                source = law.of_regime(law.SHARED, self.fold.lot_regime)
            case Used(use) | Averaged(used=Used(use)):
                source = law.of_regime(law.USES[use], self.fold.lot_regime)
        if isinstance(by, Transfer):
            return f"{by.transfer_id}, {by.transfer_date}: {_transferred(by)}"
        if isinstance(by, Trade):
            return f"{by.side} {by.trade_id} of {by.trade_date}: {source}"
        return f"{by.event_id}, {by.on}: {source}" if isinstance(by, LotEffect) else source

    def _sold(self) -> str:
        return law.MATCHING if self.fold.lot_regime == UK_SHARE_MATCHING else law.METHODS[self.fold.relief_method]

    def _units(self, row: Realised) -> Step:
        if isinstance(row.source, Used):
            arithmetic = f"{cash_of(row.source)} of {row.closed_by} for lot {row.lot_id}, whose units stay"
            return Step("quantity", law.of_regime(law.USES[row.source.use], self.fold.lot_regime), arithmetic, "0")
        rule = law.METHODS[self.fold.relief_method]
        if row.matched_by:
            rule = law.MATCHED[row.matched_by]
        elif self.fold.lot_regime == UK_SHARE_MATCHING:
            rule = law.UNMATCHED
        elif row.disposal.of_every_lot:
            rule = "every lot gives its part"
        old = "" if _given_up(row) == row.quantity else f"for {plain(_given_up(row))} "
        of_all = f"{old}of {plain(self.given_up[id(row.disposal)])} given up by {row.closed_by} on {row.disposal.on}"
        arithmetic = f"{plain(row.quantity)} of lot {row.lot_id}, {of_all}"
        return Step("quantity", rule, arithmetic, plain(row.quantity))


def _option_of(fact: Fact) -> str:
    return fact.option_number if isinstance(fact, LotEffect) else ""


def _transferred(transfer: Transfer) -> str:
    if transfer.tax_treatment == "TAXABLE":
        return law.SOLD_BY_TRANSFER
    return law.MOVED if transfer.new_cost_basis is None else law.INHERITED


def _given_up(row: Realised) -> Fraction:
    """The row's units in those of its disposal."""
    return row.quantity / row.source.factor if isinstance(row.source, Relieved) else row.quantity


def _amount(row: Realised, of_all: Fraction, exchange: Exchange | None) -> str:
    """Return the arithmetic of what the disposal of all these units paid; `exchange` is that of a trade's money."""
    amount, trade = row.disposal.amount, row.disposal.of_trade
    is_part = trade is not None and amount != trade.amount
    if exchange and isinstance(exchange.given, Trade):
        part = f" x {plain(of_all)} / {plain(exchange.given.quantity)}" if is_part else ""
        return exchange.arithmetic(paid(exchange.given)) + part
    if trade and is_part:
        return f"{amount} ({trade.amount} for {plain(trade.quantity)}, {plain(of_all)} of which close)"
    return str(amount)


def _relieved(row: Realised, source: Relieved, amount: str, of_all: Fraction, regime: str) -> Iterator[Step]:
    units, arithmetic = _given_up(row), amount
    part = Fraction(row.disposal.amount) * units / of_all
    if units != of_all:
        arithmetic += f" x {plain(units)} / {plain(of_all)} = {plain(part)}"
    rule = "by units; the last part takes the rounding"
    if row.disposal.of_every_lot:
        rule = "what comes for the lot: cash and market value"
    yield Step("proceeds", rule, arithmetic, str(row.proceeds))
    arithmetic = str(source.basis)
    if row.quantity != source.units:
        exact = Fraction(source.basis) * row.quantity / source.units
        arithmetic += f" x {plain(row.quantity)} / {plain(source.units)} = {plain(exact)}"
    if source.pooled:
        which = "units of that day" if row.matched_by in _BY_DAY else "units that are pooled"
        arithmetic += f", of all {plain(source.units)} {which}"
    rule = law.of_regime(law.POOL if source.pooled else law.PART, regime)
    if row.matched_by in _BY_DAY:
        rule = law.MATCHED[row.matched_by]
    yield Step("cost_basis", rule, arithmetic, str(row.cost_basis))


def _received(row: Realised, used: Used, regime: str) -> Iterator[Step]:
    rule = law.of_regime(law.USES[used.use], regime)
    beyond = used.use is Use.BEYOND_BASIS
    arithmetic = f"{used.cash} - {used.amount}" if beyond else f"{cash_of(used)} {used.cash}"
    if used.whole and used.whole.cash != used.cash:
        arithmetic = f"its part by units of {cash_of(used)} {used.whole.cash}"
    yield Step("proceeds", rule, arithmetic, str(row.proceeds))
    arithmetic = "all basis is used up" if beyond else use_of(used)
    yield Step("cost_basis", rule, arithmetic, str(row.cost_basis))


def _disallowed(row: Realised) -> Step:
    replaced = [f"{each.amount} for {plain(each.units)} units of lot {each.lot_id}" for each in row.replaced_by]
    arithmetic = " + ".join(replaced) or "nothing acquired within 30 days replaces units sold at a loss"
    return Step("disallowed_loss", law.of_regime(law.WASH_SALE, ""), arithmetic, str(row.disallowed_loss))
