"""Disposition of fractions (22F DISF): from an exact quantity to whole securities and what becomes of the rest.

Applied once per account and option, after summing. Source: ISO 15022 data dictionary, qualifier DISF; STAN rounds .5 up.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

DEFAULT_DISPOSITION = "RDDN"
"""Where the announcement is silent (domain rules, "Securities")."""


_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Disposed:
    """`credited` securities; `fraction` that the exact quantity had beyond whole units; `sold` of it for cash (CINL);
    `bought` to complete a whole unit at the holder's cost (BUYU). All in units."""

    credited: Fraction
    fraction: Fraction
    sold: Fraction
    bought: Fraction

    def sold_for_whole(self, ratio: Fraction) -> "Disposed":
        """Return the same, but sold is what whole old units give, of which each gives `ratio` new ones; the rest is dropped."""
        return replace(self, sold=int(self.sold / ratio) * ratio)


def dispose(exact: Fraction, disposition: str) -> Disposed:
    """Split an exact quantity by its DISF code; an empty code is RDDN. A quantity below zero is split as what a holder of it gets, and
    owed."""
    if exact.denominator == 1:
        return Disposed(exact, _NOTHING, _NOTHING, _NOTHING)
    if exact > 0:
        return _dispose(exact, disposition)
    got = _dispose(-exact, disposition)
    return Disposed(-got.credited, -got.fraction, -got.sold, -got.bought)


def _dispose(exact: Fraction, disposition: str) -> Disposed:
    whole, rest = divmod(exact.numerator, exact.denominator)
    down, up, fraction = Fraction(whole), Fraction(whole + 1), Fraction(rest, exact.denominator)
    match disposition or DEFAULT_DISPOSITION:
        case "CINL":
            return Disposed(down, fraction, fraction, _NOTHING)
        case "RDDN":
            return Disposed(down, fraction, _NOTHING, _NOTHING)
        case "RDUP":
            return Disposed(up, fraction, _NOTHING, _NOTHING)
        case "STAN":
            return Disposed(up if 2 * rest >= exact.denominator else down, fraction, _NOTHING, _NOTHING)
        case "BUYU":
            return Disposed(up, fraction, _NOTHING, up - exact)
        case "DIST":
            return Disposed(exact, fraction, _NOTHING, _NOTHING)
        case unknown:
            raise ValueError(f"{unknown!r} is no DISF code")
