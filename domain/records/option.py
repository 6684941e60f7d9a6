"""Options of an announcement: what a holder may be paid, by the names of ISO 15022's options, cash and securities movements."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from domain.records.declared import (
    Currency,
    Day,
    Flag,
    Identifier,
    Isin,
    Meaning,
    Needs,
    Number,
    Percentage,
    SignedNumber,
    Text,
    among,
    optional,
)
from domain.records.fields import Fields
from domain.records.shapes import PERIOD, POSITIVE, whole_number

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
_PER_UNIT = "currency per unit, or per denomination"
_PRICES = (
    "gross_rate",
    "tax_credit_rate",
    "cash_in_lieu_price",
    "subscription_price",
    "cash_price_received",
    "cash_for_unfilled",
    "charge_rate",
    "charge_amount",
)
TERMS_OF_ALL_OPTIONS = (
    *("interest_rate", "interest_floor", "interest_period", "day_count", "coupons_per_year", "regular_period"),
    *("previous_factor", "next_factor"),
    *("isin_intermediate", "intermediate_to_underlying", "denomination", "minimum_exercisable_multiple"),
    *("called_percent", "redeemed_percent", "drawn_quantity", "drawn_quantities", "proration_rate", "odd_lot_quantity"),
)
"""Terms that a notice may give once, at the event (ISO 15022 sequence D), for every option that does not say otherwise."""


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


AboveZero = Annotated[Decimal, optional(_above_zero, POSITIVE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Two exact numbers, never divided before the last step."""

    numerator: Annotated[Number, Meaning("units got, above zero", "units")]
    denominator: Annotated[Number, Meaning("for so many units held, above zero", "units")]

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
class NoticeRate:
    """An exchange rate of a notice (92B EXCH), for payments; rates for tax lots are records of their own (`records/exchange_rate`)."""

    unit_currency: Annotated[Currency, Meaning("currency of which there is one")]
    quoted_currency: Annotated[Currency, Meaning("currency in which the rate is said")]
    rate: Annotated[Number, Meaning("worth of one unit_currency, above zero", "quoted_currency")]
    date: Annotated[Day, Meaning("day of the rate")] | None = None
    source: Annotated[Text, Meaning("who says the rate")] = ""

    @staticmethod
    def check(fields: Fields, exchange: dict[str, Any]) -> None:
        """Raise RecordError for a rate of 0."""
        if exchange["rate"] == 0:
            raise fields.fail("rate", "zero_rate", "an exchange rate is above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritiesMovement:
    """A further security that moves with an option."""

    isin: Annotated[Isin, Meaning("the further security", source="35B")]
    credit_debit_indicator: Annotated[str, among("CRED", "DEBT"), Meaning("credited or taken", source="22H CRDB")] = (
        "CRED"
    )
    ratio: Annotated[Ratio, Meaning("units of it for units of the old security", source="92D NEWO")]
    cash_in_lieu_price: (
        Annotated[Number, Meaning("for a fraction of it", "option's currency per whole unit", "90B CINL")] | None
    ) = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnQuantity:
    """What a lottery drew of one account's holding, in units of what is held."""

    safekeeping_account: Annotated[Identifier, Meaning("account drawn of", source="97A SAFE")]
    quantity: Annotated[Number, Meaning("drawn of its holding", "units of what is held")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to be paid."""

    needs: ClassVar[tuple[Needs, ...]] = (Needs(("currency",), when=dict.fromkeys(_PRICES, ())),)
    option_number: Annotated[Identifier, Meaning("number of the option", source="13A CAON")]
    option_type: Annotated[
        str,
        among(*OPTION_TYPES),
        Meaning("what a holder gets or does; what one without a rule yields is held", source="22F CAOP"),
    ]
    is_default_option: Annotated[Flag, Meaning("whether it is for who says nothing", source="17B DFLT")]
    gross_rate: (
        Annotated[SignedNumber, Meaning("paid before taxes; below zero by the holder", _PER_UNIT, "92a GRSS")] | None
    ) = None
    net_rate: (
        Annotated[SignedNumber, Meaning("paid after taxes; kept, no figure uses it", _PER_UNIT, "92a NETT")] | None
    ) = None
    tax_credit_rate: (
        Annotated[Number, Meaning("tax paid of gross_rate, credited to the holder", _PER_UNIT, "92a TAXC")] | None
    ) = None
    cash_in_lieu_price: (
        Annotated[Number, Meaning("for a fraction", "currency per whole new unit", "90B CINL")] | None
    ) = None
    subscription_price: (
        Annotated[Number, Meaning("what the holder pays", "currency per new unit", "90B PRPP")] | None
    ) = None
    charge_rate: Annotated[Number, Meaning("charged for a purchase", "currency per new unit", "92F CHAR")] | None = None
    charge_percent: (
        Annotated[Percentage, Meaning("charged for a purchase", "percent of what the new units cost", "92A CHAR")]
        | None
    ) = None
    charge_amount: (
        Annotated[Number, Meaning("charged for a purchase, once an account", "currency", "19B CHAR")] | None
    ) = None
    cash_price_received: Annotated[Number, Meaning("paid for a unit given up", _PER_UNIT, "90B OFFR")] | None = None
    cash_for_unfilled: (
        Annotated[Number, Meaning("paid instead of securities that proration leaves out", _PER_UNIT)] | None
    ) = None
    cash_price_received_percent: (
        Annotated[Number, Meaning("redemption price", "percent of face amount", "90A OFFR")] | None
    ) = None
    drawn_quantity: Annotated[Number, Meaning("drawn of every holding alike", "units of what is held")] | None = None
    drawn_quantities: Annotated[tuple[DrawnQuantity, ...], Meaning("drawn of each account named, and of no other")] = ()
    odd_lot_quantity: (
        Annotated[Number, Meaning("largest holding accepted without proration, if tendered whole", "units", "36B FOLQ")]
        | None
    ) = None
    interest_rate: (
        Annotated[SignedNumber, Meaning("interest; below zero is paid by the holder", "percent a year", "92A INTR")]
        | None
    ) = None
    interest_floor: Annotated[SignedNumber, Meaning("least rate that the terms allow", "percent a year")] | None = None
    previous_factor: Annotated[Number, Meaning("outstanding before", "share of the face amount", "92A PRFC")] | None = (
        None
    )
    next_factor: Annotated[Number, Meaning("outstanding after", "share of the face amount", "92A NWFC")] | None = None
    new_to_old: (
        Annotated[Ratio, Meaning("new units in place of old: 2/1 leaves two for one", source="92D NEWO")] | None
    ) = None
    additional_for_existing: (
        Annotated[Ratio, Meaning("new units beside old: 2/1 leaves three for one", source="92D ADEX")] | None
    ) = None
    intermediate_to_underlying: (
        Annotated[Ratio, Meaning("rights for units held; absent: 1/1", source="92D RTUN")] | None
    ) = None
    cost_basis_allocation: Annotated[Percentage, Meaning("basis that goes to the new security", "percent")] | None = (
        None
    )
    withholding_tax_rate: (
        Annotated[Percentage, Meaning("of this option; goes before the rates document", "percent", "92A TAXR")] | None
    ) = None
    second_level_tax_rate: Annotated[Percentage, Meaning("another country's tax", "percent", "92A WITL")] | None = None
    proration_rate: Annotated[Percentage, Meaning("accepted of what was elected", "percent", "92A PROR")] | None = None
    called_percent: Annotated[Percentage, Meaning("called of each holding", "percent of face amount")] | None = None
    redeemed_percent: Annotated[Percentage, Meaning("redeemed of each holding", "percent of face amount")] | None = None
    minimum_exercisable_multiple: (
        Annotated[AboveZero, Meaning("what is taken is a multiple of it", "units of what is held", "36B MILT")] | None
    ) = None
    denomination: Annotated[AboveZero, Meaning("what gross_rate and prices are per; absent: one", "units")] | None = (
        None
    )
    currency: Annotated[Currency, Meaning("of rates and prices")] = ""
    isin_out: Annotated[Isin, Meaning("new security", source="35B, sequence E1")] = ""
    isin_intermediate: Annotated[Isin, Meaning("rights that are exercised or sold", source="35B, sequence C")] = ""
    fraction_disposition: Annotated[
        str,
        among("CINL", "RDUP", "RDDN", "STAN", "DIST", "BUYU"),
        Meaning(
            "of a fraction: cash, up, down, 0.5 up, kept, or bought up; absent: the event type's own", source="22F DISF"
        ),
    ] = ""
    residue_units: Annotated[
        str,
        among("EXACT", "WHOLE"),
        Meaning(
            "of an optional dividend: cash for a fraction is of the exact old units left over, or of whole ones; absent: EXACT"
        ),
    ] = ""
    day_count: Annotated[
        str,
        among(*DAY_COUNTS),
        Meaning(
            "30/360, 30/365, 30/ACT, ACT/360, ACT/365F, ACT/ACT ICMA, 30E/360, ACT/ACT ISDA, ACT/365L",
            source="22F MICO",
        ),
    ] = ""
    coupons_per_year: Annotated[
        int, optional(_coupons, whole_number(0, 12)), Meaning("1, 2, 3, 4, 6 or 12; 0: not said", "payments a year")
    ] = 0
    securities_movements: Annotated[tuple[SecuritiesMovement, ...], Meaning("further securities")] = ()
    exchange_rate: Annotated[NoticeRate, Meaning("into the payment currency", source="92B EXCH")] | None = None
    interest_period: (
        Annotated[
            tuple[dt.date, dt.date],
            optional(Fields.period, PERIOD),
            Meaning("first day, and the day that earns no more interest", source="69A INPE"),
        ]
        | None
    ) = None
    regular_period: (
        Annotated[
            tuple[dt.date, dt.date],
            optional(Fields.period, PERIOD),
            Meaning(
                "one regular period of the coupon schedule, before, after or around interest_period",
                source="ICMA 251.1",
            ),
        ]
        | None
    ) = None

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
