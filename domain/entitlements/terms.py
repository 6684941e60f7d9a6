"""One option of an event, made ready for many holders: whatever does not depend on the holder is worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.corporate_actions import EventType, ratio_of
from domain.entitlements.withholding import AppliedRate, apply_rate
from domain.exact import round_half_up, round_ratio
from domain.fractions import Disposed, dispose
from domain.money import MINOR_UNITS
from domain.records import CorporateAction, Option
from domain.rules import WithholdingRate

_NO_AMOUNT_CURRENCY = "JPY"
"""An option that pays no cash has no currency: its amounts are 0 without decimals."""

_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class OptionTerms:
    """`places` of the minor unit; `ratio` in two integers, lowest terms; `given_rate` the issuer's own tax rate on income without a
    rates document; `template` the entitlement's JSON fields that are the same for every holder, the others None."""

    event: CorporateAction
    event_type: EventType
    option: Option
    places: int
    nothing: Decimal
    gross_rate: Decimal
    ratio: tuple[int, int] | None
    debits: bool
    given_rate: AppliedRate | None
    template: Mapping[str, Any]
    _factors: dict[str, tuple[int, int] | None] = field(default_factory=dict, compare=False, repr=False)

    def exact(self, quantity: Decimal) -> Fraction:
        """New securities for a holding, before fractions are disposed of; 0 where the option pays none."""
        if self.ratio is None:
            return _NOTHING
        numerator, denominator = quantity.as_integer_ratio()
        return Fraction(numerator * self.ratio[0], denominator * self.ratio[1])

    def dispose(self, quantity: Decimal) -> Disposed:
        """What is credited for a holding, and what becomes of the fraction."""
        return dispose(self.exact(quantity), self.option.fraction_disposition)

    def payment(self, wanted: str, amount: Decimal) -> tuple[str, Decimal | None]:
        """Currency and amount paid: the event's where no rate leads to the account's (domain rules, "Money")."""
        currency = self.option.currency
        if not currency or not wanted or wanted == currency:
            return currency, amount if currency else None
        if wanted not in self._factors:
            self._factors[wanted] = _factor(self.option, wanted)
        factor = self._factors[wanted]
        if factor is None:
            return currency, None
        numerator, denominator = amount.as_integer_ratio()
        return wanted, round_ratio(numerator * factor[0], denominator * factor[1], MINOR_UNITS[wanted])


def prepare_option(event: CorporateAction, event_type: EventType, option: Option, rules_version: str) -> OptionTerms:
    """Raises MissingTerms where the option has two ratios."""
    terms = ratio_of(option)
    places = MINOR_UNITS[option.currency or _NO_AMOUNT_CURRENCY]
    return OptionTerms(
        event=event,
        event_type=event_type,
        option=option,
        places=places,
        nothing=round_half_up(0, places),
        gross_rate=option.gross_rate or Decimal(0),
        ratio=terms[0].value.as_integer_ratio() if terms else None,
        debits=bool(terms and terms[1]),
        given_rate=_given_rate(event, option),
        template=_template(event, option, bool(terms), rules_version),
    )


def _given_rate(event: CorporateAction, option: Option) -> AppliedRate | None:
    """The option's own rate, as a row: the issuer's figure is used as given."""
    if option.withholding_tax_rate is None:
        return None
    assert event.entitlement_date is not None
    row = WithholdingRate(
        rate_id=f"{event.corporate_action_event_id}:withholding_tax_rate",
        source_country=event.source_country,
        residence="*",
        beneficial_owner="*",
        income_type="",
        valid_from=event.entitlement_date,
        valid_to=None,
        statutory_rate=option.withholding_tax_rate,
        treaty_rate=None,
        tax_relief_method="NONE",
        second_level_tax_rate=None,
        components=(),
        source="given by the announcement",
    )
    return apply_rate(row, documented=False)


def _factor(option: Option, wanted: str) -> tuple[int, int] | None:
    """What an amount of the option's currency is multiplied by to be one of `wanted`, None where no rate leads there."""
    rate = option.exchange_rate
    if rate is None or {rate.unit_currency, rate.quoted_currency} != {option.currency, wanted}:
        return None
    numerator, denominator = rate.rate.as_integer_ratio()
    return (numerator, denominator) if rate.quoted_currency == wanted else (denominator, numerator)


def _template(event: CorporateAction, option: Option, pays_securities: bool, rules_version: str) -> dict[str, Any]:
    return {
        "corporate_action_event_id": event.corporate_action_event_id,
        "version": event.version,
        "safekeeping_account": None,
        "isin": event.isin,
        "option_number": option.option_number,
        "event_type": event.event_type,
        "eligible_quantity": None,
        "debited_quantity": None,
        "entitled_quantity": None,
        "quantity_ratio": None,
        "fraction_quantity": None,
        "isin_out": (option.isin_out or event.isin) if pays_securities else None,
        "gross_amount": None,
        "withholding_tax_rate": None,
        "withholding_tax_amount": None,
        "components": None,
        "second_level_tax_amount": None,
        "tax_reclaim_amount": None,
        "net_amount": None,
        "cash_in_lieu_amount": None,
        "currency": option.currency or None,
        "payment_currency": None,
        "payment_amount": None,
        "record_date": None if event.record_date is None else event.record_date.isoformat(),
        "payment_date": None if event.payment_date is None else event.payment_date.isoformat(),
        "rules_version": rules_version,
    }
