"""The days of an event: its ex-date, when it touches lots, and when it pays (domain rules, "Calendars").

A given date wins and is never checked against a calendar; what must be derived outside the calendar's range is held.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from domain.corporate_actions.event_type import LotTreatment
from domain.held import Held, missing_terms
from domain.records import CorporateAction
from domain.rules import MarketCalendar, Rules
from domain.step import Step

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


def explain_dates(event: CorporateAction, rules: Rules | None) -> Iterator[Step]:
    """Yield the steps to the event's ex-date and payment date, as announced or by its calendar, or why there is none."""
    calendar = calendar_of(event, rules)
    yield from _explain_ex_date(event, calendar)
    if event.payment_date is None:
        yield _absent(event, "payment_date", "nothing else says when it pays")
    try:
        yield from explain_payment_date(event.payment_date, pay_date(event, rules), calendar)
    except Held as held:
        yield Step("payment_date", held.detail, "as announced", str(event.payment_date))


def explain_payment_date(announced: date | None, paid: date | None, calendar: MarketCalendar | None) -> Iterator[Step]:
    """Yield the step from the announced payment date to the day that pays, with what closed the days between; none without a day."""
    if announced is None or paid is None:
        return
    rule, arithmetic = "as announced: no market calendar is there for it", str(announced)
    if calendar and not calendar.valid_from <= announced <= calendar.valid_to:
        rule = f"as announced: {calendar.code} ends before or begins after it"
    elif calendar and announced == paid:
        rule = f"a settlement day of {calendar.code}"
    elif calendar:
        rule = f"rolled to the next settlement day of {calendar.code}"
        arithmetic += _without(calendar, announced, paid - timedelta(days=1))
    yield Step("payment_date", rule, arithmetic, str(paid))


def _explain_ex_date(event: CorporateAction, calendar: MarketCalendar | None) -> Iterator[Step]:
    record_date = event.record_date
    if event.ex_date:
        yield Step("ex_date", "as announced: never checked against a calendar", str(event.ex_date), str(event.ex_date))
        return
    if record_date is None or calendar is None:
        known = f"record_date {record_date}, no market calendar is there" if record_date else "no record_date"
        derived = "it is derived from record_date by the market's calendar"
        instead = f"effective_date {event.effective_date} counts in its place" if event.effective_date else derived
        yield _absent(event, "ex_date", instead, known)
        return
    try:
        ex_date = calendar.derive_ex_date(record_date, event.payment_date, event.distribution_percent)
        if calendar.is_large(event.distribution_percent, event.payment_date):
            rule = f"the first trading day of {calendar.code} after the payment of a large distribution (FINRA Rule 11140(b))"
            arithmetic = f"{event.distribution_percent} % is at least {calendar.large_distribution_percent} %"
            arithmetic += f", announced to be paid on {event.payment_date}"
            first, last = event.payment_date or ex_date, ex_date
        else:
            last_cum = calendar.last_cum_day(record_date)
            rule = f"the first trading day of {calendar.code} whose trades settle after the record date"
            arithmetic = f"trades of {last_cum} are the last to settle by record_date {record_date}"
            arithmetic += f" (cycle {calendar.settlement_cycle(last_cum)})"
            first, last = last_cum, max(ex_date, record_date)
        yield Step("ex_date", rule, arithmetic + _without(calendar, first, last), str(ex_date))
    except Held as held:
        yield Step("ex_date", held.detail, f"record_date {record_date}", "None")


def _absent(event: CorporateAction, name: str, instead: str, known: str = "not announced") -> Step:
    """Return the step of a date that the event has not: what is known of it, and what counts instead, or that the event has ended."""
    if not event.stands:
        return Step(name, "an event that has ended has no dates", f"version {event.version}, {event.function}", "None")
    return Step(name, instead, known, "None")


def _without(calendar: MarketCalendar, first: date, last: date) -> str:
    """Return the closed days between two, with why, as the end of a sentence."""
    closed = ", ".join(f"{day} ({why})" for day, why in calendar.closed(first, last))
    return f"; {closed}" if closed else ""
