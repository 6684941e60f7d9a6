"""Which lots a sale relieves (domain rules, "Lots"): one ordering per method, ties by acquisition date, then lot id."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.lots.lot import Lot

_ORDERS: Mapping[str, Callable[[Lot], tuple[Any, ...]]] = {
    "FIFO": lambda lot: (lot.acquisition_date, lot.lot_id),
    "LIFO": lambda lot: (-lot.acquisition_date.toordinal(), lot.lot_id),
    "HIFO": lambda lot: (-Fraction(lot.cost_basis) / lot.quantity, lot.acquisition_date, lot.lot_id),
}


class ReliefNotSupported(ValueError):
    """The account's relief method has no ordering here yet."""


def relieve(
    lots: Sequence[Lot], quantity: Fraction, method: str, breakdown: Sequence[tuple[str, Decimal]] = ()
) -> list[tuple[Lot, Fraction]]:
    """(lot, part) pairs that add up to the quantity, or to less where the open lots do not suffice.

    SPECIFIC takes the lots that the breakdown names, or without one is FIFO.
    """
    if method == "SPECIFIC":
        named = {lot_id: Fraction(part) for lot_id, part in breakdown}
        picked = [(lot, min(named[lot.lot_id], lot.quantity)) for lot in lots if lot.lot_id in named]
        if breakdown:
            return picked
        method = "FIFO"
    if method not in _ORDERS:
        raise ReliefNotSupported(f"relief method {method} is not supported yet")
    taken: list[tuple[Lot, Fraction]] = []
    for lot in sorted(lots, key=_ORDERS[method]):
        part = min(quantity, lot.quantity)
        if part > 0:
            taken.append((lot, part))
            quantity -= part
    return taken
