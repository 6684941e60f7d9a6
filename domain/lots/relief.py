"""Which lots a sale relieves (domain rules, "Lots"): one ordering per method, ties by acquisition date, then lot id."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from domain.lots.lot import Lot
from domain.numbers.exact import plain
from domain.numbers.series import sum_of
from domain.records.named_lots import LotQuantity

Parts = Sequence[tuple[Lot, Fraction]]
"""Lots and the part of each that goes, in the order in which they go. Parts are above zero, in units."""


def oldest_first(lot: Lot) -> tuple[Any, ...]:
    """Return the order of FIFO, and of every tie."""
    return lot.acquisition_date, lot.lot_id


LOWEST = "LOWEST"
"""HIFO of shorts: the lowest proceeds of a unit first, which gain least."""

_ORDERS: Mapping[str, Callable[[Lot], tuple[Any, ...]]] = {
    "FIFO": oldest_first,
    "LIFO": lambda lot: (-lot.acquisition_date.toordinal(), lot.lot_id),
    "HIFO": lambda lot: (-Fraction(lot.cost_basis) / lot.quantity, lot.acquisition_date, lot.lot_id),
    LOWEST: lambda lot: (Fraction(lot.cost_basis) / lot.quantity, lot.acquisition_date, lot.lot_id),
    "SPECIFIC": oldest_first,
    "AVERAGE": oldest_first,
}
"""SPECIFIC without named lots is FIFO; an average says what the parts cost, and the oldest shares go first."""


def relieve(
    lots: Sequence[Lot], quantity: Fraction, method: str, breakdown: Sequence[LotQuantity] = ()
) -> list[tuple[Lot, Fraction]]:
    """(lot, part) pairs that add up to the quantity, or to less where the open lots do not suffice.

    SPECIFIC takes the lots that the breakdown names.
    """
    if method == "SPECIFIC" and breakdown:
        named = {part.lot_id: Fraction(part.quantity) for part in breakdown}
        return [(lot, min(named[lot.lot_id], lot.quantity)) for lot in lots if named.get(lot.lot_id)]
    taken: list[tuple[Lot, Fraction]] = []
    for lot in sorted(lots, key=_ORDERS[method]):
        if quantity <= 0:
            break
        part = min(quantity, lot.quantity)
        taken.append((lot, part))
        quantity -= part
    return taken


def lacking(lots: Iterable[Lot], breakdown: Iterable[LotQuantity]) -> str:
    """Return what the named lots lack, as it ends a detail: `: lot B9 has 0 of 4`, and nothing where no lot is named."""
    has = {lot.lot_id: lot.quantity for lot in lots}
    parts = ((part.lot_id, has.get(part.lot_id, Fraction(0)), Fraction(part.quantity)) for part in breakdown)
    said = ", ".join(
        f"lot {name} has {plain(there)} of {plain(named)}" for name, there, named in parts if there < named
    )
    return f": {said}" if said else ""


def quantity_of(taken: Parts) -> Fraction:
    """Return the units that these parts are together."""
    return sum_of(part for _, part in taken)


def cut(taken: Parts, quantity: Fraction) -> tuple[list[tuple[Lot, Fraction]], list[tuple[Lot, Fraction]]]:
    """Return the first `quantity` units of these parts, and the rest; a part across the border is in both."""
    first, rest = [], []
    for lot, part in taken:
        here = min(part, quantity)
        quantity -= here
        if here:
            first.append((lot, here))
        if part > here:
            rest.append((lot, part - here))
    return first, rest
