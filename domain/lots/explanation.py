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
from domain.lots.fold import LotFold
from domain.lots.journal import Averaged, Came, Change, Exercised, Moved
from domain.lots.lot import Lot, Realised
from domain.lots.short_explanation import owed_lot, owed_row
from domain.lots.short_sales import mirrored_row
from domain.numbers.exact import EXACT, exactly, plain, quotient
from domain.numbers.fractions import DEFAULT_DISPOSITION
from domain.records import Trade, Transfer
from domain.records.account import UK_SHARE_MATCHING
from domain.step import Step, output_row

_CREDITING = (LotTreatment.REORGANISE, LotTreatment.RETURN_CAPITAL, LotTreatment.DISTRIBUTE_RIGHTS)
_BY_DAY = ("SAME_DAY", "THIRTY_DAYS")
"""Matched with all shares acquired on one day: their average cost."""


def lot_rows(folds: Iterable[LotFold], *, explained: bool = False) -> dict[str, list[dict[str, Any]]]:
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
            rule = self._rule(change)
            yield from _opened(change, rule) if change.before is None else _changed(change.before, change, rule)

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
        if isinstance(row.source, Relieved):
            yield from _relieved(row, row.source, self.given_up[id(row.disposal)], self.fold.lot_regime)
        else:
            yield from _received(row, row.source, self.fold.lot_regime)

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
            arithmetic = f"{_cash(row.source)} of {row.closed_by} for lot {row.lot_id}, whose units stay"
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


def _transferred(transfer: Transfer) -> str:
    if transfer.tax_treatment == "TAXABLE":
        return law.SOLD_BY_TRANSFER
    return law.MOVED if transfer.new_cost_basis is None else law.INHERITED


def _given_up(row: Realised) -> Fraction:
    """The row's units in those of its disposal."""
    return row.quantity / row.source.factor if isinstance(row.source, Relieved) else row.quantity


def _relieved(row: Realised, source: Relieved, of_all: Fraction, regime: str) -> Iterator[Step]:
    units = _given_up(row)
    part = Fraction(row.disposal.amount) * units / of_all
    arithmetic, trade = str(row.disposal.amount), row.disposal.of_trade
    if trade and row.disposal.amount != trade.amount:
        arithmetic += f" ({trade.amount} for {plain(trade.quantity)}, {plain(of_all)} of which close)"
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
    arithmetic = f"{used.cash} - {used.amount}" if beyond else f"{_cash(used)} {used.cash}"
    if used.whole and used.whole.cash != used.cash:
        arithmetic = f"its part by units of {_cash(used)} {used.whole.cash}"
    yield Step("proceeds", rule, arithmetic, str(row.proceeds))
    arithmetic = "all basis is used up" if beyond else _use(used)
    yield Step("cost_basis", rule, arithmetic, str(row.cost_basis))


def _use(used: Used) -> str:
    """How the basis that cash uses up is reckoned."""
    basis, worth = plain(used.basis), plain(used.worth)
    if used.whole and used.whole.cash != used.cash:
        return f"its part by units of {used.whole.amount}, which is {_use(used.whole)}"
    match used.use:
        case Use.BOOT:
            gain = f"{used.cash} + {worth} - {basis} = {plain(Fraction(used.cash) + used.worth - used.basis)}"
            return f"{used.cash} - {EXACT.subtract(used.cash, used.amount)}, the gain ({gain}) from 0 to the cash"
        case Use.PART_DISPOSAL:
            return f"{basis} x {used.cash} / ({used.cash} + {worth})"
        case Use.PAID_DOWN:
            return f"{basis} x {quotient(used.share)}"
        case Use.IN_LIEU:
            return f"cash {used.cash} that the short pays"
        case Use.SMALL | Use.BEYOND_BASIS:
            return f"{_cash(used)} {used.cash}, at most {basis}"


def _cash(used: Used) -> str:
    return "cash and value in kind" if used.in_kind else "cash"


def _share_of(shared: Shared) -> str:
    return f"{plain(shared.cost)} x {plain(shared.worth)} / {plain(shared.whole)}"


def _disallowed(row: Realised) -> Step:
    replaced = [f"{each.amount} for {plain(each.units)} units of lot {each.lot_id}" for each in row.replaced_by]
    arithmetic = " + ".join(replaced) or "nothing acquired within 30 days replaces units sold at a loss"
    return Step("disallowed_loss", law.of_regime(law.WASH_SALE, ""), arithmetic, str(row.disallowed_loss))


def _opened(change: Change, rule: str) -> Iterator[Step]:
    """Of a lot that came: all its figures."""
    lot = change.after
    since = "that day"
    moved = isinstance(change.by, Transfer) and change.by.tax_treatment != "TAXABLE"
    if moved or (isinstance(change.fact, Came) and change.fact.price is None):
        since = f"of lot {lot.parent_lot_id}"
    elif isinstance(change.by, LotEffect) and lot.acquisition_date != change.by.on:
        since = "as old as the holding"
    yield Step("acquisition_date", rule, since, str(lot.acquisition_date))
    if lot.holding_period_start != lot.acquisition_date:
        if isinstance(change.fact, Moved) and change.fact.parent.holding_period_start != lot.holding_period_start:
            since = "the last start by which it is LONG on the day of the transfer"
        yield Step("holding_period_start", rule, since, str(lot.holding_period_start))
    quantity, basis = _came(change)
    yield _quantity(rule, quantity, lot.quantity)
    yield Step("cost_basis", rule, basis, f"{lot.cost_basis}")
    if lot.closed_at:
        yield Step("closed_at", rule, "given", str(lot.closed_at))


def _quantity(rule: str, arithmetic: str, units: Fraction) -> Step:
    """Return the step to a quantity; one without finite decimals is shown as a quotient too."""
    return Step("quantity", rule, arithmetic + exactly(units), plain(units))


def _came(change: Change) -> tuple[str, str]:
    """Return the arithmetic of (quantity, basis) of a lot that came."""
    lot, by = change.after, change.by
    match change.fact:
        case Came() as came if isinstance(by, LotEffect):
            return _units_of(came), _basis_of(came, by, lot.isin)
        case Exercised() as by_right:
            units = f"{plain(by_right.credited)} x {plain(by_right.parent.quantity)} / {plain(by_right.held)}"
            charges = (
                " (charges included)" if isinstance(by, LotEffect) and by.outturn.charges(by_right.credited) else ""
            )
            return units, f"{by_right.basis} of the rights + {by_right.paid} subscribed{charges}"
        case Moved(parent, units_off, cost, of_units):
            owner = f" of {parent.safekeeping_account}" if isinstance(by, Transfer) else ""
            basis = f"{cost} x {plain(units_off)} / {plain(of_units)}"
            return f"{plain(units_off)} of lot {parent.lot_id}{owner}", basis
    if isinstance(by, Trade) and by.trade_id == lot.lot_id:
        rest = (
            ""
            if lot.quantity == by.quantity
            else f" x {plain(lot.quantity)} / {plain(by.quantity)} (the others close lots)"
        )
        return plain(lot.quantity), _paid(by) + rest
    if isinstance(by, LotEffect) and by.bought:
        price = by.outturn.price if by.outturn.price is not None else by.outturn.basis_price
        charged = by.outturn.charges(by.bought[0])
        paid = f"{plain(by.bought[0])} x {quotient(price or Fraction(0))}" + (f" + {plain(charged)}" if charged else "")
        return plain(by.bought[0]), paid
    return "given", "given"


def _units_of(came: Came) -> str:
    text = f"{plain(came.parent.quantity)} x {quotient(came.ratio)}"
    if came.accepted != came.held:
        text += f" x {plain(came.accepted)} / {plain(came.held)} accepted"
    return f"{plain(came.kept)} + {text}" if came.kept else text


def _basis_of(came: Came, by: LotEffect, isin: str) -> str:
    parent, spread = came.parent, by.basis
    if came.price is not None:
        return f"{_units_of(came)} x {came.price}"
    text = f"{parent.cost_basis} of lot {parent.lot_id}"
    if came.others is not None:
        return f"{text} - {came.others} of other new securities" if came.others else text
    text += f" x {quotient(came.part)} = {plain(came.moved)}" if came.part != 1 else ""
    if came.used:
        text += f" - {came.used} for cash"
    share = came.share / came.shares if came.share else Fraction(1)
    if share != 1:
        text = f"({text}) x {quotient(share)}" if came.used else f"{text} x {quotient(share)}"
    if spread.given is not None:
        return f"{text} (cost_basis_allocation {plain(spread.given)} %)"
    values = {each: f"{quotient(units)} x {by.prices[each]}" for each, units in spread.units.items()}
    if spread.units and not came.share:
        return f"{text} (worth {values[isin]} beside {values[by.isin]})"
    if spread.units:
        return f"{text} (by market value: {values[isin]} / ({' + '.join(values.values())}))"
    return text


def _paid(trade: Trade) -> str:
    if trade.settlement_amount is None:
        percent = " %" if trade.price_type == "PRCT" else ""
        return f"{plain(trade.quantity)} x {plain(trade.price)}{percent}"
    accrued = f" - {plain(trade.accrued_interest)} accrued interest" if trade.accrued_interest else ""
    return f"settlement_amount {plain(trade.settlement_amount)}{accrued}"


def _changed(before: Lot, change: Change, rule: str) -> Iterator[Step]:
    """Of a lot that changed: the figures that did."""
    after, fact = change.after, change.fact
    if after.acquisition_date != before.acquisition_date:
        yield Step("acquisition_date", rule, f"instead of {before.acquisition_date}", str(after.acquisition_date))
    if after.holding_period_start != before.holding_period_start:
        days = f"{before.holding_period_start}"
        days += f" less {fact.days_held} days that the shares sold were held" if isinstance(fact, Replaced) else ""
        yield Step("holding_period_start", law.TACKED, days, str(after.holding_period_start))
    if difference := after.quantity - before.quantity:
        arithmetic = f"{plain(before.quantity)} {'+' if difference > 0 else '-'} {plain(abs(difference))}"
        yield _quantity(rule, arithmetic, after.quantity)
    if after.cost_basis != before.cost_basis:
        yield Step("cost_basis", rule, _new_basis(before, after, change), str(after.cost_basis))
    if after.closed_at != before.closed_at:
        yield Step(
            "closed_at", rule, "no units are left" if after.closed_at else "units are back", str(after.closed_at)
        )


def _new_basis(before: Lot, after: Lot, change: Change) -> str:
    difference = EXACT.subtract(after.cost_basis, before.cost_basis)
    arithmetic = f"{before.cost_basis} {'+' if difference > 0 else '-'} {abs(difference)}"
    match change.fact:
        case Averaged(basis, units, used_up):
            text = f"{basis} x {plain(after.quantity)} / {plain(units)}, of all {plain(units)} units left in the pool"
            if isinstance(used_up, Shared):
                text += f", of which the shares held have {_share_of(used_up)}"
            elif used_up:
                text += f", after {used_up.amount} for {_cash(used_up)} ({_use(used_up)})"
            return f"{text}; the last lot takes the rounding"
        case Shared() as shared:
            return _share_of(shared)
        case Used() as used:
            return f"{arithmetic} ({_use(used)})"
        case Replaced() as replaced:
            return f"{arithmetic}, the loss of {plain(replaced.units)} units"
    by = change.by
    if isinstance(by, LotEffect) and by.treatment is LotTreatment.ACCUMULATE:
        income, tax = quotient(by.outturn.cash), by.outturn.tax_credit
        per_unit = f"({income} - {quotient(tax)})" if tax else income
        return f"{before.cost_basis} + {per_unit} x {plain(after.quantity)}"
    return arithmetic
