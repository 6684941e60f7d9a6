"""Reorganisations: each lot becomes, or gains, securities, for cash beside or not (domain rules, "Lots" and "Securities").

Basis and holding period go with the securities, unless the exchange is taxable: then the old ones are sold for what comes. A taxable
distribution leaves the old ones as they are; the market price of what comes is its basis (US IRC §301(b), (d), §305(b)). Cash beside (boot)
is a gain as far as the lot has one; a loss is not recognised (§356(a), (c)); basis falls by the cash and rises by that gain (§358).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import reduce

from domain.corporate_actions import Debit
from domain.lots.effect import LotEffect
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot
from domain.lots.parts import in_parts
from domain.numbers.exact import EXACT
from domain.numbers.fractions import Disposed, dispose
from domain.numbers.money import round_amount


@dataclass(frozen=True, slots=True)
class _New:
    """One new security over all lots: `each` unit of an old lot gives so many, the account's sum is `disposed` of once."""

    isin: str
    each: Fraction
    exact: Fraction
    disposed: Disposed
    basis: Fraction


def reorganise(ledger: Ledger, effect: LotEffect) -> None:
    """Turns each lot acquired before into children with the new quantities, then disposes of the account's fractions once."""
    parents = ledger.lots_before(effect.isin, effect.on, effect.event_id)
    if not parents:
        return
    held, units = ledger.share(effect.event_id, parents, effect.share)
    of_units = effect.outturn.accept(units)
    accepted, debited = of_units.accepted, of_units.debited
    news = [
        _New(
            isin,
            ratio * accepted / held,
            ratio * accepted,
            dispose(ratio * accepted, effect.outturn.disposition),
            basis,
        )
        for (isin, ratio), basis in zip(effect.credited, effect.basis, strict=True)
    ]
    cash = effect.outturn.cash * accepted + effect.outturn.unfilled_cash * (units - accepted)
    boot = cash if effect.outturn.debit is not Debit.NOTHING else Fraction(0)
    if not _can_pay(ledger, effect, news, parents, boot):
        return
    children: list[list[Lot]] = [[] for _ in news]
    boots = in_parts(boot, [lot.quantity for lot in parents], parents[0].currency)
    for lot, of_boot in zip(parents, boots, strict=True):
        for made, child in zip(children, _turn(ledger, effect, lot, debited / held, news, of_boot), strict=True):
            made.append(child)
    for new, made in zip(news, children, strict=True):
        _dispose(ledger, effect, new, made)


def _turn(
    ledger: Ledger, effect: LotEffect, lot: Lot, gone: Fraction, news: Sequence[_New], boot: Decimal
) -> list[Lot]:
    """One lot's children. `gone` is the part of the lot that is debited; basis of what neither goes nor moves stays."""
    if effect.taxable:
        return _taxable(ledger, effect, lot, gone, news, boot)
    if not boot and any(new.isin == lot.isin for new in news):
        return _grow(ledger, effect, lot, gone, news)
    basis = affected = lot.basis_of(lot.quantity * gone) if gone else _moved(lot, effect)
    if boot:
        basis = EXACT.subtract(affected, _recognise(ledger, effect, lot, affected, news, boot))
    parts = in_parts(Fraction(basis), [new.basis for new in news], lot.currency)
    _reduce(ledger, effect, lot, gone, affected)
    return [
        _child(ledger, lot, effect, new.isin, lot.quantity * new.each, part)
        for new, part in zip(news, parts, strict=True)
    ]


def _grow(ledger: Ledger, effect: LotEffect, lot: Lot, gone: Fraction, news: Sequence[_New]) -> list[Lot]:
    """The lot's own security is among the new ones: one child has all units of it, and the basis that does not go to others."""
    affected = lot.basis_of(lot.quantity * gone) if gone else Fraction(lot.cost_basis) * effect.share
    parts = in_parts(Fraction(affected), [new.basis for new in news], lot.currency)
    others = [part for new, part in zip(news, parts, strict=True) if new.isin != lot.isin]
    own = lot.quantity * (1 - gone), reduce(EXACT.subtract, others, lot.cost_basis)
    _close(ledger, lot, effect)
    return [
        _child(ledger, lot, effect, lot.isin, own[0] + lot.quantity * new.each, own[1])
        if new.isin == lot.isin
        else _child(ledger, lot, effect, new.isin, lot.quantity * new.each, part)
        for new, part in zip(news, parts, strict=True)
    ]


def _moved(lot: Lot, effect: LotEffect) -> Decimal:
    """Basis that moves to securities that come beside the old ones."""
    return round_amount(Fraction(lot.cost_basis) * effect.share * sum(effect.basis), lot.currency)


def _reduce(ledger: Ledger, effect: LotEffect, lot: Lot, gone: Fraction, basis: Decimal) -> None:
    if gone == 1:
        _close(ledger, lot, effect)
        return
    left = EXACT.subtract(lot.cost_basis, basis)
    ledger.lots[lot.lot_id] = replace(lot, quantity=lot.quantity * (1 - gone), cost_basis=left)


def _close(ledger: Ledger, lot: Lot, effect: LotEffect) -> None:
    ledger.lots[lot.lot_id] = replace(
        lot, quantity=Fraction(0), cost_basis=round_amount(0, lot.currency), closed_at=effect.on
    )


def _recognise(
    ledger: Ledger, effect: LotEffect, lot: Lot, basis: Decimal, news: Sequence[_New], boot: Decimal
) -> Decimal:
    """Realise the gain that boot makes and return the basis that it uses up (cash - recognised gain)."""
    worth = sum(lot.quantity * new.each * Fraction(effect.prices[new.isin]) for new in news)
    gain = round_amount(Fraction(boot) + worth - Fraction(basis), lot.currency)
    recognised = min(max(gain, round_amount(0, lot.currency)), boot)
    used = EXACT.subtract(boot, recognised)
    ledger.receive(lot, boot, used, effect.on, effect.event_id)
    return used


def _taxable(
    ledger: Ledger, effect: LotEffect, lot: Lot, gone: Fraction, news: Sequence[_New], boot: Decimal
) -> list[Lot]:
    """What goes is sold for cash and market value, which is the new lots' basis; their holding period begins. The regime is told of the
    sale, if there is one, and of the acquisition."""
    values = [round_amount(lot.quantity * new.each * Fraction(effect.prices[new.isin]), lot.currency) for new in news]
    if gone:
        ledger.realise([(lot, lot.quantity * gone)], reduce(EXACT.add, values, boot), effect.on, effect.event_id)
    bought = replace(lot, acquisition_date=effect.on, holding_period_start=effect.on, closed_at=None)
    children = [
        _child(ledger, bought, effect, new.isin, lot.quantity * new.each, value)
        for new, value in zip(news, values, strict=True)
    ]
    for child in children:
        ledger.exchanged(child)
    return children


def _child(ledger: Ledger, parent: Lot, effect: LotEffect, isin: str, quantity: Fraction, basis: Decimal) -> Lot:
    lot_id = f"{parent.lot_id}/{effect.event_id}"
    child = replace(
        parent,
        lot_id=lot_id if lot_id not in ledger.lots else f"{lot_id}/{isin}",
        parent_lot_id=parent.lot_id,
        isin=isin,
        quantity=quantity,
        cost_basis=basis,
        opened_by=effect.event_id,
        closed_at=None,
    )
    ledger.lots[child.lot_id] = child
    return child


def _dispose(ledger: Ledger, effect: LotEffect, new: _New, children: Sequence[Lot]) -> None:
    """A sold fraction is relieved as a sale; a dropped one leaves its basis behind; one rounded up joins the youngest lot."""
    price, difference = Fraction(effect.outturn.in_lieu_price or 0), new.disposed.credited - new.exact
    if new.disposed.sold:
        amount = round_amount(new.disposed.sold * price, children[0].currency)
        ledger.realise(ledger.relieve(children, new.disposed.sold), amount, effect.on, effect.event_id)
    elif difference < 0:
        _drop(ledger, effect, new.isin, ledger.relieve(children, -difference))
    elif difference > 0:
        youngest = max(children, key=lambda lot: (lot.acquisition_date, lot.lot_id))
        cost = round_amount(new.disposed.bought * price, youngest.currency)
        ledger.lots[youngest.lot_id] = replace(
            youngest, quantity=youngest.quantity + difference, cost_basis=EXACT.add(youngest.cost_basis, cost)
        )


def _drop(ledger: Ledger, effect: LotEffect, isin: str, taken: Sequence[tuple[Lot, Fraction]]) -> None:
    """Takes a fraction away without proceeds. The basis of a lot that vanishes goes to the youngest lot left, else it is a loss."""
    for child, part in taken:
        lot = ledger.lots[child.lot_id]
        left = ledger.open_lots(isin)
        heirs = [each for each in left if each.opened_by == effect.event_id and each.lot_id != lot.lot_id]
        if part < lot.quantity:
            ledger.lots[lot.lot_id] = replace(lot, quantity=lot.quantity - part)
        elif heirs:
            heir = max(heirs, key=lambda each: (each.acquisition_date, each.lot_id))
            ledger.lots[heir.lot_id] = replace(heir, cost_basis=EXACT.add(heir.cost_basis, lot.cost_basis))
            _close(ledger, lot, effect)
        else:
            ledger.realise([(lot, part)], round_amount(0, lot.currency), effect.on, effect.event_id)


def _can_pay(ledger: Ledger, effect: LotEffect, news: Sequence[_New], lots: Sequence[Lot], boot: Fraction) -> bool:
    """False, and noted, where cash of these lots cannot be reckoned: nothing is sold for an invented price."""
    fractions = any(new.disposed.sold or new.disposed.bought for new in news)
    if fractions and effect.outturn.in_lieu_price is None:
        detail = f"a fraction is disposed of by {effect.outturn.disposition}: its price is needed"
        ledger.leave(effect.event_id, lots[0], "options.cash_in_lieu_price", detail)
        return False
    return not (fractions or boot or effect.taxable) or ledger.pays(effect.event_id, effect.currency, lots)
