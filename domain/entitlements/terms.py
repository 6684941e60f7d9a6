"""One option of an event, made ready for many holders: whatever does not depend on the holder is worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from domain.calculation_version import CALCULATION_VERSION
from domain.corporate_actions import EventType, Outturn, outturn_of
from domain.corporate_actions.dates import calendar_of, explain_payment_date
from domain.entitlements.exchange_rate import factor_into
from domain.entitlements.withholding import AppliedRate
from domain.numbers.exact import plain, round_half_up, round_ratio
from domain.numbers.money import MINOR_UNITS
from domain.records import CorporateAction, Option
from domain.rules import Rules
from domain.step import Step

_NO_AMOUNT_CURRENCY = "JPY"
"""An option that pays no cash has no currency: its amounts are 0 without decimals."""


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """`event` has its payment date rolled, as `payment_steps` explain; `places` of the minor unit; `given_rate` the issuer's own
    tax rate on income without a rates document; `template` the entitlement's JSON fields that are the same for every holder."""

    event: CorporateAction
    payment_steps: tuple[Step, ...]
    event_type: EventType
    option: Option
    outturn: Outturn
    places: int
    nothing: Decimal
    given_rate: AppliedRate | None
    template: Mapping[str, Any]
    _factors: dict[str, tuple[int, int] | None] = field(default_factory=dict, compare=False, repr=False)

    def of_holder(self, account: str, held: Decimal, instructed: Decimal, drawing: Decimal | None) -> "OptionTerms":
        """Return the terms of one account, as `Outturn.of_holder` does."""
        outturn = self.outturn.of_holder(account, held, instructed, drawing)
        return self if outturn is self.outturn else replace(self, outturn=outturn)

    def payment(self, wanted: str, amount: Decimal) -> tuple[str, Decimal | None]:
        """Currency and amount paid: the event's where no rate leads to the account's (domain rules, "Money")."""
        currency = self.option.currency
        if not currency or not wanted or wanted == currency:
            return currency, amount if currency else None
        if wanted not in self._factors:
            self._factors[wanted] = factor_into(self.option, wanted)
        factor = self._factors[wanted]
        if factor is None:
            return currency, None
        numerator, denominator = amount.as_integer_ratio()
        return wanted, round_ratio(numerator * factor[0], denominator * factor[1], MINOR_UNITS[wanted])


def prepare_option(
    event: CorporateAction, event_type: EventType, option: Option, rules: Rules | None, announced_payment: date | None
) -> OptionTerms:
    """Return the option of an event whose payment date is rolled. Raises Held where the notice lacks what the type needs."""
    outturn = outturn_of(event, option)
    places = MINOR_UNITS[option.currency or _NO_AMOUNT_CURRENCY]
    return OptionTerms(
        event=event,
        payment_steps=tuple(explain_payment_date(announced_payment, event.payment_date, calendar_of(event, rules))),
        event_type=event_type,
        option=option,
        outturn=outturn,
        places=places,
        nothing=round_half_up(0, places),
        given_rate=_given_rate(event, option),
        template=_template(event, option, outturn, rules.version if rules else ""),
    )


def _given_rate(event: CorporateAction, option: Option) -> AppliedRate | None:
    """Return the option's own rate: the issuer's figure is used as given."""
    rate = option.withholding_tax_rate
    if rate is None:
        return None
    return AppliedRate(
        rate=rate,
        treaty_rate=None,
        second_level_tax_rate=option.second_level_tax_rate or Decimal(0),
        components=(),
        tax_relief_method="NONE",
        reclaim_deadline=None,
        reason=f"rate {event.corporate_action_event_id}:withholding_tax_rate, statutory {plain(rate)} % (NONE, "
        "documents not valid at payment; given by the announcement)",
    )


def _template(event: CorporateAction, option: Option, outturn: Outturn, rules_version: str) -> dict[str, Any]:
    return {
        "corporate_action_event_id": event.corporate_action_event_id,
        "version": event.version,
        "isin": event.isin,
        "option_number": option.option_number,
        "option_type": option.option_type,
        "event_type": event.event_type,
        "isin_out": outturn.isin_out or None if outturn.pays_securities else None,
        "currency": option.currency or None,
        "record_date": None if event.record_date is None else event.record_date.isoformat(),
        "payment_date": None if event.payment_date is None else event.payment_date.isoformat(),
        "rules_version": rules_version,
        "calculation_version": CALCULATION_VERSION,
    }
