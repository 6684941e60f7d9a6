"""The days of an event: its ex-date, when it touches lots, and when it pays (domain rules, "Calendars").

A given date wins and is never checked against a calendar; what must be derived outside the calendar's range is held.
"""

from datetime import date

from domain.corporate_actions.event_type import LotTreatment
from domain.held import Held, missing_terms
from domain.records import CorporateAction
from domain.rules import MarketCalendar, Rules

_ON_PAYMENT = (
    *(LotTreatment.DISPOSE, LotTreatment.PAY_DOWN, LotTreatment.PURCHASE),
    *(LotTreatment.EXERCISE, LotTreatment.LAPSE, LotTreatment.WRITE_OFF),
)


def calendar_of(event: CorporateAction, rules: Rules | None) -> MarketCalendar | None:
    """Return the calendar of the event's place of listing, else its source country's default; None if there is neither."""
    calendars = rules.market_calendars if rules else None
    return calendars.choose(event.place_of_listing, event.source_country) if calendars else None


def ex_date(event: CorporateAction, rules: Rules | None) -> date | None:
    """Return the given ex-date, else the one derived from the record date; None if nothing says it. Raises Held outside the calendar."""
    calendar = calendar_of(event, rules)
    if event.ex_date or calendar is None or event.record_date is None:
        return event.ex_date
    return calendar.derive_ex_date(event.record_date, event.payment_date, event.distribution_percent)


def key_ex_date(event: CorporateAction, rules: Rules | None) -> date | None:
    """Return the ex-date that belongs to the event's key date: without a record date the effective date. Raises Held as `ex_date` does."""
    return ex_date(event, rules) if event.record_date else event.ex_date or event.effective_date


def lot_date(event: CorporateAction, rules: Rules | None, treatment: LotTreatment) -> date:
    """Return the day on which an option touches lots: ex-date or effective date as given, else the payment date if the option only pays or
    costs cash, else the derived ex-date. Raises Held if nothing says it, or outside the calendar."""
    paid = event.payment_date if treatment in _ON_PAYMENT else None
    day = event.ex_date or event.effective_date or paid or ex_date(event, rules)
    if day is None:
        raise missing_terms("ex_date", "neither ex_date nor effective_date is announced, and no calendar derives one")
    return day


def pay_date(event: CorporateAction, rules: Rules | None) -> date | None:
    """Return the payment date, rolled forward to a settlement day; as given outside the calendar. Raises Held if the roll leaves it."""
    calendar, day = calendar_of(event, rules), event.payment_date
    if calendar is None or day is None or not calendar.valid_from <= day <= calendar.valid_to:
        return day
    try:
        return calendar.roll_forward(day)
    except Held as held:
        raise Held(held.reason, "payment_date", held.detail) from held
