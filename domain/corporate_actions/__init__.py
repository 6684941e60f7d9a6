"""What each event type gives: one small module per family, found here by its code.

A new event type is an `EventType` in the module of its family, and its name in `EVENT_TYPES`; nothing outside this folder changes. The
other event types that ISO knows (`domain.records.corporate_action`) have no rule: their announcements are kept and held.
"""

from collections.abc import Mapping

from domain.corporate_actions import (
    accumulation,
    capital_distribution,
    cash_dividend,
    ending,
    exchange,
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
from domain.corporate_actions.reading import securities, unread_terms, with_charges
from domain.held import Held, missing_terms
from domain.records import CorporateAction, Option

EVENT_TYPES: Mapping[str, EventType] = {
    event_type.code: event_type
    for event_type in (
        *(cash_dividend.DVCA, optional_dividend.DVOP, optional_dividend.DRIP),
        *(securities_distribution.DVSE, securities_distribution.BONU, securities_distribution.SOFF),
        *(split.SPLF, split.SPLR, split.CHAN, merger.MRGR),
        *(tender.TEND, tender.BIDS, exchange.EXOF, exchange.CONV),
        *(rights.RHTS, rights.RHDI, rights.EXRI),
        *(capital_distribution.CAPD, accumulation.ACCU, interest.INTR),
        *(redemption.REDM, redemption.MCAL, redemption.PCAL, redemption.PRED, redemption.DRAW, redemption.BPUT),
        *(ending.LIQU, ending.WRTH),
    )
}

BUYING = tuple(code for code, event_type in EVENT_TYPES.items() if event_type.buys)
"""Types by which an account may buy securities."""

DISTRIBUTING = tuple(code for code, event_type in EVENT_TYPES.items() if event_type.distributes)
"""Types that pay on a security which stays; all others replace it (domain rules, "Order within a day")."""

SAME_SECURITY = tuple(code for code, event_type in EVENT_TYPES.items() if event_type.same_security)
"""Types after which a security goes on under the ISIN that they give it (domain rules, "The line of a security")."""

LOTS_KEEP = tuple(code for code, event_type in EVENT_TYPES.items() if event_type.keeps_lots)
"""Types that never touch lots."""

_CALCULATED_OPTIONS = ("CASH", "SECU", "CASE", "LAPS", "EXER", "NOAC", "SLLE", "BUYA", "OVER")

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
    "is_taxable",
    "outturn_of",
    "unread_terms",
]


def is_taxable(event: CorporateAction) -> bool:
    """Return True if securities that the event brings are taxed: what they come for is sold, or, if that stays, they are income."""
    return event.tax_treatment == "TAXABLE" or (EVENT_TYPES[event.event_type].sells and not event.tax_treatment)


def outturn_of(event: CorporateAction, option: Option) -> Outturn:
    """Return what an option of a known event type yields. Raises Held where the notice is preliminary and unconfirmed, lacks what the type
    needs, a currency included, or says what nothing reads and may change a figure."""
    if event.processing_status == "PREU":  # domain rules: a preliminary one; PREC is confirmed
        detail = "PREU: the event is preliminary and unconfirmed; a version that confirms it (PREC, COMP) is calculated"
        raise Held("preliminary", "processing_status", detail)
    if held := unread_terms(event):
        raise held
    event_type = EVENT_TYPES[event.event_type]
    if option.option_type not in _CALCULATED_OPTIONS:
        detail = f"option {option.option_number} is {option.option_type}, which is not calculated: {', '.join(_CALCULATED_OPTIONS)} are"
        raise Held("option_type_not_supported", "options.option_type", detail)
    if option.option_type == "NOAC" or (option.option_type == "LAPS" and not event_type.lapses):
        return NOTHING
    outturn = with_charges(option, event_type.outturn(event, option))
    if not outturn.credits and securities(event, option):
        detail = f"option {option.option_number} also pays securities, which a {event.event_type} does not: announce them as what they are"
        raise Held("paid_in_kind", "options.securities_movements", detail)
    if option.residue_units == "WHOLE" and not outturn.whole_residue:
        detail = f"option {option.option_number} leaves no whole units: only securities that a DVOP or DRIP brings by a ratio do"
        raise Held("residue_not_supported", "options.residue_units", detail)
    if not option.currency and (outturn.cash or outturn.interest or outturn.unfilled_cash or outturn.price):
        raise missing_terms(
            "options.currency", f"option {option.option_number} pays or takes cash: its currency is needed"
        )
    return outturn
