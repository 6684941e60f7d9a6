"""UK share identification: which acquisitions the disposals of an account are matched with, in quantities alone.

Source: TCGA 1992 s.105(1)(b) (same day first), s.106A(5) (then the 30 days after the disposal, the earliest acquisition first; the
earliest disposal first), HMRC Capital Gains Manual CG51560. What neither matches is of the pool (s.104).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

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
    """`sold` units of a disposal are the `bought` units acquired on that day: more or fewer where a split lies between."""

    acquired_on: date
    sold: Fraction
    bought: Fraction


Plan = dict[Key, list[Match]]


@dataclass(slots=True)
class Dealings:
    """What a first fold saw: units acquired by day that no disposal of the same day took, units disposed of beyond those,
    and splits (day, factor). All in the order of the fold, so by day."""

    acquired: dict[tuple[Line, date], Fraction] = field(default_factory=dict)
    disposed: dict[Key, Fraction] = field(default_factory=dict)
    scales: dict[str, list[tuple[date, Fraction]]] = field(default_factory=dict)

    def acquire(self, line: Line, on: date, units: Fraction) -> None:
        """Add units of a day; negative ones were disposed of on that day."""
        self.acquired[line, on] = self.acquired.get((line, on), Fraction(0)) + units

    def dispose(self, key: Key, units: Fraction) -> None:
        """Add units that are still to be matched."""
        self.disposed[key] = self.disposed.get(key, Fraction(0)) + units

    def scale(self, isin: str, on: date, factor: Fraction) -> None:
        """Note a split, before which a unit was `factor` units of today's."""
        self.scales.setdefault(isin, []).append((on, factor))

    def plan(self) -> Plan:
        """Match each disposal, the earliest first, with what is left of the acquisitions of the 31 days from its own on."""
        left = dict(self.acquired)
        return {key: self._match(key, units, left) for key, units in self.disposed.items()}

    def _match(self, key: Key, units: Fraction, left: dict[tuple[Line, date], Fraction]) -> list[Match]:
        matches = []
        days = [on for line, on in left if line == key.line and 0 <= (on - key.on).days <= WINDOW_DAYS]
        for on in days:
            factor = _factor(self.scales.get(key.line.isin, ()), key.on, on)
            bought = min(units * factor, left[key.line, on])
            if bought > 0:
                left[key.line, on] -= bought
                units -= bought / factor
                matches.append(Match(on, bought / factor, bought))
        return matches


def _factor(scales: Sequence[tuple[date, Fraction]], after: date, until: date) -> Fraction:
    """Return units on `until` for one unit on `after`: events come first on their day."""
    factor = Fraction(1)
    for on, scale in scales:
        if after < on <= until:
            factor *= scale
    return factor
