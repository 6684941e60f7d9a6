"""Payments as custodians confirm them (MT566, seev.036) against what we calculated.

An entitlement may be paid in parts: amounts and quantities are compared as the sum of all its confirmations, version, currency, rate and
date of each. What no confirmation says is compared with nothing. Cash is compared in the currency that it was paid in: net amount and
cash in lieu in the event's, the converted payment in the account's.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from domain.numbers.exact import plain
from domain.numbers.money import round_amount
from domain.numbers.series import sum_of
from domain.reconciliation.ageing import BusinessDays, business_days
from domain.reconciliation.entitlement import CurrentEntitlement
from domain.reconciliation.facts import AccountFacts
from domain.reconciliation.row import AGREED, DAYS, PERCENT, UNITS, Finding, Input, Row, Sides, Subject
from domain.reconciliation.tolerance import amounts_agree, quantities_agree
from domain.records import Confirmation
from domain.records.security import is_taken_back, standing_payments
from domain.rules import MarketCalendars

_NOT_DUE = "paid, and nothing is due: the event is not known, was cancelled, or does not entitle the holder"


def check_confirmations(facts: AccountFacts, on: date, calendars: MarketCalendars | None) -> Iterator[Row]:
    """MISSING_OURS for a confirmation without entitlement, MISSING_CONFIRMATION for a payment that passed without one; for a payment
    and its confirmations VERSION_MISMATCH, CURRENCY, AMOUNT, RATE, QUANTITY, DUPLICATE (several that add up to more than is due),
    UNKNOWN_SECURITY and DATE, each where both sides say something."""
    confirmed: dict[str, list[Confirmation]] = {}
    for confirmation in sorted(facts.confirmations, key=lambda known: known.identity):
        confirmed.setdefault(confirmation.entitlement_identity, []).append(confirmation)
    due = {facts.identity(entitlement): entitlement for entitlement in facts.entitlements}
    for identity, payments in confirmed.items():
        if identity in due:
            yield from _Paid(due[identity], payments).rows(business_days(calendars, due[identity].isin))
        else:
            standing = standing_payments(payments)
            yield from (_not_due(payment, stands=payment in standing) for payment in payments)
    paid_days = {confirmation.posting_date for confirmation in facts.confirmations}
    for identity, entitlement in sorted(due.items()):
        if identity not in confirmed and facts.confirmations_expected and _pays(entitlement):
            yield _missing(entitlement, on, paid_days)


def _not_due(confirmation: Confirmation, *, stands: bool) -> Row:
    event_id, option = confirmation.corporate_action_event_id, confirmation.option_number
    unit, theirs = UNITS, confirmation.posting_quantity
    if confirmation.posting_amount is not None:
        unit, theirs = confirmation.currency or "amount", confirmation.posting_amount
    uses, names = [("confirmations", confirmation.identity)], {"corporate_action_event_id": event_id}
    key = _key(f"{event_id}/{option}", confirmation.payment_reference)
    subject = Subject(key, uses, confirmation.posting_date, option_number=option, **names)
    sides = (None, None if theirs is None else Fraction(theirs))
    return subject.row("payment", sides, ("MISSING_OURS", _NOT_DUE) if stands else AGREED, unit=unit)


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
    return sum_of(quantity for _, quantity in entitlement.credited) - entitlement.debited_quantity


class _Paid:
    """An entitlement and its confirmations, one for each payment: at least one."""

    def __init__(self, ours: CurrentEntitlement, payments: Sequence[Confirmation]) -> None:
        self.ours, self.payments = ours, payments

    def rows(self, days: BusinessDays) -> Iterator[Row]:
        """Yield a row for each thing that both say; of each confirmation at least one, so that each is compared."""
        standing = standing_payments(self.payments)
        for payment in self.payments:
            if payment in standing:
                yield from self._of_one(payment, days)
            else:
                yield self._subject([payment], payment.payment_reference).row("payment_reversal")
        yield from self._cash()
        yield from self._securities()

    def _of_one(self, theirs: Confirmation, days: BusinessDays) -> Iterator[Row]:
        subject = self._subject([theirs], theirs.payment_reference)
        yield subject.row("payment_version", *self._version(theirs.version))
        if theirs.currency:
            sides = (self.ours.payment_currency or None, theirs.currency)
            cause = "paid in another currency: the exchange was not made, or made by the custodian"
            yield _judged(subject, "payment_currency", sides, ("CURRENCY", cause), sides[0] == sides[1])
        if theirs.withholding_tax_rate is not None:
            rates = Fraction(self.ours.withholding_tax_rate), Fraction(theirs.withholding_tax_rate)
            cause = "another rate was withheld: documents unknown to the custodian, or another treaty or statutory rate"
            yield _judged(subject, "payment_rate", rates, ("RATE", cause), rates[0] == rates[1], PERCENT)
        if theirs.posting_date and self.ours.payment_date and not theirs.reversed_reference:
            yield _date(subject, self.ours.payment_date, theirs.posting_date, days)

    def _version(self, theirs: int | None) -> tuple[Sides, Finding]:
        if theirs is None or theirs == self.ours.version:
            return (None, None), AGREED
        cause = "the custodian paid by an older announcement"
        if theirs > self.ours.version:
            cause = "the custodian paid by a newer announcement than we have"
        return (str(self.ours.version), str(theirs)), ("VERSION_MISMATCH", cause)

    def _cash(self) -> Iterator[Row]:
        """Yield a row for each currency that was paid and in which we have an amount."""
        by_currency: dict[str, list[Confirmation]] = {}
        for payment in self.payments:
            if payment.posting_amount is not None:
                by_currency.setdefault(payment.currency or self.ours.payment_currency, []).append(payment)
        for currency, payments in sorted(by_currency.items()):
            due = self._due_in(currency)
            if due is None:
                continue
            paid = sum_of(Fraction(payment.posting_amount or 0) for payment in payments)
            finding = _twice(due, paid, payments) or ("AMOUNT", self._why(paid, currency, payments))
            subject = self._subject(payments, "" if currency == self.ours.payment_currency else currency)
            agrees = amounts_agree(due, paid, currency)
            yield _judged(subject, "payment_amount", (due, paid), finding, agrees, currency)

    def _due_in(self, currency: str) -> Fraction | None:
        """None where we have no amount in the currency that was paid."""
        if currency and currency == self.ours.currency:
            return Fraction(self.ours.cash_amount)
        if currency != self.ours.payment_currency or self.ours.payment_amount is None:
            return None
        return Fraction(self.ours.payment_amount)

    def _why(self, paid: Fraction, currency: str, payments: Sequence[Confirmation]) -> str:
        if is_taken_back(payments):
            return "the custodian took the payment back and has not paid anew"
        gross, rate = Fraction(self.ours.gross_amount), payments[-1].withholding_tax_rate
        if currency == self.ours.currency and paid == gross:
            return "paid gross: no tax was withheld"
        if rate is not None and currency == self.ours.currency:
            tax = round_amount(gross * Fraction(rate) / 100, currency)
            if paid == gross - Fraction(tax):
                return "explained by the rate that the custodian withheld"
        if currency == self.ours.currency and any(payment.charge_amount is not None for payment in payments):
            charged = sum_of(Fraction(payment.charge_amount or 0) for payment in payments)
            if paid + charged == Fraction(self.ours.cash_amount) + Fraction(self.ours.charge_amount):
                charges = f"{plain(charged)} {currency}, {plain(self.ours.charge_amount)} announced"
                return f"explained by the charges that the custodian took: {charges}"
        return "another quantity, rate or exchange rate, or a fee was taken"

    def _securities(self) -> Iterator[Row]:
        """Yield a row for each security that moved, and for each that the event does not concern."""
        first = next((isin for isin, _ in self.ours.credited), self.ours.isin)
        by_isin: dict[str, list[tuple[Confirmation, Fraction]]] = {}
        concerned = {self.ours.isin, *(isin for isin, _ in self.ours.credited)}
        for payment in self.payments:
            for isin, units in payment.posted:
                by_isin.setdefault(isin or first, []).append((payment, Fraction(units)))
            if payment.isin and payment.isin not in concerned:
                by_isin.setdefault(payment.isin, []).append((payment, Fraction(0)))
        for isin, moved in sorted(by_isin.items()):
            payments, posted = [payment for payment, _ in moved], [units for _, units in moved]
            subject = self._subject(payments, isin)
            if isin not in concerned:
                cause = "the confirmation names a security that the event does not concern"
                sides: Sides = ("/".join(sorted(concerned)), isin)
                yield subject.row("payment_security", sides, ("UNKNOWN_SECURITY", cause))
                continue
            due, paid = self._units_due(isin, posted), sum_of(posted)
            cause = "another quantity was posted: another holding, ratio or fraction"
            finding = _twice(due, paid, payments) or ("QUANTITY", cause)
            yield _judged(subject, "payment_quantity", (due, paid), finding, quantities_agree(due, paid))

    def _units_due(self, isin: str, posted: Sequence[Fraction]) -> Fraction:
        """Return units credited less units debited; of a security that is both, without the direction that nothing posted has."""
        credited = self.ours.credited_of(isin)
        debited = self.ours.debited_quantity if isin == self.ours.isin else Fraction(0)
        if credited and debited:
            credited = credited if any(units > 0 for units in posted) else Fraction(0)
            debited = debited if any(units < 0 for units in posted) else Fraction(0)
        return credited - debited

    def _subject(self, payments: Sequence[Confirmation], part: str) -> Subject:
        return _of_payment(self.ours, *(("confirmations", payment.identity) for payment in payments), part=part)


def _twice(due: Fraction, paid: Fraction, payments: Sequence[Confirmation]) -> Finding | None:
    """Return DUPLICATE where several payments add up to more than is due, in its direction; else None."""
    if len({payment.identity for payment in payments}) < 2 or due * paid < 0 or abs(paid) <= abs(due):
        return None
    references = ", ".join(payment.payment_reference or "one without reference" for payment in payments)
    return "DUPLICATE", f"more was paid than is due: a payment was made twice among {references}"


def _date(subject: Subject, ours: date, theirs: date, days: BusinessDays) -> Row:
    agrees = theirs in (ours, days.roll_forward(ours))
    cause = "posted before the payment date" if theirs < ours else "posted after the payment date"
    return _judged(subject, "payment_date", (ours, theirs), ("DATE", cause), agrees, DAYS)


def _judged(subject: Subject, kind: str, sides: Sides, finding: Finding, agrees: bool, unit: str = UNITS) -> Row:
    return subject.row(kind, sides, AGREED if agrees else finding, unit=unit)


def _of_payment(entitlement: CurrentEntitlement, *uses: Input, part: str = "") -> Subject:
    """Return the subject of a payment or of a `part` of it: a reference, a currency other than the payment's, or a security."""
    return Subject(
        _key(entitlement.key, part),
        [("entitlements", entitlement.key), *uses],
        entitlement.payment_date,
        isin=entitlement.isin,
        corporate_action_event_id=entitlement.corporate_action_event_id,
        option_number=entitlement.option_number,
    )


def _key(entitlement_key: str, part: str) -> str:
    return f"{entitlement_key}/payment" + (f"/{part}" if part else "")
