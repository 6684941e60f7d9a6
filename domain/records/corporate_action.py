"""Corporate action announcements: event, dates and options."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from domain.records.fields import Fields

EVENT_TYPES = frozenset(
    {"DVCA", "DVOP", "DRIP", "DVSE", "BONU", "SPLF", "SPLR", "RHTS", "RHDI", "EXRI"}
    | {"SOFF", "MRGR", "TEND", "CAPD", "INTR", "REDM", "MCAL", "PCAL", "PRED", "DRAW"}
)
FUNCTIONS = ("NEWM", "REPL", "CANC", "WITH")
OPTION_TYPES = ("CASH", "SECU", "CASE", "LAPS", "EXER", "NOAC", "SLLE", "BUYA", "OVER")
DISPOSITIONS = ("CINL", "RDUP", "RDDN", "STAN", "DIST", "BUYU")


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
    date: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Option:
    """One way to be paid. `gross_rate` and prices are in `currency` per unit; rates and allocations in percent."""

    option_number: str
    option_type: str
    is_default_option: bool
    currency: str
    gross_rate: Decimal | None
    withholding_tax_rate: Decimal | None
    isin_out: str
    new_to_old: Ratio | None
    additional_for_existing: Ratio | None
    fraction_disposition: str
    cash_in_lieu_price: Decimal | None
    cost_basis_allocation: Decimal | None
    exchange_rate: ExchangeRate | None


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """One version of an announcement. A CANC or WITH needs the event's id and version only; its terms are then empty.

    `distribution_percent` is the distribution's value in percent of the security's; `market_prices` by ISIN, per unit.
    """

    record_type: ClassVar[str] = "corporate_action"
    corporate_action_event_id: str
    version: int
    function: str
    event_type: str
    mandatory_voluntary: str
    isin: str
    source_country: str
    announcement_date: date | None
    ex_date: date | None
    record_date: date | None
    effective_date: date | None
    payment_date: date | None
    response_deadline: datetime | None
    place_of_listing: str
    distribution_percent: Decimal | None
    market_prices: Mapping[str, Decimal]
    options: tuple[Option, ...]

    @property
    def identity(self) -> str:
        """The event's own number."""
        return self.corporate_action_event_id

    @property
    def sequence(self) -> int:
        """The version: the higher one wins, even when it arrives first."""
        return self.version

    @property
    def entitlement_date(self) -> date | None:
        """The record date, or without one the effective date (domain rules, "Eligibility and time")."""
        return self.record_date or self.effective_date

    @property
    def stands(self) -> bool:
        """False once cancelled by the servicer or withdrawn by the issuer."""
        return self.function not in ("CANC", "WITH")


def parse_corporate_action(fields: Fields) -> CorporateAction:
    """Reads an announcement. Raises RecordError."""
    function = fields.text("function", required=False, among=FUNCTIONS, default="NEWM")
    terms = function in ("NEWM", "REPL")
    return CorporateAction(
        corporate_action_event_id=fields.identifier("corporate_action_event_id"),
        version=fields.integer("version", default=1, minimum=1),
        function=function,
        event_type=fields.text("event_type", required=terms, among=EVENT_TYPES),
        mandatory_voluntary=fields.text(
            "mandatory_voluntary", required=False, among=("MAND", "CHOS", "VOLU"), default="MAND"
        ),
        isin=fields.isin("isin", required=terms),
        source_country=fields.country("source_country", required=False),
        announcement_date=fields.date("announcement_date", required=False),
        ex_date=fields.date("ex_date", required=False),
        record_date=fields.date("record_date", required=False),
        effective_date=fields.date("effective_date", required=False),
        payment_date=fields.date("payment_date", required=False),
        response_deadline=fields.instant("response_deadline", required=False),
        place_of_listing=fields.identifier("place_of_listing", required=False),
        distribution_percent=fields.decimal("distribution_percent", required=False),
        market_prices=_market_prices(fields),
        options=_options(fields) if terms else (),
    )


def _market_prices(fields: Fields) -> dict[str, Decimal]:
    """`{isin: price}`, each price per unit (90a MRKT)."""
    inner = fields.object("market_prices")
    if inner is None:
        return {}
    prices = {isin: inner.needed_decimal(isin) for isin in inner.isins()}
    fields.normalised["market_prices"] = inner.rest()
    return prices


def _options(fields: Fields) -> tuple[Option, ...]:
    options = tuple(_option(option) for option in fields.objects("options"))
    numbers = [option.option_number for option in options]
    if len(set(numbers)) != len(numbers):
        raise fields.fail("options", "duplicate_option_number", "two options have the same option_number")
    return options


def _option(fields: Fields) -> Option:
    rate = fields.decimal("gross_rate", required=False)
    price = fields.decimal("cash_in_lieu_price", required=False)
    allocation, tax_rate = _percentage(fields, "cost_basis_allocation"), _percentage(fields, "withholding_tax_rate")
    return Option(
        option_number=fields.identifier("option_number"),
        option_type=fields.text("option_type", among=OPTION_TYPES),
        is_default_option=fields.flag("is_default_option"),
        currency=fields.currency("currency", required=rate is not None or price is not None),
        gross_rate=rate,
        withholding_tax_rate=tax_rate,
        isin_out=fields.isin("isin_out", required=False),
        new_to_old=_ratio(fields, "new_to_old"),
        additional_for_existing=_ratio(fields, "additional_for_existing"),
        fraction_disposition=fields.text("fraction_disposition", required=False, among=DISPOSITIONS),
        cash_in_lieu_price=price,
        cost_basis_allocation=allocation,
        exchange_rate=_exchange_rate(fields),
    )


def _percentage(fields: Fields, name: str) -> Decimal | None:
    percent = fields.decimal(name, required=False)
    if percent is not None and percent > 100:
        raise fields.fail(name, "above_100_percent", f"{name} is at most 100 percent")
    return percent


def _ratio(fields: Fields, name: str) -> Ratio | None:
    inner = fields.object(name)
    if inner is None:
        return None
    ratio = Ratio(inner.needed_decimal("numerator"), inner.needed_decimal("denominator"))
    if ratio.numerator == 0 or ratio.denominator == 0:
        raise inner.fail("denominator", "zero_ratio", "numerator and denominator must be above zero")
    fields.normalised[name] = inner.rest()
    return ratio


def _exchange_rate(fields: Fields) -> ExchangeRate | None:
    inner = fields.object("exchange_rate")
    if inner is None:
        return None
    rate = ExchangeRate(
        unit_currency=inner.currency("unit_currency"),
        quoted_currency=inner.currency("quoted_currency"),
        rate=inner.needed_decimal("rate"),
        date=inner.date("date", required=False),
        source=inner.text("source", required=False),
    )
    if rate.rate == 0:
        raise inner.fail("rate", "zero_rate", "an exchange rate is above zero")
    fields.normalised["exchange_rate"] = inner.rest()
    return rate
