"""Options of an announcement: what a holder may be paid, by the names of ISO 15022's options, cash and securities movements."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from domain.records.declared import Currency, Day, Flag, Identifier, Isin, Number, SignedNumber, Text, among, optional
from domain.records.fields import Fields

OPTION_TYPES = (
    *(
        "ABST",
        "AMGT",
        "BOBD",
        "BSPL",
        "BUYA",
        "CASE",
        "CASH",
        "CEXC",
        "CONN",
        "CONY",
        "CTEN",
        "EXER",
        "LAPS",
        "MNGT",
        "MPUT",
    ),
    *("NOAC", "NOQU", "OFFR", "OTHR", "OVER", "PROX", "PRUN", "QINV", "SECU", "SLLE", "SPLI"),
)
"""Every option type of ISO 15022 22F::CAOP and ISO 20022 CorporateActionOption: what one without a rule yields is held."""
DAY_COUNTS = ("A001", "A002", "A003", "A004", "A005", "A006", "A007", "A008", "A009")
_PRICES = ("gross_rate", "cash_in_lieu_price", "subscription_price", "cash_price_received", "cash_for_unfilled")
TERMS_OF_ALL_OPTIONS = (
    *("interest_rate", "interest_floor", "interest_period", "day_count", "coupons_per_year", "regular_period"),
    *("previous_factor", "next_factor"),
    *("isin_intermediate", "intermediate_to_underlying", "denomination", "minimum_exercisable_multiple"),
    *("called_percent", "redeemed_percent", "drawn_quantity", "drawn_quantities", "proration_rate", "odd_lot_quantity"),
)
"""Terms that a notice may give once, at the event (ISO 15022 sequence D), for every option that does not say otherwise."""


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


def _coupons(fields: Fields, name: str) -> int:
    """Read payments a year, 0 where the notice does not say; a whole number of months apart."""
    coupons = fields.integer(name) if fields.has(name) else 0
    if coupons and 12 % coupons:
        raise fields.fail(name, "uneven_coupons", f"{name} is 1, 2, 3, 4, 6 or 12")
    return coupons


Percentage = Annotated[Decimal, optional(_percentage)]
AboveZero = Annotated[Decimal, optional(_above_zero)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Two exact numbers, never divided before the last step."""

    numerator: Number
    denominator: Number

    @property
    def value(self) -> Fraction:
        """Return the exact quotient."""
        return Fraction(self.numerator) / Fraction(self.denominator)

    def __str__(self) -> str:
        """As a person writes it: 3/2."""
        return f"{self.numerator}/{self.denominator}"

    @staticmethod
    def check(fields: Fields, ratio: dict[str, Any]) -> None:
        """Raise RecordError for a 0."""
        if ratio["numerator"] == 0 or ratio["denominator"] == 0:
            raise fields.fail("denominator", "zero_ratio", "numerator and denominator must be above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """One `unit_currency` is `rate` of `quoted_currency` (92B EXCH), with its date and source."""

    unit_currency: Currency
    quoted_currency: Currency
    rate: Number
    date: Day | None = None
    source: Text = ""

    @staticmethod
    def check(fields: Fields, exchange: dict[str, Any]) -> None:
        """Raise RecordError for a rate of 0."""
        if exchange["rate"] == 0:
            raise fields.fail("rate", "zero_rate", "an exchange rate is above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritiesMovement:
    """A further security that one unit of the old one is turned into (`credit_debit_indicator` CRED) or that is taken (DEBT).

    `cash_in_lieu_price` is of one whole unit of it, in the option's currency.
    """

    isin: Isin
    credit_debit_indicator: Annotated[str, among("CRED", "DEBT")] = "CRED"
    ratio: Ratio
    cash_in_lieu_price: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnQuantity:
    """What a lottery drew of one account's holding, in units of what is held."""

    safekeeping_account: Identifier
    quantity: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to be paid.

    `gross_rate` and prices are in `currency` per unit (per `denomination` where one is given); factors are shares of the face amount; every
    other rate, percentage or allocation is in percent. `interest_period` (69A INPE) ends on a day that earns no more interest;
    `regular_period` is one period of the coupon schedule, before, after or around it. `interest_floor` is the least rate that the
    bond's terms allow. Interest below zero is paid by the holder. `drawn_quantity` is drawn of every holding alike,
    `drawn_quantities` of each account named and of no other. `odd_lot_quantity` (36B FOLQ) is the largest holding that is accepted without
    proration if it is tendered whole. `net_rate` (92A NETT) is kept.
    """

    option_number: Identifier
    option_type: Annotated[str, among(*OPTION_TYPES)]
    is_default_option: Flag
    gross_rate: SignedNumber | None = None
    net_rate: SignedNumber | None = None
    cash_in_lieu_price: Number | None = None
    subscription_price: Number | None = None
    cash_price_received: Number | None = None
    cash_for_unfilled: Number | None = None
    cash_price_received_percent: Number | None = None
    drawn_quantity: Number | None = None
    drawn_quantities: tuple[DrawnQuantity, ...] = ()
    odd_lot_quantity: Number | None = None
    interest_rate: SignedNumber | None = None
    interest_floor: SignedNumber | None = None
    previous_factor: Number | None = None
    next_factor: Number | None = None
    new_to_old: Ratio | None = None
    additional_for_existing: Ratio | None = None
    intermediate_to_underlying: Ratio | None = None
    cost_basis_allocation: Percentage | None = None
    withholding_tax_rate: Percentage | None = None
    second_level_tax_rate: Percentage | None = None
    proration_rate: Percentage | None = None
    called_percent: Percentage | None = None
    redeemed_percent: Percentage | None = None
    minimum_exercisable_multiple: AboveZero | None = None
    denomination: AboveZero | None = None
    currency: Currency = ""
    isin_out: Isin = ""
    isin_intermediate: Isin = ""
    fraction_disposition: Annotated[str, among("CINL", "RDUP", "RDDN", "STAN", "DIST", "BUYU")] = ""
    day_count: Annotated[str, among(*DAY_COUNTS)] = ""
    coupons_per_year: Annotated[int, optional(_coupons)] = 0
    securities_movements: tuple[SecuritiesMovement, ...] = ()
    exchange_rate: ExchangeRate | None = None
    interest_period: Annotated[tuple[dt.date, dt.date], optional(Fields.period)] | None = None
    regular_period: Annotated[tuple[dt.date, dt.date], optional(Fields.period)] | None = None

    @staticmethod
    def needs(fields: Fields) -> tuple[str, ...]:
        """Return the currency if the option names a price. Raises RecordError."""
        priced = [fields.decimal(price, required=False, signed=True) is not None for price in _PRICES]
        return ("currency",) if any(priced) else ()

    @staticmethod
    def check(fields: Fields, option: dict[str, Any]) -> None:
        """Raise RecordError for the price of a movement without a currency, and for quantities that cannot have been drawn."""
        priced = [moved.cash_in_lieu_price is not None for moved in option["securities_movements"]]
        if any(priced) and not option["currency"]:
            raise fields.fail("currency", "missing_field", "currency is required")
        _check_drawn(fields, option)


def _check_drawn(fields: Fields, option: dict[str, Any]) -> None:
    of_accounts = {
        f"drawn_quantities.{index}.quantity": drawn for index, drawn in enumerate(option["drawn_quantities"])
    }
    if option["drawn_quantity"] is not None and of_accounts:
        detail = "drawn_quantity is of every holding, drawn_quantities of each account: say one of them"
        raise fields.fail("drawn_quantities", "drawn_twice", detail)
    accounts = [drawn.safekeeping_account for drawn in of_accounts.values()]
    if len(set(accounts)) < len(accounts):
        raise fields.fail("drawn_quantities", "duplicate_account", "drawn_quantities names an account twice")
    quantities = {"drawn_quantity": option["drawn_quantity"]} | {
        name: drawn.quantity for name, drawn in of_accounts.items()
    }
    multiple = option["minimum_exercisable_multiple"]
    for name, quantity in quantities.items():
        if multiple and quantity is not None and Fraction(quantity) % Fraction(multiple):
            detail = f"{quantity} is not a multiple of {multiple}, the minimum_exercisable_multiple"
            raise fields.fail(name, "not_a_multiple", detail)
