"""What each event type gives: one small module per family, found here by its code.

A new event type adds a module with an `EventType` and one line to `EVENT_TYPES`; nothing outside this folder changes.
"""

from collections.abc import Mapping

from domain.corporate_actions import (
    capital_distribution,
    cash_dividend,
    interest,
    merger,
    optional_dividend,
    redemption,
    rights,
    securities_distribution,
    split,
    tender,
)
from domain.corporate_actions.event_type import NOTHING, Accepted, Debit, EventType, LotStep, LotTreatment, Outturn
from domain.held import missing_terms
from domain.records import CorporateAction, Option

EVENT_TYPES: Mapping[str, EventType] = {
    event_type.code: event_type
    for event_type in (
        *(cash_dividend.DVCA, optional_dividend.DVOP, optional_dividend.DRIP),
        *(securities_distribution.DVSE, securities_distribution.BONU, securities_distribution.SOFF),
        *(split.SPLF, split.SPLR, merger.MRGR, tender.TEND),
        *(rights.RHTS, rights.RHDI, rights.EXRI),
        *(capital_distribution.CAPD, interest.INTR),
        *(redemption.REDM, redemption.MCAL, redemption.PCAL, redemption.PRED, redemption.DRAW),
    )
}

BUYING = tuple(code for code, event_type in EVENT_TYPES.items() if event_type.buys)
"""Types by which an account may buy securities."""

DISTRIBUTING = (
    *("DVCA", "DVOP", "DRIP", "DVSE", "BONU", "SOFF"),
    *("RHTS", "RHDI", "CAPD", "INTR"),
)
"""Types that pay on a security which stays; all others replace it (domain rules, "Order within a day")."""

SAME_SECURITY = ("SPLF", "SPLR", "CHAN")
"""Types after which a security goes on under the ISIN that they give it (domain rules, "The line of a security")."""

LOTS_KEEP = (cash_dividend.DVCA.code, interest.INTR.code)
"""Types that never touch lots."""

__all__ = [
    "BUYING",
    "DISTRIBUTING",
    "EVENT_TYPES",
    "LOTS_KEEP",
    "SAME_SECURITY",
    "Accepted",
    "Debit",
    "EventType",
    "LotStep",
    "LotTreatment",
    "Outturn",
    "outturn_of",
]


def outturn_of(event: CorporateAction, option: Option) -> Outturn:
    """Return what an option of a known event type yields. Raises Held where the notice lacks what the type needs, a currency included."""
    if option.option_type == "NOAC":
        return NOTHING
    if option.option_type == "LAPS" and event.event_type not in ("RHTS", "EXRI"):
        return NOTHING
    outturn = EVENT_TYPES[event.event_type].outturn(event, option)
    if not option.currency and (outturn.cash or outturn.interest or outturn.unfilled_cash or outturn.price):
        raise missing_terms(
            "options.currency", f"option {option.option_number} pays or takes cash: its currency is needed"
        )
    return outturn
