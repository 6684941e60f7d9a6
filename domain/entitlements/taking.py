"""What a holding yields by an option's terms: how much is taken up, debited, credited and paid gross, before any tax."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import Accepted, Debit, Outturn
from domain.held import Held
from domain.numbers.exact import plain, round_ratio
from domain.numbers.fractions import Disposed, dispose

_NONE = dispose(Fraction(0), "")


@dataclass(frozen=True, slots=True)
class Taken:
    """`of_holding` in units of what is held, or of the rights that it brings; `gross` in money."""

    of_holding: Accepted
    gross: Decimal


def take(outturn: Outturn, quantity: Decimal, places: int) -> Taken:
    """Raises Held where more is drawn of the holding than it has."""
    if outturn.most is not None and outturn.most > quantity:
        detail = f"{plain(outturn.most)} drawn of a holding of {plain(quantity)}"
        raise Held("drawn_above_holding", "options.drawn_quantity", detail)
    held = Fraction(quantity)
    of_holding = outturn.accept(held)
    paid_for = of_holding.counted if outturn.debit is Debit.ACCEPTED else of_holding.accepted
    numerator, denominator = (
        paid_for.numerator * outturn.cash.numerator,
        paid_for.denominator * outturn.cash.denominator,
    )
    if outturn.unfilled_cash:
        gross = Fraction(numerator, denominator) + outturn.unfilled_cash * (held - of_holding.accepted)
        numerator, denominator = gross.numerator, gross.denominator
    return Taken(of_holding, round_ratio(numerator, denominator, places))


def credit(outturn: Outturn, accepted: Fraction, net: Decimal) -> Disposed:
    """New securities for what was taken up, or for the net cash that is reinvested, and what becomes of the fraction."""
    if outturn.reinvests:
        assert outturn.basis_price
        return dispose(Fraction(net) / outturn.basis_price, outturn.disposition)
    return dispose(accepted * outturn.ratio, outturn.disposition) if outturn.ratio else _NONE
