"""What a holding yields by an option's terms: how much is taken up, debited, credited and paid gross, before any tax."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import Debit, Outturn
from domain.entitlements.held import Held
from domain.exact import plain, round_ratio
from domain.fractions import Disposed, dispose

_WHOLE = ("RDUP", "STAN")


@dataclass(frozen=True, slots=True)
class Taken:
    """In units of what is held: `accepted` before and `counted` after rounding to whole multiples, `debited`; `gross` in money."""

    accepted: Fraction
    counted: Fraction
    debited: Fraction
    gross: Decimal


def take(outturn: Outturn, quantity: Decimal, places: int) -> Taken:
    """Raises Held where more is drawn of the holding than it has."""
    held = Fraction(quantity)
    accepted = held * outturn.accepted
    if outturn.most is not None:
        if outturn.most > quantity:
            detail = f"{plain(outturn.most)} drawn of a holding of {plain(quantity)}"
            raise Held("drawn_above_holding", "options.drawn_quantity", detail)
        accepted = Fraction(outturn.most)
    counted = _in_multiples(accepted, outturn) if outturn.multiple else accepted
    paid_for = counted if outturn.debit is Debit.ACCEPTED else accepted
    gross = outturn.cash * paid_for + outturn.unfilled_cash * (held - accepted)
    debited = {Debit.NOTHING: Fraction(0), Debit.ACCEPTED: counted, Debit.ALL: held}[outturn.debit]
    return Taken(accepted, counted, debited, round_ratio(gross.numerator, gross.denominator, places))


def credit(outturn: Outturn, accepted: Fraction, net: Decimal) -> Disposed:
    """New securities for what was taken up, or for the net cash that is reinvested, and what becomes of the fraction."""
    if outturn.reinvests:
        assert outturn.basis_price
        return dispose(Fraction(net) / outturn.basis_price, outturn.disposition)
    return dispose(accepted * outturn.ratio if outturn.ratio else Fraction(0), outturn.disposition)


def _in_multiples(accepted: Fraction, outturn: Outturn) -> Fraction:
    """Rounded once, down unless the notice says up or to the nearest (domain rules, "Securities")."""
    disposition = outturn.disposition if outturn.disposition in _WHOLE else "RDDN"
    return dispose(accepted / outturn.multiple, disposition).credited * outturn.multiple
