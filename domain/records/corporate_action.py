"""Corporate action announcements: event, dates and options."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from domain.records.declared import (
    Country,
    Day,
    Identifier,
    Instant,
    Isin,
    Kind,
    Meaning,
    Needs,
    Number,
    Text,
    among,
    optional,
    read_as,
    whole,
)
from domain.records.fields import Fields
from domain.records.option import TERMS_OF_ALL_OPTIONS, Option
from domain.records.shapes import PRICES
from domain.records.unread import UnreadFields

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


def _market_prices(fields: Fields, name: str) -> dict[str, Decimal]:
    """Read `{isin: price}`, each price per unit (90a MRKT)."""
    inner = fields.object(name)
    if inner is None:
        return {}
    prices = {isin: inner.needed_decimal(isin) for isin in inner.isins()}
    fields.normalised[name] = inner.rest()
    return prices


def _options(fields: Fields, name: str, _: object) -> tuple[Option, ...]:
    """Read the options of an announcement, none where it has none yet."""
    options = fields.objects(name, TERMS_OF_ALL_OPTIONS) if fields.has(name) else ()
    return tuple(read_as(Option, option) for option in options)


_NO_TERMS = {"function": ("CANC", "WITH")}


@dataclass(frozen=True, slots=True)
class LinkedEvent:
    """Another event, and whether this one is processed before it (BEFO), after it (AFTE) or together with it (WITH); INFO orders nothing.

    Source: MT564 LINK with 22F::LINK; seev.031 EvtsLkg with LkgTp.
    """

    corporate_action_event_id: Annotated[Identifier, Meaning("the other event", source="20C CORP")]
    processing_position: Annotated[
        str, among("BEFO", "AFTE", "WITH", "INFO"), Meaning("this event is before, after or with it", source="22F LINK")
    ] = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction:
    """One version of an announcement (MT564, seev.031); a cancelled or withdrawn one (CANC, WITH) has no terms."""

    record_type: ClassVar[str] = "corporate_action"
    needs: ClassVar[tuple[Needs, ...]] = (Needs(("event_type", "isin"), unless=_NO_TERMS),)
    shared: ClassVar[tuple[str, tuple[str, ...]]] = "options", TERMS_OF_ALL_OPTIONS
    corporate_action_event_id: Annotated[Identifier, Meaning("number of the event", source="20C CORP")]
    version: Annotated[
        int,
        whole(minimum=1, maximum=2**31 - 1),
        Meaning("of two versions the higher one stands, even if it comes first"),
    ] = 1
    function: Annotated[
        str,
        among(*FUNCTIONS),
        Meaning("new, replaced, cancelled by the servicer, withdrawn by the issuer", source="23G"),
    ] = "NEWM"
    event_type: Annotated[
        str, among(*CAEV_CODES), Meaning("kind of event; one without a rule is held", source="22F CAEV")
    ] = ""
    mandatory_voluntary: Annotated[
        str, among("MAND", "CHOS", "VOLU"), Meaning("mandatory, with a choice, voluntary", source="22F CAMV")
    ] = "MAND"
    isin: Annotated[Isin, Meaning("security that the event is of", source="35B")] = ""
    source_country: Annotated[Country, Meaning("country that taxes the payment")] = ""
    announcement_date: Annotated[Day, Meaning("day of the announcement", source="98A ANOU")] | None = None
    ex_date: (
        Annotated[Day, Meaning("first day without the right; absent: derived from the calendar", source="98A XDTE")]
        | None
    ) = None
    record_date: Annotated[Day, Meaning("day at whose end holdings count", source="98A RDTE")] | None = None
    effective_date: (
        Annotated[Day, Meaning("in place of ex-date and record date that are absent", source="98A EFFD")] | None
    ) = None
    payment_date: Annotated[Day, Meaning("day of payment; rolled to a settlement day", source="98A PAYD")] | None = None
    response_deadline: Annotated[Instant, Meaning("until when elections count", source="98C RDDT")] | None = None
    market_deadline: (
        Annotated[Instant, Meaning("in place of response_deadline if it is absent", source="98C MKDT")] | None
    ) = None
    protect_date: Annotated[Day, Meaning("last day on which a purchase is protected", source="98A PODT")] | None = None
    place_of_listing: Annotated[
        Identifier, Meaning("market (MIC) whose calendar holds; absent: source_country's", source="94B PLIS")
    ] = ""
    distribution_percent: (
        Annotated[Number, Meaning("worth of the distribution", "percent of the security's worth")] | None
    ) = None
    official_event_id: Annotated[Text, Meaning("kept; no figure uses it", source="20C COAF")] = ""
    processing_status: Annotated[
        Text, Meaning("PREU, preliminary and unconfirmed: the event is held; else kept", source="25D PROC")
    ] = ""
    tax_treatment: Annotated[
        str, among("ROLLOVER", "TAXABLE"), Meaning("of the holders' lots; absent: the event type's own")
    ] = ""
    market_prices: Annotated[
        Mapping[str, Decimal],
        optional(_market_prices, PRICES),
        Meaning("prices by ISIN", "currency per unit", "90a MRKT"),
    ]
    linked_events: Annotated[
        tuple[LinkedEvent, ...], Meaning("order among events of one day", source="MT564 LINK")
    ] = ()
    options: Annotated[
        tuple[Option, ...],
        Kind(_options, None, unread_if=_NO_TERMS),
        Meaning("ways to be paid; not read if the event is cancelled or withdrawn"),
    ] = ()
    unread: UnreadFields = ()

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
