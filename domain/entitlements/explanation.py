"""The steps from a holding to its entitlement, as a person checks them: what, by which rule, the arithmetic and the result."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from domain.corporate_actions import Debit, LotTreatment
from domain.corporate_actions.reading import tax_credit_of
from domain.entitlements.calculation import Calculation
from domain.entitlements.taking import FurtherCredit, Taken, cash_in_lieu
from domain.entitlements.terms import OptionTerms
from domain.numbers.exact import EXACT, Number, exactly, plain, quotient
from domain.numbers.fractions import DEFAULT_DISPOSITION, Disposed
from domain.numbers.series import paired, sum_of
from domain.step import Step

_IN_LIEU = (
    "a short pays its lender in lieu of income, gross as long as no other sum is agreed (GMSLA 2010 6.2); this is no income from which tax "
    "is withheld, or which a treaty relieves (US IRC §263(h); UK FA 2013 Sch. 29)"
)


class Yield(Protocol):
    """What a quantity yields by an option's terms: of a holder, or of a pending trade."""

    @property
    def terms(self) -> OptionTerms:
        """Return the option, ready for many holders."""

    @property
    def eligible_quantity(self) -> Decimal:
        """Return the quantity that the option applies to."""

    @property
    def taken(self) -> Taken:
        """Return what is taken up, debited and paid gross."""

    @property
    def disposed(self) -> Disposed:
        """Return units of isin_out."""

    @property
    def further(self) -> tuple[FurtherCredit, ...]:
        """Return units of further securities."""

    @property
    def net_amount(self) -> Decimal:
        """Return what can be reinvested."""

    @property
    def cash_in_lieu_amount(self) -> Decimal:
        """Return the cash for the fractions of all securities."""


def explain(of: Calculation) -> Iterator[Step]:
    """Yield steps of what was held and accepted, of cash and tax, of securities, and of what is paid and when."""
    yield from _held(of)
    yield from _accepted(of)
    yield from _cash(of)
    yield from _tax_credit(of)
    yield from _taxes(of)
    yield from _securities(of)
    yield from _paid(of)


def explain_yield(of: Yield) -> Iterator[Step]:
    """Yield steps of what is accepted, of gross cash, and of securities."""
    yield from _accepted(of)
    yield from _cash(of)
    yield from _securities(of)


def _held(of: Calculation) -> Iterator[Step]:
    event, option = of.terms.event, of.terms.option
    rule = f"settled at each place's own greatest as_of_date up to {event.entitlement_date}"
    stated = [
        f"{plain(place.settled_quantity)} ({place.safekeeping_place}, {place.as_of_date}, {place.source}, sequence {place.sequence})"
        for place in sorted(of.places, key=lambda place: place.safekeeping_place)
    ]
    if stated:
        total = sum_of(Fraction(place.settled_quantity) for place in of.places)
        yield Step("eligible_quantity", rule, " + ".join(stated), plain(total))
    if len(event.options) > 1:
        rule = f"elections released by {event.deadline}" if event.deadline else "elections"
        if of.eligible_quantity < 0:
            rule = "a short elects nothing: the default option, as its lender has said nothing else (GMSLA 2010 6.7)"
        arithmetic = f"option {option.option_number} {option.option_type} of {event.identity} version {event.version}"
        yield Step("instructed_quantity", rule, arithmetic, plain(of.eligible_quantity))


def _accepted(of: Yield) -> Iterator[Step]:
    outturn, option, quantity = of.terms.outturn, of.terms.option, plain(of.eligible_quantity)
    source = of.terms.event_type.source
    if outturn.most is not None:
        yield Step(
            "accepted_quantity",
            source,
            f"drawn_quantity {plain(outturn.most)} of {quantity}",
            plain(of.taken.of_holding.accepted),
        )
    elif outturn.odd_lot is not None and outturn.accepted == 1 and option.proration_rate is not None:
        arithmetic = f"{quantity}, tendered whole, is at most odd_lot_quantity {plain(outturn.odd_lot)}: not prorated"
        yield Step("accepted_quantity", source, arithmetic, plain(of.taken.of_holding.counted))
    elif outturn.accepted != 1 or outturn.multiple:
        arithmetic = f"{quantity} x {quotient(outturn.accepted)} = {plain(of.taken.of_holding.accepted)}"
        if outturn.multiple:
            arithmetic += f", in multiples of {plain(outturn.multiple)}"
            over = of.taken.of_holding.accepted - of.taken.of_holding.counted
            arithmetic += f", {plain(over)} left over" if over * of.taken.of_holding.accepted > 0 else ""
        yield Step("accepted_quantity", source, arithmetic, plain(of.taken.of_holding.counted))
    elif outturn.lots is LotTreatment.WRITE_OFF:
        yield Step("debited_quantity", source, f"{quantity} for nothing", plain(of.taken.of_holding.debited))


def _cash(of: Yield) -> Iterator[Step]:
    outturn, taken, currency = of.terms.outturn, of.taken, of.terms.option.currency
    if not (outturn.cash or outturn.interest_rule or outturn.unfilled_cash or outturn.taxed):
        return
    units = taken.of_holding.counted if outturn.debit is Debit.ACCEPTED else taken.of_holding.accepted
    parts, unrounded = [], Fraction(0)
    if outturn.cash or outturn.taxed:
        parts.append(f"{plain(units)} x {quotient(outturn.cash)} ({outturn.cash_rule})")
        unrounded += units * outturn.cash
    if outturn.interest_rule:
        part, rule = units * outturn.interest, "interest accrued until then is of this event"
        parts.append(f"{plain(units)} x {quotient(outturn.interest)} (interest)")
        unrounded += part
        arithmetic = f"{plain(units)} x {outturn.interest_rule} = {plain(part)} {currency}"
        yield Step("accrued_interest_amount", rule, arithmetic, str(taken.interest))
    rest = Fraction(of.eligible_quantity) - taken.of_holding.accepted
    if outturn.unfilled_cash and rest:
        parts.append(f"{plain(rest)} x {quotient(outturn.unfilled_cash)} (not filled)")
        unrounded += rest * outturn.unfilled_cash
    arithmetic = f"{' + '.join(parts)} = {plain(unrounded)} {currency}"
    yield Step("gross_amount", of.terms.event_type.source, arithmetic, str(taken.gross))


def _tax_credit(of: Calculation) -> Iterator[Step]:
    if of.tax_credit_amount is not None:
        arithmetic = f"{plain(of.taken.of_holding.accepted)} x {quotient(tax_credit_of(of.terms.option))}"
        rule = "TAXC, tax that was paid already, credited to the holder"
        yield Step("tax_credit_amount", rule, arithmetic, str(of.tax_credit_amount))


def _taxes(of: Calculation) -> Iterator[Step]:
    applied, tax, taxed = of.applied, of.withholding, of.taxed_amount
    if of.eligible_quantity < 0 and taxed:
        yield Step("withholding_tax_amount", _IN_LIEU, f"nothing of {taxed}", str(of.terms.nothing))
    if applied is None or tax is None:
        return
    unrounded = plain(EXACT.multiply(taxed, applied.rate).scaleb(-2, EXACT))
    arithmetic = f"{taxed} x {plain(applied.rate)} % = {unrounded}"
    yield Step("withholding_tax_amount", applied.reason, arithmetic, str(tax.tax))
    if applied.components:
        parts = paired(applied.components, tax.components)
        arithmetic = " + ".join(f"{amount} {part.name} ({plain(part.rate)} %)" for part, amount in parts)
        yield Step("components", "of the withholding tax; the last one takes the rounding", arithmetic, str(tax.tax))
    if tax.second_level_tax:
        arithmetic = f"{taxed} x {plain(applied.second_level_tax_rate)} %"
        yield Step("second_level_tax_amount", "of another jurisdiction", arithmetic, str(tax.second_level_tax))
    if tax.reclaim and applied.treaty_rate is not None:
        arithmetic = f"{tax.tax} - {taxed} x {plain(applied.treaty_rate)} %"
        yield Step("tax_reclaim_amount", f"treaty rate, {applied.tax_relief_method}", arithmetic, str(tax.reclaim))
    if (deadline := of.reclaim_deadline) and applied.reclaim_deadline:
        since = "the end of the year of payment" if applied.reclaim_deadline.of_the_year else "the payment"
        arithmetic = f"{applied.reclaim_deadline.years} years from {since} on {of.terms.event.payment_date}"
        yield Step("reclaim_deadline", applied.reason, arithmetic, str(deadline))
    arithmetic = f"{of.taken.gross} - {tax.tax} - {tax.second_level_tax}"
    yield Step("net_amount", "gross = net + taxes", arithmetic, str(of.net_amount))


def _securities(of: Yield) -> Iterator[Step]:
    outturn, disposed = of.terms.outturn, of.disposed
    if not outturn.pays_securities:
        return
    if outturn.reinvests:
        assert outturn.basis_price
        charge = outturn.charge_beside(of.net_amount)
        exact = (Fraction(of.net_amount) - charge) / (outturn.basis_price + outturn.charge)
        cash, price = str(of.net_amount), quotient(outturn.basis_price)
        cash = f"({cash} {'-' if charge > 0 else '+'} {plain(abs(charge))})" if charge else cash
        price = f"({price} + {quotient(outturn.charge)})" if outturn.charge else price
        arithmetic = f"{cash} / {price} = {plain(exact)}"
    else:
        assert outturn.ratio is not None
        exact = of.taken.of_holding.accepted * outturn.ratio
        arithmetic = f"{plain(of.taken.of_holding.accepted)} x {_given_ratio(of)} = {plain(exact)}"
    rule = f"{of.terms.event_type.source}; DISF {outturn.disposition or DEFAULT_DISPOSITION}"
    arithmetic += _left(disposed)
    yield Step("entitled_quantity", rule, arithmetic, plain(disposed.credited))
    own = cash_in_lieu(of.terms, disposed)
    of_others = [further.cash_in_lieu for further in of.further if further.cash_in_lieu]
    if disposed.sold or disposed.bought:
        units = plain(disposed.sold - disposed.bought)
        if outturn.whole_residue and outturn.ratio:
            of_old = f"{plain(disposed.sold / outturn.ratio)} whole units of {plain(disposed.fraction / outturn.ratio)} left over"
            units = f"{of_old} x {quotient(outturn.ratio)}"
        arithmetic = f"{units} x {_price(outturn.in_lieu_price)}"
        name = f"{outturn.isin_out} cash_in_lieu_amount" if of_others else "cash_in_lieu_amount"
        yield Step(name, "price of one whole new security", arithmetic, str(own))
    yield from _further(of)
    if of_others:
        arithmetic = " + ".join(str(amount) for amount in (own, *of_others))
        yield Step("cash_in_lieu_amount", "of all classes", arithmetic, str(of.cash_in_lieu_amount))


def _left(disposed: Disposed) -> str:
    """Return what is left over, and what is credited where that has no finite decimals."""
    said = exactly(disposed.credited)
    return f", fraction {plain(disposed.fraction)}" + (f", {plain(disposed.credited)}{said}" if said else "")


def _further(of: Yield) -> Iterator[Step]:
    """Of each further security: units, and the cash for its fraction."""
    outturn, accepted = of.terms.outturn, of.taken.of_holding.accepted
    rule = f"{of.terms.event_type.source}; DISF {outturn.disposition or DEFAULT_DISPOSITION}"
    for terms, further in paired(outturn.further, of.further):
        name, disposed = f"securities_movements {further.isin}", further.disposed
        exact = accepted * terms.ratio
        arithmetic = f"{plain(accepted)} x {quotient(terms.ratio)} = {plain(exact)}{_left(disposed)}"
        yield Step(f"{name} entitled_quantity", rule, arithmetic, plain(disposed.credited))
        if disposed.sold or disposed.bought:
            arithmetic = f"{plain(disposed.sold - disposed.bought)} x {terms.in_lieu_price}"
            rule_of_price = "cash_in_lieu_price of the movement, else its market price"
            yield Step(f"{name} cash_in_lieu_amount", rule_of_price, arithmetic, str(further.cash_in_lieu))


def _paid(of: Calculation) -> Iterator[Step]:
    if of.terms.outturn.price and of.terms.outturn.pays_securities:
        arithmetic = f"{plain(of.disposed.credited)} x {quotient(of.terms.outturn.price)}"
        yield Step("subscription_amount", "PRPP, paid by the holder", arithmetic, str(of.subscription_amount))
    if of.charge_amount:
        outturn, units = of.terms.outturn, of.disposed.credited
        sign, charge = "+" if units > 0 else "-", plain(outturn.charge_of_account)
        percent = of.terms.option.charge_percent
        part = "" if percent is None else f" (with charge_percent {plain(percent)})"
        arithmetic = f"{plain(units)} x {quotient(outturn.charge)}{part} {sign} {charge}"
        yield Step("charge_amount", "CHAR, part of what the new securities cost", arithmetic, str(of.charge_amount))
    if of.entitled_amount != of.net_amount:
        rule = "the cash that moves: what is paid of the net amount, + cash in lieu - subscription"
        arithmetic = f"{of.paid_out} + {of.cash_in_lieu_amount} - {of.subscription_amount}"
        if of.charge_amount and not of.terms.outturn.reinvests:
            rule, arithmetic = f"{rule} - charges", f"{arithmetic} - {of.charge_amount}"
        yield Step("entitled_amount", rule, arithmetic, str(of.entitled_amount))
    yield from _exchanged(of)
    yield from of.terms.payment_steps


def _exchanged(of: Calculation) -> Iterator[Step]:
    currency, amount = of.terms.payment(of.wanted_currency, of.entitled_amount)
    rate = of.terms.option.exchange_rate
    if rate is None or amount is None or currency == of.terms.option.currency:
        return
    arithmetic = f"{of.entitled_amount} {of.terms.option.currency} at 1 {rate.unit_currency} = {rate.rate} {rate.quoted_currency}"
    yield Step(
        "payment_amount", f"92B EXCH, {rate.date or 'no date'}, {rate.source or 'no source'}", arithmetic, str(amount)
    )


def _price(price: Number | None) -> str:
    """Return a price as the notice gives it, or as it was worked out."""
    return quotient(price) if isinstance(price, Fraction) else str(price)


def _given_ratio(of: Yield) -> str:
    option, ratio = of.terms.option, of.terms.outturn.ratio
    if option.new_to_old and option.new_to_old.value == ratio:
        return f"{option.new_to_old} (new_to_old)"
    if option.additional_for_existing and option.additional_for_existing.value == ratio:
        return f"{option.additional_for_existing} (additional_for_existing)"
    assert ratio is not None
    return quotient(ratio)
