"""Pooled cost: shares of one security cost the same, whichever lot they are counted in.

Sources: Treas. Reg. §1.1012-1(e)(7) (average basis: total basis over total shares, the oldest shares sold first); TCGA 1992 s.104
and s.110A (a holding is one asset: a part disposal takes its part of the cost).
"""

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from domain.lots.disposal import Disposal
from domain.lots.lot import Lot
from domain.lots.parts import in_parts
from domain.lots.relief import Taken, oldest_first, quantity_of
from domain.numbers.exact import EXACT
from domain.numbers.money import round_amount

if TYPE_CHECKING:
    from domain.lots.ledger import Ledger


def close_pooled(
    ledger: "Ledger",
    pool: Sequence[Lot],
    taken: Taken,
    proceeds: Sequence[Decimal],
    disposal: Disposal,
    *,
    matched_by: str = "",
    aside: MutableMapping[str, Lot] | None = None,
) -> None:
    """Closes parts of the pool's lots at its average; its lots that stay open then carry the average too.

    The pool's basis times units taken over its units, rounded, is relieved; the lots left keep the difference. `aside`: lots by lot_id that
    belong to the pool and cannot be taken. All in one currency; nothing taken changes nothing.
    """
    if not taken:
        return
    others = aside if aside is not None else {}
    members = [*pool, *others.values()]
    currency = taken[0][0].currency
    basis = _sum(lot.cost_basis for lot in members)
    units, gone = sum((lot.quantity for lot in members), Fraction(0)), quantity_of(taken)
    relieved = round_amount(Fraction(basis) * gone / units, currency)
    ledger.close(
        taken, proceeds, in_parts(Fraction(relieved), [part for _, part in taken], currency), disposal, matched_by
    )
    left = sorted((lot for lot in (ledger.lots[each.lot_id] for each in pool) if lot.quantity), key=oldest_first)
    aside_left = sorted(others.values(), key=oldest_first)
    shares = in_parts(
        Fraction(EXACT.subtract(basis, relieved)), [lot.quantity for lot in (*left, *aside_left)], currency
    )
    for lot, share in zip(left, shares, strict=False):
        ledger.lots[lot.lot_id] = replace(lot, cost_basis=share)
    for lot, share in zip(aside_left, shares[len(left) :], strict=True):
        others[lot.lot_id] = replace(lot, cost_basis=share)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
