"""Splits, bonus issues and spin-offs: each lot becomes, or gains, securities (domain rules, "Lots" and "Securities")."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from domain.exact import EXACT
from domain.fractions import dispose
from domain.lots.book import Book, UnadjustedEvent
from domain.lots.effect import LotEffect
from domain.lots.lot import Lot
from domain.money import round_amount


def reorganise(book: Book, effect: LotEffect) -> None:
    """Turns each lot acquired before into a child with the new quantity, then disposes of the account's fraction once."""
    parents = [lot for lot in book.open_lots(effect.isin) if lot.acquisition_date < effect.on]
    if not parents:
        return
    exact = sum((lot.quantity for lot in parents), Fraction(0)) * effect.share * effect.ratio
    disposed = dispose(exact, effect.option.fraction_disposition)
    if (disposed.sold or disposed.bought) and (missing := _missing_price(effect, parents)):
        book.unadjusted.append(missing)
        return
    kept = 1 - effect.share if effect.replaces else Fraction(1)
    if effect.isin_out == effect.isin or not kept:
        factor = (kept if effect.isin_out == effect.isin else 0) + effect.share * effect.ratio
        children = [_become(book, lot, effect, lot.quantity * factor, lot.cost_basis) for lot in parents]
    else:
        children = [_spread(book, lot, effect, kept) for lot in parents]
    _dispose(book, effect, children, disposed.credited - exact, disposed.sold, disposed.bought)


def _become(book: Book, parent: Lot, effect: LotEffect, quantity: Fraction, basis: Decimal) -> Lot:
    book.lots[parent.lot_id] = replace(
        parent, quantity=Fraction(0), cost_basis=round_amount(0, parent.currency), closed_at=effect.on
    )
    return _child(book, parent, effect, quantity, basis)


def _spread(book: Book, parent: Lot, effect: LotEffect, kept: Fraction) -> Lot:
    """New securities of another ISIN beside what is kept of the old: part of the basis moves, the parent stays open."""
    moved = round_amount(Fraction(parent.cost_basis) * effect.share * effect.basis_moved, parent.currency)
    left = EXACT.subtract(parent.cost_basis, moved)
    book.lots[parent.lot_id] = replace(parent, quantity=parent.quantity * kept, cost_basis=left)
    return _child(book, parent, effect, parent.quantity * effect.share * effect.ratio, moved)


def _child(book: Book, parent: Lot, effect: LotEffect, quantity: Fraction, basis: Decimal) -> Lot:
    child = replace(
        parent,
        lot_id=f"{parent.lot_id}/{effect.event_id}",
        parent_lot_id=parent.lot_id,
        isin=effect.isin_out,
        quantity=quantity,
        cost_basis=basis,
        opened_by=effect.event_id,
    )
    book.lots[child.lot_id] = child
    return child


def _dispose(
    book: Book, effect: LotEffect, children: Sequence[Lot], difference: Fraction, sold: Fraction, bought: Fraction
) -> None:
    """A sold fraction is relieved as a sale; a dropped one leaves its basis behind; one rounded up joins the youngest lot."""
    price = Fraction(effect.option.cash_in_lieu_price or 0)
    if sold:
        amount = round_amount(sold * price, children[0].currency)
        book.realise(book.relieve(children, sold), amount, effect.on, effect.event_id)
    elif difference < 0:
        _drop(book, effect, book.relieve(children, -difference))
    elif difference > 0:
        youngest = max(children, key=lambda lot: (lot.acquisition_date, lot.lot_id))
        cost = round_amount(bought * price, youngest.currency)
        book.lots[youngest.lot_id] = replace(
            youngest, quantity=youngest.quantity + difference, cost_basis=EXACT.add(youngest.cost_basis, cost)
        )


def _drop(book: Book, effect: LotEffect, taken: Sequence[tuple[Lot, Fraction]]) -> None:
    """Takes a fraction away without proceeds. The basis of a lot that vanishes goes to the youngest lot left, else it is a loss."""
    for child, part in taken:
        lot = book.lots[child.lot_id]
        left = book.open_lots(effect.isin_out)
        heirs = [each for each in left if each.opened_by == effect.event_id and each.lot_id != lot.lot_id]
        if part < lot.quantity:
            book.lots[lot.lot_id] = replace(lot, quantity=lot.quantity - part)
        elif heirs:
            heir = max(heirs, key=lambda each: (each.acquisition_date, each.lot_id))
            book.lots[heir.lot_id] = replace(heir, cost_basis=EXACT.add(heir.cost_basis, lot.cost_basis))
            nothing = round_amount(0, lot.currency)
            book.lots[lot.lot_id] = replace(lot, quantity=Fraction(0), cost_basis=nothing, closed_at=effect.on)
        else:
            book.realise([(lot, part)], round_amount(0, lot.currency), effect.on, effect.event_id)


def _missing_price(effect: LotEffect, lots: Sequence[Lot]) -> UnadjustedEvent | None:
    """Why a fraction of these lots cannot be sold or bought, None where it can: nothing is sold for an invented price."""
    option = effect.option
    if option.cash_in_lieu_price is None:
        detail = f"a fraction is disposed of by {option.fraction_disposition}: its price is needed"
        return UnadjustedEvent(effect.event_id, "options.cash_in_lieu_price", detail)
    other = next((lot for lot in lots if lot.currency != option.currency), None)
    if other is None:
        return None
    detail = f"lot {other.lot_id} is in {other.currency}, its fraction is paid in {option.currency}"
    return UnadjustedEvent(effect.event_id, "options.currency", detail)
