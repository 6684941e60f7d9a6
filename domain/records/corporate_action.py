"""Corporate action announcements: event, dates and options."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from domain.records.fields import Fields
from domain.records.option import TERMS_OF_ALL_OPTIONS, Option, parse_option

EVENT_TYPES = frozenset(
    {"DVCA", "DVOP", "DRIP", "DVSE", "BONU", "SPLF", "SPLR", "RHTS", "RHDI", "EXRI"}
    | {"SOFF", "MRGR", "TEND", "CAPD", "INTR", "REDM", "MCAL", "PCAL", "PRED", "DRAW"}
)
FUNCTIONS = ("NEWM", "REPL", "CANC", "WITH")
TAX_TREATMENTS = ("ROLLOVER", "TAXABLE")


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """One version of an announcement. A CANC or WITH needs the event's id and version only; its terms are then empty.

    `distribution_percent` is the distribution's value in percent of the security's; `market_prices` by ISIN, per unit; `protect_date` (98A
    PODT) the last day on which a purchase is protected.
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
    market_deadline: datetime | None
    protect_date: date | None
    place_of_listing: str
    distribution_percent: Decimal | None
    tax_treatment: str
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
    def deadline(self) -> datetime | None:
        """Until when an election counts: the servicer's, else the market's."""
        return self.response_deadline or self.market_deadline

    @property
    def stands(self) -> bool:
        """False once cancelled by the servicer or withdrawn by the issuer."""
        return self.function not in ("CANC", "WITH")


def parse_corporate_action(fields: Fields) -> CorporateAction:
    """Reads an announcement. Raises RecordError."""
    function = fields.text("function", required=False, among=FUNCTIONS, default="NEWM")
    terms = function in ("NEWM", "REPL")
    response = fields.instant("response_deadline", required=False)
    market = fields.instant("market_deadline", required=False)
    if response and market and response > market:
        raise fields.fail("response_deadline", "deadline_order", "the response deadline must not be after the market's")
    return CorporateAction(
        corporate_action_event_id=fields.identifier("corporate_action_event_id"),
        version=fields.integer("version", default=1, minimum=1, maximum=2**31 - 1),
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
        response_deadline=response,
        market_deadline=market,
        protect_date=fields.date("protect_date", required=False),
        place_of_listing=fields.identifier("place_of_listing", required=False),
        distribution_percent=fields.decimal("distribution_percent", required=False),
        tax_treatment=fields.text("tax_treatment", required=False, among=TAX_TREATMENTS),
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
    options = tuple(parse_option(option) for option in fields.objects("options", TERMS_OF_ALL_OPTIONS))
    numbers = [option.option_number for option in options]
    if len(set(numbers)) != len(numbers):
        raise fields.fail("options", "duplicate_option_number", "two options have the same option_number")
    return options
