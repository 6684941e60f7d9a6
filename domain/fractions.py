"""Disposition of fractions (22F DISF): from an exact quantity to whole securities and what becomes of the rest.

Applied once per account and option, after summing. Source: ISO 15022 data dictionary, qualifier DISF; STAN rounds .5 up.
"""

from dataclasses import dataclass
from fractions import Fraction

DEFAULT_DISPOSITION = "RDDN"
"""Where the announcement is silent (domain rules, "Securities")."""


@dataclass(frozen=True, slots=True)
class Disposed:
    """`credited` securities; `fraction` that the exact quantity had beyond whole units; `sold` of it for cash (CINL);
    `bought` to complete a whole unit at the holder's cost (BUYU). All in units."""

    credited: Fraction
    fraction: Fraction
    sold: Fraction
    bought: Fraction


def dispose(exact: Fraction, disposition: str) -> Disposed:
    """Splits an exact quantity by its DISF code; an empty code is RDDN."""
    whole = Fraction(exact.numerator // exact.denominator)
    fraction = exact - whole
    nothing = Fraction(0)
    up = whole + (1 if fraction else 0)
    match disposition or DEFAULT_DISPOSITION:
        case "CINL":
            return Disposed(whole, fraction, fraction, nothing)
        case "RDDN":
            return Disposed(whole, fraction, nothing, nothing)
        case "RDUP":
            return Disposed(up, fraction, nothing, nothing)
        case "STAN":
            return Disposed(up if fraction >= Fraction(1, 2) else whole, fraction, nothing, nothing)
        case "BUYU":
            return Disposed(up, fraction, nothing, up - exact)
        case "DIST":
            return Disposed(exact, fraction, nothing, nothing)
        case unknown:
            raise ValueError(f"{unknown!r} is no DISF code")
