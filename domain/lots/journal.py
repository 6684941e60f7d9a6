"""What a fold did to each lot, kept only where it is to be explained."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.lots.disposal import Replaced, Shared, Used
from domain.lots.effect import LotEffect
from domain.lots.lot import Lot
from domain.numbers.exact import Number
from domain.records import Trade, Transfer


@dataclass(frozen=True, slots=True)
class Came:
    """A lot of new securities: `ratio` of them for each unit, for `accepted` of all `held` units of the old lots, beside `kept` units of
    the parent. Its basis: `moved`, which is `part` of that of the `parent` as it was before, less what cash `used` up; the `share` of the
    new security, of the `shares` of all. Of the parent's own security: all basis but what `others` take. In a taxable event: its market
    value, `price` for one unit."""

    parent: Lot
    ratio: Fraction
    accepted: Fraction
    held: Fraction
    kept: Fraction = Fraction(0)
    moved: Fraction = Fraction(0)
    part: Fraction = Fraction(1)
    used: Decimal = Decimal(0)
    share: Fraction = Fraction(1)
    shares: Fraction = Fraction(1)
    others: Decimal | None = None
    price: Number | None = None


@dataclass(frozen=True, slots=True)
class Exercised:
    """A lot for rights: `credited` new securities for all `held` units of rights, at the `basis` of the parent's rights and what was
    `paid`."""

    parent: Lot
    credited: Fraction
    held: Fraction
    basis: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Averaged:
    """The basis left in the pool, and its units: each lot has its part. `used` is what cash has used up before, or how another class has
    shared it."""

    basis: Decimal
    units: Fraction
    used: Used | Shared | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Units of the `parent`, as it was before, that became a lot of their own, of the same account or by a transfer of another one. Their
    basis is their part of a `cost` of so many units: the parent's own, that of all averaged lots, or a transfer's new basis."""

    parent: Lot
    units: Fraction
    cost: Decimal
    of_units: Fraction


Fact = Came | Exercised | Moved | Averaged | Used | Shared | Replaced
Cause = Trade | Transfer | LotEffect | Lot
"""A trade, a transfer, what an event does, or an opening lot whose acquisition date has come."""


@dataclass(frozen=True, slots=True)
class Change:
    """One lot before (None: it came) and after, what changed it (None: it was there, or the day's end) and the fact that says how."""

    before: Lot | None
    after: Lot
    by: Cause | None
    fact: Fact | None


@dataclass(eq=False)
class Journal(dict[str, Lot]):
    """Lots by id, as a ledger has them, that remembers every change of each: `changes` by lot id. `by` is what is being folded, `facts` are
    those of the next change, by lot id."""

    changes: dict[str, list[Change]] = field(default_factory=dict)
    by: Cause | None = None
    facts: dict[str, Fact] = field(default_factory=dict)

    @classmethod
    def of(cls, lots: Mapping[str, Lot]) -> "Journal":
        """Return a journal that begins with these lots."""
        journal = cls()
        for lot_id, lot in lots.items():
            journal[lot_id] = lot
        return journal

    def __setitem__(self, lot_id: str, lot: Lot) -> None:
        """Keep the lot and what it was before."""
        change = Change(self.get(lot_id), lot, self.by, self.facts.pop(lot_id, None))
        if change.before != lot:
            self.changes.setdefault(lot_id, []).append(change)
        super().__setitem__(lot_id, lot)

    def __ior__(self, lots: Any) -> "Journal":  # type: ignore[override,misc]
        """Keep each lot, in order."""
        for lot_id, lot in lots.items():
            self[lot_id] = lot
        return self
