"""Corporate action announcements: event, dates and options."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from domain.records.declared import (
    Country,
    Day,
    Identifier,
    Instant,
    Isin,
    Number,
    Text,
    among,
    optional,
    read_as,
    whole,
)
from domain.records.fields import Fields
from domain.records.option import TERMS_OF_ALL_OPTIONS, Option

CAEV_CODES = (
    *(
        "ACCU",
        "ACTV",
        "ATTI",
        "BIDS",
        "BMET",
        "BONU",
        "BPUT",
        "BRUP",
        "CAPD",
        "CAPG",
        "CAPI",
        "CERT",
        "CHAN",
        "CLSA",
        "CMET",
    ),
    *(
        "CONS",
        "CONV",
        "COOP",
        "CREV",
        "DECR",
        "DETI",
        "DFLT",
        "DLST",
        "DRAW",
        "DRCA",
        "DRIP",
        "DSCL",
        "DTCH",
        "DVCA",
        "DVOP",
    ),
    *(
        "DVSC",
        "DVSE",
        "EXOF",
        "EXRI",
        "EXTM",
        "EXWA",
        "INCR",
        "INFO",
        "INTR",
        "LIQU",
        "MCAL",
        "MEET",
        "MRGR",
        "NOOF",
        "ODLT",
    ),
    *(
        "OMET",
        "OTHR",
        "PARI",
        "PCAL",
        "PDEF",
        "PINK",
        "PLAC",
        "PPMT",
        "PRED",
        "PRIO",
        "REDM",
        "REDO",
        "REMK",
        "RHDI",
        "RHTS",
    ),
    *("SHPR", "SMAL", "SOFF", "SPLF", "SPLR", "SUSP", "TEND", "TNDP", "TREC", "WRTH", "WTRC", "XMET"),
)
"""Every event type of ISO 15022 22F::CAEV and ISO 20022 CorporateActionEventType: one without a rule is kept and held."""
FUNCTIONS = ("NEWM", "REPL", "CANC", "WITH")
_FUNCTION = among(*FUNCTIONS)


def _market_prices(fields: Fields, name: str) -> dict[str, Decimal]:
    """Read `{isin: price}`, each price per unit (90a MRKT)."""
    inner = fields.object(name)
    if inner is None:
        return {}
    prices = {isin: inner.needed_decimal(isin) for isin in inner.isins()}
    fields.normalised[name] = inner.rest()
    return prices


def _options(fields: Fields, name: str, default: Any) -> tuple[Option, ...]:
    """Read the options of an announcement, none where it has none yet; those of a cancelled or withdrawn event are none of its terms."""
    if default is not MISSING:
        fields.known.update(TERMS_OF_ALL_OPTIONS)
        return ()
    return tuple(read_as(Option, option) for option in fields.objects(name, TERMS_OF_ALL_OPTIONS))


@dataclass(frozen=True, slots=True)
class LinkedEvent:
    """Another event, and whether this one is processed before it (BEFO), after it (AFTE) or together with it (WITH); INFO orders nothing.

    Source: MT564 LINK with 22F::LINK; seev.031 EvtsLkg with LkgTp.
    """

    corporate_action_event_id: Identifier
    processing_position: Annotated[str, among("BEFO", "AFTE", "WITH", "INFO")] = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction:
    """One version of an announcement. A CANC or WITH needs the event's id and version only; its terms are then empty.

    `distribution_percent` is the distribution's value in percent of the security's; `market_prices` by ISIN, per unit; `protect_date` (98A
    PODT) the last day on which a purchase is protected. `linked_events` order the events of one day.
    `official_event_id` (20C COAF) and `processing_status` (25D PROC) are kept.
    """

    record_type: ClassVar[str] = "corporate_action"
    corporate_action_event_id: Identifier
    version: Annotated[int, whole(minimum=1, maximum=2**31 - 1)] = 1
    function: Annotated[str, _FUNCTION] = "NEWM"
    event_type: Annotated[str, among(*CAEV_CODES)] = ""
    mandatory_voluntary: Annotated[str, among("MAND", "CHOS", "VOLU")] = "MAND"
    isin: Isin = ""
    source_country: Country = ""
    announcement_date: Day | None = None
    ex_date: Day | None = None
    record_date: Day | None = None
    effective_date: Day | None = None
    payment_date: Day | None = None
    response_deadline: Instant | None = None
    market_deadline: Instant | None = None
    protect_date: Day | None = None
    place_of_listing: Identifier = ""
    distribution_percent: Number | None = None
    official_event_id: Text = ""
    processing_status: Text = ""
    tax_treatment: Annotated[str, among("ROLLOVER", "TAXABLE")] = ""
    market_prices: Annotated[Mapping[str, Decimal], optional(_market_prices)]
    linked_events: tuple[LinkedEvent, ...] = ()
    options: Annotated[tuple[Option, ...], _options] = ()

    @property
    def identity(self) -> str:
        """Return the event's own number."""
        return self.corporate_action_event_id

    @property
    def sequence(self) -> int:
        """Return the version: the higher one wins, even when it arrives first."""
        return self.version

    @property
    def entitlement_date(self) -> date | None:
        """Return the record date, or without one the effective date (domain rules, "Eligibility and time")."""
        return self.record_date or self.effective_date

    @property
    def deadline(self) -> datetime | None:
        """Until when an election counts: the servicer's, else the market's."""
        return self.response_deadline or self.market_deadline

    @property
    def stands(self) -> bool:
        """False once cancelled by the servicer or withdrawn by the issuer."""
        return self.function not in ("CANC", "WITH")

    @staticmethod
    def needs(fields: Fields) -> tuple[str, ...]:
        """Return what an event needs unless it is cancelled or withdrawn. Raises RecordError."""
        stands = _FUNCTION(fields, "function", "NEWM") in ("NEWM", "REPL")
        announced = ("options",) if fields.has("options") else ()
        return ("event_type", "isin", *announced) if stands else ()

    @staticmethod
    def check(fields: Fields, event: dict[str, Any]) -> None:
        """Raise RecordError for deadlines out of order, two options of one number, or an event that comes before or after itself."""
        response, market = event["response_deadline"], event["market_deadline"]
        if response and market and response > market:
            detail = "the response deadline must not be after the market's"
            raise fields.fail("response_deadline", "deadline_order", detail)
        numbers = [option.option_number for option in event["options"]]
        if len(set(numbers)) != len(numbers):
            raise fields.fail("options", "duplicate_option_number", "two options have the same option_number")
        for link in event["linked_events"]:
            itself = link.corporate_action_event_id == event["corporate_action_event_id"]
            if itself and link.processing_position in ("BEFO", "AFTE"):
                raise fields.fail("linked_events", "circular_link", "an event cannot come before or after itself")
