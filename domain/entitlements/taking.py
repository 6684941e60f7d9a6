"""What a holding yields by an option's terms: how much is taken up, debited, credited and paid gross, before any tax."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import Accepted, Debit, Outturn
from domain.entitlements.terms import OptionTerms
from domain.held import Held, missing_terms
from domain.numbers.exact import Number, plain, round_half_up, round_ratio
from domain.numbers.fractions import Disposed, dispose

_NONE = dispose(Fraction(0), "")
_NO_INTEREST = Decimal(0)


@dataclass(frozen=True, slots=True)
class Taken:
    """`of_holding` in units of what is held, or of the rights that it brings; `gross` in money, `interest` the part of it that accrued
    beside what is redeemed."""

    of_holding: Accepted
    gross: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True)
class FurtherCredit:
    """Units of a further security credited, and the cash for their fraction, in the option's currency."""

    isin: str
    disposed: Disposed
    cash_in_lieu: Decimal


def take(outturn: Outturn, quantity: Decimal, places: int) -> Taken:
    """Raises Held where more is drawn of the holding than it has (of a short nothing is), or where nobody has said what is."""
    if undrawn := outturn.undrawn:
        raise undrawn
    if outturn.most is not None and outturn.most > max(quantity, Decimal(0)):
        detail = f"{plain(outturn.most)} drawn of a holding of {plain(quantity)}"
        raise Held("drawn_above_holding", "options.drawn_quantity", detail)
    held = Fraction(quantity)
    of_holding = outturn.accept(held)
    paid_for = of_holding.counted if outturn.debit is Debit.ACCEPTED else of_holding.accepted
    cash = outturn.cash + outturn.interest if outturn.interest else outturn.cash
    numerator, denominator = paid_for.numerator * cash.numerator, paid_for.denominator * cash.denominator
    if outturn.unfilled_cash:
        gross = Fraction(numerator, denominator) + outturn.unfilled_cash * (held - of_holding.accepted)
        numerator, denominator = gross.numerator, gross.denominator
    interest = round_half_up(paid_for * outturn.interest, places) if outturn.interest_rule else _NO_INTEREST
    return Taken(of_holding, round_ratio(numerator, denominator, places), interest)


def credit(outturn: Outturn, accepted: Fraction, net: Decimal) -> Disposed:
    """New securities for what was taken up, or for the net cash that is reinvested, and what becomes of the fraction.

    Raises Held `charges_leave_nothing` if the account's charge leaves less cash than a unit costs.
    """
    if outturn.reinvests:
        assert outturn.basis_price
        charge = outturn.charge_of_account
        cash = Fraction(net) - outturn.charge_beside(net) if abs(net) > charge else Fraction(0)
        disposed = dispose(cash / (outturn.basis_price + outturn.charge), outturn.disposition)
        if charge and not disposed.credited:
            detail = f"{net} less a charge of {plain(charge)} buys nothing: what becomes of it is not said"
            raise Held("charges_leave_nothing", "options.charge_amount", detail)
        return disposed
    if not outturn.ratio:
        return _NONE
    disposed = dispose(accepted * outturn.ratio, outturn.disposition)
    return disposed.sold_for_whole(outturn.ratio) if outturn.whole_residue else disposed


def credit_further(terms: OptionTerms, accepted: Fraction) -> tuple[FurtherCredit, ...]:
    """Return what each further security of the option gives for the units taken up. Raises Held without a price of a fraction."""
    further_credits = []
    for further in terms.outturn.further:
        disposed = dispose(accepted * further.ratio, terms.outturn.disposition)
        cash = _cash_in_lieu(terms, disposed, further.in_lieu_price, further.isin, "options.securities_movements")
        further_credits.append(FurtherCredit(further.isin, disposed, cash))
    return tuple(further_credits)


def cash_in_lieu(terms: OptionTerms, disposed: Disposed) -> Decimal:
    """Return the cash for a sold fraction of isin_out; negative where the holder pays to complete a unit (BUYU). Raises Held."""
    return _cash_in_lieu(terms, disposed, terms.outturn.in_lieu_price, terms.outturn.isin_out, "options")


def _cash_in_lieu(terms: OptionTerms, disposed: Disposed, price: Number | None, isin: str, path: str) -> Decimal:
    if not (disposed.sold or disposed.bought):
        return terms.nothing
    if price is None:
        detail = f"a fraction of {isin} is disposed of by {terms.outturn.disposition}: its price is needed"
        raise missing_terms(f"{path}.cash_in_lieu_price", detail)
    if not terms.option.currency:
        raise missing_terms("options.currency", f"a fraction of {isin} is paid for: the option's currency is needed")
    return round_half_up((disposed.sold - disposed.bought) * Fraction(price), terms.places)
