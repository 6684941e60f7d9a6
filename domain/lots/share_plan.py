"""UK share identification: which acquisitions the disposals of an account are matched with, in quantities alone.

Source: TCGA 1992 s.105(1)(b) (same day first), s.106A(5) (then the 30 days after the disposal, the earliest acquisition first; the
earliest disposal first), HMRC Capital Gains Manual CG51560. What neither matches is of the pool (s.104).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from domain.lots.effect import LotEffect, Successor
from domain.records import Trade

WINDOW_DAYS = 30
"""After the disposal's own day."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """What can be matched with each other: shares of one security, dealt in one currency."""

    isin: str
    currency: str


@dataclass(frozen=True, slots=True)
class Key:
    """One disposal, or several of one event on one day."""

    closed_by: str
    line: Line
    on: date


@dataclass(frozen=True, slots=True)
class Match:
    """`sold` units of a disposal are the `bought` units of `line` acquired on that day: more or fewer, or of another ISIN, where a split
    lies between."""

    line: Line
    acquired_on: date
    sold: Fraction
    bought: Fraction


Plan = dict[Key, list[Match]]
_Acquired = tuple[Line, date]


@dataclass(slots=True)
class Dealings:
    """What a first fold saw: units acquired by day that no disposal of the same day took, units disposed of beyond those,
    and splits. All in the order of the fold, so by day."""

    acquired: dict[_Acquired, Fraction] = field(default_factory=dict)
    disposed: dict[Key, Fraction] = field(default_factory=dict)
    successors: list[Successor] = field(default_factory=list)

    def acquire(self, line: Line, on: date, units: Fraction) -> None:
        """Add units of a day; negative ones were disposed of on that day."""
        self.acquired[line, on] = self.acquired.get((line, on), Fraction(0)) + units

    def dispose(self, key: Key, units: Fraction) -> None:
        """Add units that are still to be matched."""
        self.disposed[key] = self.disposed.get(key, Fraction(0)) + units

    def plan(self) -> Plan:
        """Match each disposal, the earliest first, with what is left of the acquisitions of the 31 days from its own on."""
        left, days = dict(self.acquired), [on.toordinal() for _, on in self.acquired]
        keys, plan = list(left), {}
        for key, units in self.disposed.items():
            first, last = key.on.toordinal(), key.on.toordinal() + WINDOW_DAYS
            window = keys[bisect_left(days, first) : bisect_right(days, last)]
            plan[key] = self._match(key, units, window, left)
        return plan

    def _match(
        self, key: Key, units: Fraction, window: Sequence[_Acquired], left: dict[_Acquired, Fraction]
    ) -> list[Match]:
        matches = []
        for line, on in window:
            line_then, factor = self._then(key, on)
            bought = min(units * factor, left[line, on])
            if line == line_then and bought > 0:
                left[line, on] -= bought
                units -= bought / factor
                matches.append(Match(line, on, bought / factor, bought))
        return matches

    def _then(self, key: Key, until: date) -> tuple[Line, Fraction]:
        """Return what one unit disposed of is on `until`: (its line, units). Events come first on their day."""
        isin, factor = key.line.isin, Fraction(1)
        for successor in self.successors:
            if successor.isin == isin and key.on < successor.on <= until:
                isin, factor = successor.into, factor * successor.factor
        return Line(isin, key.line.currency), factor


def not_bought_back(effects: Sequence[LotEffect], trades: Sequence[Trade]) -> set[str]:
    """Return the sales on whose day, and in the 30 days after it, nothing is bought, and no event is, that could be matched with more
    than was held: refused, they leave nothing to others. A sale that has its own day's shares takes them from earlier sales (s.105)."""
    bought: dict[str, list[date]] = {}
    for trade in trades:
        if trade.side == "BUY" and trade.trade_date:
            bought.setdefault(trade.isin, []).append(trade.trade_date)
    days = {isin: sorted([*of_isin, *(effect.on for effect in effects)]) for isin, of_isin in bought.items()}
    anybodys = sorted(effect.on for effect in effects)
    alone = set()
    for sale in trades:
        if sale.side == "SELL" and sale.trade_date:
            last = date.fromordinal(min(sale.trade_date.toordinal() + WINDOW_DAYS, date.max.toordinal()))
            dealt = days.get(sale.isin, anybodys)
            if bisect_left(dealt, sale.trade_date) == bisect_right(dealt, last):
                alone.add(sale.trade_id)
    return alone
