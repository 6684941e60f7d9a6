"""Options of an announcement: what a holder may be paid, by the names of ISO 15022's options, cash and securities movements."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.records.fields import Fields

OPTION_TYPES = ("CASH", "SECU", "CASE", "LAPS", "EXER", "NOAC", "SLLE", "BUYA", "OVER")
DISPOSITIONS = ("CINL", "RDUP", "RDDN", "STAN", "DIST", "BUYU")
DAY_COUNTS = ("A001", "A004", "A005", "A006", "A007")
TERMS_OF_ALL_OPTIONS = (
    *("interest_rate", "interest_period", "day_count", "coupons_per_year", "previous_factor", "next_factor"),
    *("isin_intermediate", "intermediate_to_underlying", "denomination", "minimum_exercisable_multiple"),
    *("called_percent", "redeemed_percent", "drawn_quantity", "proration_rate"),
)
"""Terms that a notice may give once, at the event (ISO 15022 sequence D), for every option that does not say otherwise."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two exact numbers, never divided before the last step."""

    numerator: Decimal
    denominator: Decimal

    @property
    def value(self) -> Fraction:
        """The exact quotient."""
        return Fraction(self.numerator) / Fraction(self.denominator)

    def __str__(self) -> str:
        """As a person writes it: 3/2."""
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """One `unit_currency` is `rate` of `quoted_currency` (92B EXCH), with its date and source."""

    unit_currency: str
    quoted_currency: str
    rate: Decimal
    date: dt.date | None
    source: str


@dataclass(frozen=True, slots=True)
class SecuritiesMovement:
    """A further security that one unit of the old one is turned into (`credit_debit_indicator` CRED) or that is taken (DEBT)."""

    isin: str
    credit_debit_indicator: str
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class Option:
    """One way to be paid. `gross_rate` and prices are in `currency` per unit (per `denomination` where one is given); factors are
    shares of the face amount; every other rate, percentage or allocation is in percent. `interest_period` (69A INPE) ends on a day that
    earns no more interest."""

    option_number: str
    option_type: str
    is_default_option: bool
    currency: str
    gross_rate: Decimal | None
    withholding_tax_rate: Decimal | None
    second_level_tax_rate: Decimal | None
    isin_out: str
    new_to_old: Ratio | None
    additional_for_existing: Ratio | None
    securities_movements: tuple[SecuritiesMovement, ...]
    fraction_disposition: str
    cash_in_lieu_price: Decimal | None
    cost_basis_allocation: Decimal | None
    exchange_rate: ExchangeRate | None
    subscription_price: Decimal | None
    cash_price_received: Decimal | None
    cash_price_received_percent: Decimal | None
    isin_intermediate: str
    intermediate_to_underlying: Ratio | None
    proration_rate: Decimal | None
    cash_for_unfilled: Decimal | None
    minimum_exercisable_multiple: Decimal | None
    called_percent: Decimal | None
    redeemed_percent: Decimal | None
    drawn_quantity: Decimal | None
    denomination: Decimal | None
    interest_rate: Decimal | None
    interest_period: tuple[dt.date, dt.date] | None
    day_count: str
    coupons_per_year: int
    previous_factor: Decimal | None
    next_factor: Decimal | None


def parse_option(fields: Fields) -> Option:
    """Reads one option. Raises RecordError."""
    amounts: dict[str, Any] = {name: fields.decimal(name, required=False) for name in (*_PRICES, *_DECIMALS)}
    terms = {name: _object(fields, name, _ratio) for name in _RATIOS}
    terms |= {name: _percentage(fields, name) for name in _PERCENTAGES}
    terms |= {name: _above_zero(fields, name) for name in _ABOVE_ZERO}
    needs_currency = any(amounts[price] is not None for price in _PRICES)
    return Option(
        option_number=fields.identifier("option_number"),
        option_type=fields.text("option_type", among=OPTION_TYPES),
        is_default_option=fields.flag("is_default_option"),
        currency=fields.currency("currency", required=needs_currency),
        isin_out=fields.isin("isin_out", required=False),
        isin_intermediate=fields.isin("isin_intermediate", required=False),
        fraction_disposition=fields.text("fraction_disposition", required=False, among=DISPOSITIONS),
        day_count=fields.text("day_count", required=False, among=DAY_COUNTS),
        coupons_per_year=_coupons(fields),
        securities_movements=_movements(fields),
        exchange_rate=_object(fields, "exchange_rate", _exchange_rate),
        interest_period=fields.period("interest_period"),
        **amounts,
        **terms,
    )


_PRICES = ("gross_rate", "cash_in_lieu_price", "subscription_price", "cash_price_received", "cash_for_unfilled")
_RATIOS = ("new_to_old", "additional_for_existing", "intermediate_to_underlying")
_PERCENTAGES = (
    *("cost_basis_allocation", "withholding_tax_rate", "second_level_tax_rate"),
    *("proration_rate", "called_percent", "redeemed_percent"),
)
_ABOVE_ZERO = ("minimum_exercisable_multiple", "denomination")
_DECIMALS = ("cash_price_received_percent", "drawn_quantity", "interest_rate", "previous_factor", "next_factor")


def _percentage(fields: Fields, name: str) -> Decimal | None:
    percent = fields.decimal(name, required=False)
    if percent is not None and percent > 100:
        raise fields.fail(name, "above_100_percent", f"{name} is at most 100 percent")
    return percent


def _above_zero(fields: Fields, name: str) -> Decimal | None:
    number = fields.decimal(name, required=False)
    if number is not None and not number:
        raise fields.fail(name, f"zero_{name}", f"{name} is above zero")
    return number


def _coupons(fields: Fields) -> int:
    """Payments a year, 0 where the notice does not say; a whole number of months apart."""
    coupons = fields.integer("coupons_per_year") if fields.has("coupons_per_year") else 0
    if coupons and 12 % coupons:
        raise fields.fail("coupons_per_year", "uneven_coupons", "coupons_per_year is 1, 2, 3, 4, 6 or 12")
    return coupons


def _object(fields: Fields, name: str, read: Callable[[Fields], Any]) -> Any:
    inner = fields.object(name)
    if inner is None:
        return None
    value = read(inner)
    fields.normalised[name] = inner.rest()
    return value


def _ratio(inner: Fields) -> Ratio:
    ratio = Ratio(inner.needed_decimal("numerator"), inner.needed_decimal("denominator"))
    if ratio.numerator == 0 or ratio.denominator == 0:
        raise inner.fail("denominator", "zero_ratio", "numerator and denominator must be above zero")
    return ratio


def _exchange_rate(inner: Fields) -> ExchangeRate:
    rate = ExchangeRate(
        unit_currency=inner.currency("unit_currency"),
        quoted_currency=inner.currency("quoted_currency"),
        rate=inner.needed_decimal("rate"),
        date=inner.date("date", required=False),
        source=inner.text("source", required=False),
    )
    if rate.rate == 0:
        raise inner.fail("rate", "zero_rate", "an exchange rate is above zero")
    return rate


def _movements(fields: Fields) -> tuple[SecuritiesMovement, ...]:
    if not fields.has("securities_movements"):
        return ()
    return tuple(
        SecuritiesMovement(
            isin=line.isin("isin"),
            credit_debit_indicator=line.text(
                "credit_debit_indicator", required=False, among=("CRED", "DEBT"), default="CRED"
            ),
            ratio=_required_ratio(line),
        )
        for line in fields.objects("securities_movements")
    )


def _required_ratio(line: Fields) -> Ratio:
    ratio = _object(line, "ratio", _ratio)
    if ratio is None:
        raise line.fail("ratio", "missing_field", "ratio is required")
    assert isinstance(ratio, Ratio)
    return ratio
