"""One comparison: what two sides say of one key, and which inputs it looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.numbers.exact import QUANTITY_PLACES, plain, round_half_up
from domain.numbers.money import MINOR_UNITS, round_amount

Input = tuple[str, str]
"""(kind of input, its key)."""

Side = Fraction | date | str | None
"""What one side says: a number, a date or a code; None where it says nothing."""

UNITS, PERCENT, DAYS = "units", "percent", "days"
"""What a row's numbers count, where it is no currency's code: securities or face, percentage points, calendar days between dates."""

Sides = tuple[Side, Side]
"""Ours and theirs."""

Finding = tuple[str, str]
"""A code and its likely cause."""

AGREED = ("", "")


@dataclass(frozen=True, slots=True)
class Row:
    """An empty `code` where both sides agree; `since` the day from which a break is aged; `names` the fields that say what it concerns.

    `unit`: a currency, or one of this module's; of a row that compares no numbers an empty text.
    """

    kind: str
    key: str
    ours: Side
    theirs: Side
    unit: str
    code: str
    likely_cause: str
    since: date | None
    names: tuple[tuple[str, str], ...]
    uses: frozenset[Input]

    @property
    def difference(self) -> Fraction | None:
        """theirs - ours, exact (an absent number counts 0); days between two dates; None where nothing can be subtracted."""
        if isinstance(self.ours, date) and isinstance(self.theirs, date):
            return Fraction((self.theirs - self.ours).days)
        sides = [side for side in (self.ours, self.theirs) if isinstance(side, Fraction)]
        return number(self.theirs) - number(self.ours) if sides else None

    def to_json(self) -> dict[str, Any]:
        """As it stands in the report: numbers as exact strings, amounts with the places of their currency."""
        return {
            **dict(self.names),
            "kind": self.kind,
            "key": self.key,
            "code": self.code,
            "ours": _text(self.ours, self.unit),
            "theirs": _text(self.theirs, self.unit),
            "difference": _text(self.difference, self.unit),
            "unit": self.unit or None,
            "likely_cause": self.likely_cause,
        }


class Subject:
    """What rows are about: their `key`, the inputs that they look at, the day from which a break is aged, and the names that say more."""

    def __init__(self, key: str, uses: Iterable[Input], since: date | None, **names: str) -> None:
        self.key, self.uses, self.since = key, frozenset(uses), since
        self.names = tuple((name, value) for name, value in names.items() if value)

    def row(
        self,
        kind: str,
        sides: Sides = (None, None),
        finding: Finding = AGREED,
        uses: Iterable[Input] = (),
        *,
        unit: str = UNITS,
    ) -> Row:
        """Return a row: `sides` ours and theirs, `finding` a code and its likely cause, `uses` further inputs."""
        ours, theirs = map(_shown, sides)
        unit = unit if any(isinstance(side, Fraction | date) for side in sides) else ""
        return Row(kind, self.key, ours, theirs, unit, *finding, self.since, self.names, self.uses | frozenset(uses))


def number(side: Side) -> Fraction:
    """Return a side as a number: 0 where it says nothing, or no number."""
    return side if isinstance(side, Fraction) else Fraction(0)


def amount_text(value: Fraction, unit: str) -> str:
    """Return units plainly; money with its currency's places, and with more only where it has more."""
    if unit in MINOR_UNITS and Fraction(rounded := round_amount(value, unit)) == value:
        return str(rounded)
    return plain(value)


def _shown(side: Side) -> Side:
    """Numbers as they can be shown: what has no finite decimal has 12 places, so that ours + difference = theirs in the report too."""
    return Fraction(round_half_up(side, QUANTITY_PLACES)) if isinstance(side, Fraction) and _periodic(side) else side


def _periodic(value: Fraction) -> bool:
    return Fraction(Decimal(plain(value))) != value


def _text(side: Side, unit: str) -> str | None:
    if isinstance(side, Fraction):
        return amount_text(side, unit)
    return side.isoformat() if isinstance(side, date) else side
