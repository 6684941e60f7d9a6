"""Payments as custodians confirm them (MT566, seev.036) against what we calculated.

What a confirmation does not say is compared with nothing. Cash is compared in the currency that it was paid in: net amount and cash in lieu
in the event's, the converted payment in the account's.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from domain.numbers.money import round_amount
from domain.reconciliation.ageing import BusinessDays, business_days
from domain.reconciliation.entitlement import CurrentEntitlement
from domain.reconciliation.facts import AccountFacts
from domain.reconciliation.row import AGREED, DAYS, PERCENT, UNITS, Finding, Input, Row, Sides, Subject
from domain.reconciliation.tolerance import amounts_agree, quantities_agree
from domain.records import Confirmation
from domain.rules import MarketCalendars

_NOT_DUE = "paid, and nothing is due: the event is not known, was cancelled, or does not entitle the holder"


def check_confirmations(facts: AccountFacts, on: date, calendars: MarketCalendars | None) -> Iterator[Row]:
    """MISSING_OURS for a confirmation without entitlement, MISSING_CONFIRMATION for a payment that passed without one; for a pair
    VERSION_MISMATCH, CURRENCY, AMOUNT, RATE, QUANTITY, UNKNOWN_SECURITY and DATE, each where both sides say something."""
    confirmed = {confirmation.identity: confirmation for confirmation in facts.confirmations}
    due = {facts.identity(entitlement): entitlement for entitlement in facts.entitlements}
    for identity, confirmation in sorted(confirmed.items()):
        if identity in due:
            yield from _Pair(due[identity], confirmation).rows(business_days(calendars, due[identity].isin))
        else:
            yield _not_due(confirmation)
    paid_days = {confirmation.posting_date for confirmation in facts.confirmations}
    for identity, entitlement in sorted(due.items()):
        if identity not in confirmed and facts.confirmations_expected and _pays(entitlement):
            yield _missing(entitlement, on, paid_days)


def _not_due(confirmation: Confirmation) -> Row:
    event_id, option = confirmation.corporate_action_event_id, confirmation.option_number
    unit, theirs = UNITS, confirmation.posting_quantity
    if confirmation.posting_amount is not None:
        unit, theirs = confirmation.currency or "amount", confirmation.posting_amount
    uses, names = [("confirmations", confirmation.identity)], {"corporate_action_event_id": event_id}
    subject = Subject(f"{event_id}/{option}/payment", uses, confirmation.posting_date, option_number=option, **names)
    sides = (None, None if theirs is None else Fraction(theirs))
    return subject.row("payment", sides, ("MISSING_OURS", _NOT_DUE), unit=unit)


def _pays(entitlement: CurrentEntitlement) -> bool:
    return bool(
        entitlement.cash_amount or entitlement.debited_quantity or any(quantity for _, quantity in entitlement.credited)
    )


def _missing(entitlement: CurrentEntitlement, on: date, paid_days: set[date | None]) -> Row:
    """From the day after the payment date on; on the day itself only where another payment of that day is confirmed already."""
    due = entitlement.payment_date
    passed = due is not None and (due < on or (due == on and due in paid_days))
    finding = (
        "MISSING_CONFIRMATION",
        f"the payment date {due} has passed: paid late, or its confirmation did not come",
    )
    unit, amount = entitlement.currency, Fraction(entitlement.cash_amount)
    if not amount:
        unit, amount = UNITS, _moved(entitlement)
    if not passed or entitlement.confirmed:
        finding = AGREED
    sides = (amount, None) if finding[0] else (None, None)
    return _of_payment(entitlement).row("payment", sides, finding, unit=unit)


def _moved(entitlement: CurrentEntitlement) -> Fraction:
    """Return units credited less units debited, over all securities."""
    return sum((quantity for _, quantity in entitlement.credited), Fraction(0)) - entitlement.debited_quantity


class _Pair:
    """An entitlement and its confirmation."""

    def __init__(self, ours: CurrentEntitlement, theirs: Confirmation) -> None:
        self.ours, self.theirs = ours, theirs
        self.subject = _of_payment(ours, ("confirmations", theirs.identity))
        self.currency = theirs.currency or ours.payment_currency

    def rows(self, days: BusinessDays) -> Iterator[Row]:
        """One for each thing that both say; at least one, so that each confirmation is compared."""
        yield self.subject.row("payment_version", *self._version())
        if self.theirs.currency:
            sides = (self.ours.payment_currency or None, self.theirs.currency)
            cause = "paid in another currency: the exchange was not made, or made by the custodian"
            yield self._judged("payment_currency", sides, "CURRENCY", cause, sides[0] == sides[1])
        yield from self._cash()
        yield from self._securities()
        if self.theirs.withholding_tax_rate is not None:
            rates = Fraction(self.ours.withholding_tax_rate), Fraction(self.theirs.withholding_tax_rate)
            cause = "another rate was withheld: documents unknown to the custodian, or another treaty or statutory rate"
            yield self._judged("payment_rate", rates, "RATE", cause, rates[0] == rates[1], PERCENT)
        if self.theirs.posting_date and self.ours.payment_date:
            yield self._date(self.ours.payment_date, self.theirs.posting_date, days)

    def _version(self) -> tuple[Sides, Finding]:
        theirs = self.theirs.version
        if theirs is None or theirs == self.ours.version:
            return (None, None), AGREED
        cause = "the custodian paid by an older announcement"
        if theirs > self.ours.version:
            cause = "the custodian paid by a newer announcement than we have"
        return (str(self.ours.version), str(theirs)), ("VERSION_MISMATCH", cause)

    def _cash(self) -> Iterator[Row]:
        expected = self._expected_amount()
        if self.theirs.posting_amount is None or expected is None:
            return
        paid = Fraction(self.theirs.posting_amount)
        agrees = amounts_agree(expected, paid, self.currency)
        yield self._judged("payment_amount", (expected, paid), "AMOUNT", self._why(paid), agrees, self.currency)

    def _expected_amount(self) -> Fraction | None:
        """None where we have no amount in the currency that was paid."""
        if self.currency and self.currency == self.ours.currency:
            return Fraction(self.ours.cash_amount)
        if self.currency != self.ours.payment_currency or self.ours.payment_amount is None:
            return None
        return Fraction(self.ours.payment_amount)

    def _why(self, paid: Fraction) -> str:
        gross, rate = Fraction(self.ours.gross_amount), self.theirs.withholding_tax_rate
        if self.currency == self.ours.currency and paid == gross:
            return "paid gross: no tax was withheld"
        if rate is not None and self.currency == self.ours.currency:
            tax = round_amount(gross * Fraction(rate) / 100, self.currency)
            if paid == gross - Fraction(tax):
                return "explained by the rate that the custodian withheld"
        return "another quantity, rate or exchange rate, or a fee was taken"

    def _securities(self) -> Iterator[Row]:
        isin = self.theirs.isin
        credited = dict(self.ours.credited)
        concerned = {self.ours.isin, *credited}
        if isin and isin not in concerned:
            sides = ("/".join(sorted(concerned)), isin)
            cause = "the confirmation names a security that the event does not concern"
            yield self._judged("payment_security", sides, "UNKNOWN_SECURITY", cause, False)
        elif self.theirs.posting_quantity is not None:
            debit = bool(isin) and isin not in credited
            first = next(iter(credited), self.ours.isin)
            ours = self.ours.debited_quantity if debit else self.ours.credited_of(isin or first)
            theirs = Fraction(self.theirs.posting_quantity)
            cause = "another quantity was posted: another holding, ratio or fraction"
            agrees = quantities_agree(ours, abs(theirs) if debit else theirs)
            yield self._judged("payment_quantity", (ours, theirs), "QUANTITY", cause, agrees)

    def _date(self, ours: date, theirs: date, days: BusinessDays) -> Row:
        agrees = theirs in (ours, days.roll_forward(ours))
        cause = "posted before the payment date" if theirs < ours else "posted after the payment date"
        return self._judged("payment_date", (ours, theirs), "DATE", cause, agrees, DAYS)

    def _judged(self, kind: str, sides: Sides, code: str, cause: str, agrees: bool, unit: str = UNITS) -> Row:
        return self.subject.row(kind, sides, AGREED if agrees else (code, cause), unit=unit)


def _of_payment(entitlement: CurrentEntitlement, *uses: Input) -> Subject:
    return Subject(
        f"{entitlement.key}/payment",
        [("entitlements", entitlement.key), *uses],
        entitlement.payment_date,
        isin=entitlement.isin,
        corporate_action_event_id=entitlement.corporate_action_event_id,
        option_number=entitlement.option_number,
    )
