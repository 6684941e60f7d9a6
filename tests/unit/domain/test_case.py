"""One event and one holder: what the day of the calculation changes, and which records wait with what is held."""

from datetime import date
from decimal import Decimal

import pytest

from domain.case import Holder, effects_of, judged_election, open_case, settle
from domain.case.standing import Report, Standing
from domain.entitlements import PlaceBalance
from domain.held import Held
from domain.records import parse_record
from domain.rules import MarketCalendars, Rules, WithholdingRates
from tests.unit.domain.facts import APPLE, SAP, account, event, rate, rates
from tests.unit.domain.test_market_claims import CALENDARS, dealt
from tests.unit.domain.test_pending_trades import choice, elect

RULES = Rules(
    WithholdingRates.from_document(rates(rate("US-GB", "30", "15"))), MarketCalendars.from_document(CALENDARS)
)
NO_RULES = Rules(None, None)
CASH = {"cash_price_received": "1", "currency": "USD", "option_type": "CASH"}
SPUN_OFF = {"additional_for_existing": {"numerator": "1", "denominator": "4"}, "isin_out": SAP}
CANCELLED = {"record_type": "corporate_action", "corporate_action_event_id": "CA-1", "version": 2, "function": "CANC"}


def day(number):
    return date(2026, 3, number)


def case(raw, today=None, rules=RULES):
    return open_case(parse_record(raw)[0], rules, today)


def holder(quantity="100", *facts, known=True):
    records = [parse_record(raw)[0] for raw in facts]
    place = PlaceBalance("DTCYUS33", day(10), Decimal(quantity), "CUSTODIAN-A", 0)
    return Holder(
        "ACC-1",
        parse_record(account())[0] if known else None,
        (place,) if Decimal(quantity) else (),
        [record for record in records if record.record_type == "election"],
        [record for record in records if record.record_type == "election_release"],
        [record for record in records if record.record_type == "trade"],
    )


REDEEMED = event("REDM", CASH, ex_date=None, record_date="2026-03-19", payment_date="2026-03-27")


@pytest.mark.parametrize(
    ("raw", "today", "settled", "touches", "later"),
    [
        (event(), None, True, True, []),
        (event(), day(16), False, False, [day(17)]),
        (event(), day(17), True, True, []),
        (event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}}), day(15), False, False, [day(16), day(17)]),
        (event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}}), day(16), False, True, [day(17)]),
        (REDEEMED, day(19), False, False, [day(20), day(27)]),
        (REDEEMED, day(26), True, False, [day(27)]),
        (REDEEMED, day(27), True, True, []),
        (REDEEMED | {"record_date": None, "effective_date": "2026-03-19"}, day(19), False, True, [day(20)]),
        (event("SPLF", {}, ex_date=None), day(16), False, False, [day(17)]),
        (event("SPLF", {}, ex_date=None), day(17), False, True, []),
        (event(record_date="9999-12-31", ex_date=None), day(16), False, False, []),
        (CANCELLED | {"record_date": "2026-03-20"}, day(16), False, False, []),
    ],
)  # fmt: skip
def test_the_day_says_whether_an_event_entitles_and_touches_lots_and_when_that_changes(
    raw, today, settled, touches, later
):
    opened = case(raw, today)
    assert (opened.is_settled, opened.touches_lots, opened.later_dates) == (settled, touches, later)


def test_lots_get_the_effects_whose_day_has_come():
    spun_off = event("SOFF", SPUN_OFF | {"cost_basis_allocation": "20"})
    for today, count in ((None, 1), (day(15), 0), (day(16), 1)):
        effects, holds = effects_of([(case(spun_off, today), None)])
        assert (len(effects), holds) == (count, [])
    lacking = event("SOFF", SPUN_OFF)
    for today, fields in ((day(15), []), (day(16), ["options.cost_basis_allocation"])):
        assert [hold.held.field for hold in effects_of([(case(lacking, today), None)], "ACC-1")[1]] == fields


POSITION, EVENT, ELECTION = (
    ("position", f"ACC-1/{APPLE}/DTCYUS33/2026-03-10"),
    ("corporate_action", "CA-1"),
    ("election", "E"),
)
LATE = {"received_at": "2026-03-20T17:00:01Z"}


@pytest.mark.parametrize(
    ("opened", "of_account", "expected"),
    [
        (case(event(), rules=NO_RULES), holder(), [("entitlement", "CA-1", "no_rules", {POSITION, EVENT})]),
        (case(event()), holder(known=False), [("entitlement", "CA-1", "unknown_account", {POSITION})]),
        (case(choice()), holder("100", elect("002", "101")), [("entitlement", "CA-1", "over_instruction", {POSITION, ELECTION})]),
        (case(choice()), holder("100", elect("002", "5", **LATE)), [("refused", "E", "after_deadline", {ELECTION})]),
        (case(choice()), holder("0", elect("002", "5", **LATE)), [("refused", "E", "after_deadline", {ELECTION})]),
        (case(choice(), rules=NO_RULES), holder("0", dealt("BUY", "2026-03-13", "2026-04-20")),
         [("claims", "CA-1", "claims_not_detected", {EVENT})] * 2),
        (case(event(), day(16)), holder("100", elect("002", "5", **LATE)), []),
        (case(event(option={"currency": "USD"})), holder(), []),
        (case(CANCELLED), holder(), []),
    ],
)  # fmt: skip
def test_what_waits_says_which_records_wait_with_it(opened, of_account, expected):
    holds = settle(opened, of_account).holds
    assert [(hold.kind, hold.identity, hold.held.reason, set(hold.records)) for hold in holds] == expected
    assert {hold.account for hold in holds} <= {"ACC-1"}


@pytest.mark.parametrize(
    ("of_account", "standing", "refused"),
    [
        (holder("100", elect("002", "5")), "5", None),
        (holder("100", elect("002", "5", **LATE)), None, "after_deadline"),
        (holder("100", elect("002", "5"), elect("002", "6", sequence=2, **LATE)), "5", "after_deadline"),
        (holder("100", elect("002", "101")), None, "over_instruction"),
        (holder("100", elect("002", "101"), elect("002", "6", sequence=2, **LATE)), None, "after_deadline"),
        (holder("100", elect("007", "5")), None, "unknown_option"),
        (holder("100", elect("002", "5") | {"election_id": "F"}), None, None),
    ],
)
def test_an_election_stands_or_is_refused_for_a_reason(of_account, standing, refused):
    content, why = judged_election(case(choice(), rules=NO_RULES), of_account, "E")
    assert (content and str(content.quantity), why and why.reason) == (standing, refused)


@pytest.mark.parametrize(
    "raw", [choice() | {"event_type": "CLSA"}, {name: value for name, value in choice().items() if name != "options"}]
)
def test_an_election_is_not_judged_while_the_event_says_too_little(raw):
    with pytest.raises(Held):
        judged_election(case(raw), holder("100", elect("002", "5")), "E")


@pytest.mark.parametrize(
    ("reports", "states", "current"),
    [
        (["A1x", "A1x", "A2y", "A1x", "A1z"], ["APPLIED", "DUPLICATE", "APPLIED", "DUPLICATE", "QUARANTINED"], "y"),
        (["A3x", "A2y", "A2y", "A3z"], ["APPLIED", "STALE", "DUPLICATE", "QUARANTINED"], "x"),
        (["A1x", "B9y", "B9y", "B9z", "A2w"], ["APPLIED", "HELD", "DUPLICATE", "QUARANTINED", "APPLIED"], "w"),
        (["1x", "2y"], ["APPLIED", "APPLIED"], "y"),
    ],
)
def test_what_becomes_of_a_report_follows_from_those_before_it_in_the_stream(reports, states, current):
    standing = Standing()
    found = [standing.add(Report("", "position", "P", each[:-2], int(each[-2]), each[-1])) for each in reports]
    assert [outcome.state for outcome in found] == states
    assert [outcome.changed for outcome in found] == [state == "APPLIED" for state in states]
    assert standing.current.digest == current
