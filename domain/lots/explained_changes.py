"""How each figure of a lot came about, change by change."""

from collections.abc import Iterator
from fractions import Fraction

from domain.corporate_actions import LotTreatment
from domain.lots import law
from domain.lots.disposal import Replaced, Shared, Use, Used
from domain.lots.effect import LotEffect
from domain.lots.journal import Averaged, Came, Cause, Change, Exercised, Moved
from domain.lots.lot import Lot
from domain.lots.tax_currency import Exchange
from domain.numbers.exact import EXACT, exactly, plain, quotient
from domain.records import Trade, Transfer
from domain.step import Step


def takes_money(change: Change) -> bool:
    """Return True if the lot's basis has to do with money of what changed it, not only with the basis of other lots."""
    match change.fact:
        case Came() as came:
            return came.price is not None or bool(came.used)
        case Averaged(used=used):
            return used is not None
        case Moved() | Replaced():
            return False
    return change.fact is not None or change.before is None or change.after.cost_basis > change.before.cost_basis


def opened(change: Change, rule: str, exchange: Exchange | None) -> Iterator[Step]:
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
    quantity, basis = _came(change, exchange)
    yield _quantity(rule, quantity, lot.quantity)
    yield Step("cost_basis", rule, basis, f"{lot.cost_basis}")
    if lot.closed_at:
        yield Step("closed_at", rule, "given", str(lot.closed_at))


def _quantity(rule: str, arithmetic: str, units: Fraction) -> Step:
    """Return the step to a quantity; one without finite decimals is shown as a quotient too."""
    return Step("quantity", rule, arithmetic + exactly(units), plain(units))


def _came(change: Change, exchange: Exchange | None) -> tuple[str, str]:
    """Return the arithmetic of (quantity, basis) of a lot that came; money as it was given, and how it was exchanged."""
    lot, by = change.after, exchange.given if exchange else change.by

    def exchanged(money: str) -> str:
        return exchange.arithmetic(money) if exchange else money

    match change.fact:
        case Came() as came if isinstance(by, LotEffect):
            priced = f"{_units_of(came)} x {by.prices[lot.isin]}" if came.price is not None else ""
            return _units_of(came), exchanged(priced) if priced else _basis_of(came, by, lot.isin)
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
    units, money, part = _bought(lot, by)
    return units, exchanged(money) + part


def _bought(lot: Lot, by: Cause | None) -> tuple[str, str, str]:
    """Return the arithmetic of (quantity, money, part of the money) of a lot that a trade or an option opened, or that was given."""
    if isinstance(by, Trade) and by.trade_id == lot.lot_id:
        part = f" x {plain(lot.quantity)} / {plain(by.quantity)} (the others close lots)"
        return plain(lot.quantity), paid(by), "" if lot.quantity == by.quantity else part
    if isinstance(by, LotEffect) and by.bought:
        price = by.outturn.price if by.outturn.price is not None else by.outturn.basis_price
        units, charged = plain(abs(by.bought)), abs(by.outturn.charges(by.bought))
        return units, f"{units} x {quotient(price or Fraction(0))}" + (f" + {plain(charged)}" if charged else ""), ""
    return "given", str(EXACT.abs(by.cost_basis)) if isinstance(by, Lot) else "given", ""


def _units_of(came: Came) -> str:
    text = f"{plain(came.parent.quantity)} x {quotient(came.ratio)}"
    if came.accepted != came.held:
        text += f" x {plain(came.accepted)} / {plain(came.held)} accepted"
    return f"{plain(came.kept)} + {text}" if came.kept else text


def _basis_of(came: Came, by: LotEffect, isin: str) -> str:
    parent, spread = came.parent, by.basis
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


def paid(trade: Trade) -> str:
    """Return how the amount of a trade is reckoned."""
    if trade.settlement_amount is None:
        percent = " %" if trade.price_type == "PRCT" else ""
        return f"{plain(trade.quantity)} x {plain(trade.price)}{percent}"
    accrued = f" - {plain(trade.accrued_interest)} accrued interest" if trade.accrued_interest else ""
    return f"settlement_amount {plain(trade.settlement_amount)}{accrued}"


def changed(before: Lot, change: Change, rule: str, exchange: Exchange | None) -> Iterator[Step]:
    """Of a lot that changed: the figures that did."""
    after, fact = change.after, change.fact
    if after.holding_period_start != before.holding_period_start:
        days = f"{before.holding_period_start}"
        days += f" less {fact.days_held} days that the shares sold were held" if isinstance(fact, Replaced) else ""
        yield Step("holding_period_start", law.TACKED, days, str(after.holding_period_start))
    if difference := after.quantity - before.quantity:
        arithmetic = f"{plain(before.quantity)} {'+' if difference > 0 else '-'} {plain(abs(difference))}"
        yield _quantity(rule, arithmetic, after.quantity)
    if after.cost_basis != before.cost_basis:
        yield Step("cost_basis", rule, _new_basis(before, change, exchange), str(after.cost_basis))
    if after.closed_at != before.closed_at:
        yield Step(
            "closed_at", rule, "no units are left" if after.closed_at else "units are back", str(after.closed_at)
        )


def _new_basis(before: Lot, change: Change, exchange: Exchange | None) -> str:
    after, by = change.after, exchange.given if exchange else change.by
    difference = EXACT.subtract(after.cost_basis, before.cost_basis)
    arithmetic = f"{before.cost_basis} {'+' if difference > 0 else '-'} {abs(difference)}"
    match change.fact:
        case Averaged(basis, units, used_up):
            text = f"{basis} x {plain(after.quantity)} / {plain(units)}, of all {plain(units)} units left in the pool"
            if isinstance(used_up, Shared):
                text += f", of which the shares held have {_share_of(used_up)}"
            elif used_up:
                text += f", after {used_up.amount} for {cash_of(used_up)} ({use_of(used_up)})"
            return f"{text}; the last lot takes the rounding"
        case Shared() as shared:
            return _share_of(shared)
        case Used() as used:
            return f"{arithmetic} ({use_of(used)})"
        case Replaced() as replaced:
            return f"{arithmetic}, the loss of {plain(replaced.units)} units"
    if isinstance(by, LotEffect) and by.treatment is LotTreatment.ACCUMULATE:
        income, tax = quotient(by.outturn.cash), by.outturn.tax_credit
        kept = f"{f'({income} - {quotient(tax)})' if tax else income} x {plain(after.quantity)}"
        return f"{before.cost_basis} + {exchange.arithmetic(kept) if exchange else kept}"
    return arithmetic


def use_of(used: Used) -> str:
    """How the basis that cash uses up is reckoned."""
    basis, worth = plain(used.basis), plain(used.worth)
    if used.whole and used.whole.cash != used.cash:
        return f"its part by units of {used.whole.amount}, which is {use_of(used.whole)}"
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
            return f"{cash_of(used)} {used.cash}, at most {basis}"


def cash_of(used: Used) -> str:
    """Return the words for what the holder got."""
    return "cash and value in kind" if used.in_kind else "cash"


def _share_of(shared: Shared) -> str:
    return f"{plain(shared.cost)} x {plain(shared.worth)} / {plain(shared.whole)}"
