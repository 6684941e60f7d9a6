"""The order of events of one day: links, record dates, distributions before replacements, credits before events of what they credit."""

from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.corporate_actions import LotTreatment, Outturn
from domain.lots.day_order import in_order
from domain.lots.effect import LotEffect, lot_effects
from domain.records import LinkedEvent, RecordError, parse_record
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, account, document, event, trade
from tests.unit.domain.folds import FIRST
from tests.unit.domain.life import day_order

BOUGHT = trade("T", "BUY", "300", "2025-01-10", "100")


def spun_off(event_id, **changes):
    option = {
        "isin_out": SAP,
        "additional_for_existing": {"numerator": "1", "denominator": "3"},
        "cost_basis_allocation": "25",
    }
    return event("SOFF", option, corporate_action_event_id=event_id, **changes)


def consolidated(event_id, **changes):
    return event(
        "SPLR", {"new_to_old": {"numerator": "1", "denominator": "3"}}, corporate_action_event_id=event_id, **changes
    )


def repaid(event_id, **changes):
    option = {"option_type": "CASH", "gross_rate": "1", "currency": "USD"}
    return event("CAPD", option, corporate_action_event_id=event_id, **changes)


def merged(event_id, **changes):
    option = {"isin_out": SAP, "new_to_old": {"numerator": "1", "denominator": "1"}}
    return event("MRGR", option, corporate_action_event_id=event_id, **changes)


def linked(event_id, position):
    return {"linked_events": [{"corporate_action_event_id": event_id, "processing_position": position}]}


def open_lots(*records):
    """(isin, quantity, cost) of the open lots, and what is rejected, whatever the order in which the records come."""
    results = [calculate_document(document(account(), BOUGHT, *each)) for each in permutations(records)]
    said = [
        (
            sorted(
                (lot["isin"], lot["quantity"], lot["cost_basis"]) for lot in result["tax_lots"] if not lot["closed_at"]
            ),
            sorted((row["record_id"], row["reason"], row["field"]) for row in result["rejected"]),
        )
        for result in results
    ]
    assert all(each == said[0] for each in said)
    return said[0]


SPUN_OFF_FIRST = [(SAP, "100", "7500.00"), (APPLE, "100", "22500.00")]
CONSOLIDATED_FIRST = [(SAP, "33", "7500.00"), (APPLE, "100", "22500.00")]
EARLIER, LATER = {"record_date": "2026-03-10"}, {"record_date": "2026-03-13"}


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([consolidated("A"), spun_off("B")], SPUN_OFF_FIRST),
        ([spun_off("A"), consolidated("B")], SPUN_OFF_FIRST),
        ([consolidated("A", **EARLIER), spun_off("B", **LATER)], CONSOLIDATED_FIRST),
        ([consolidated("A", **LATER), spun_off("B", **EARLIER)], SPUN_OFF_FIRST),
        ([consolidated("A", **EARLIER, **linked("B", "AFTE")), spun_off("B", **LATER)], SPUN_OFF_FIRST),
        ([consolidated("A"), spun_off("B", **linked("A", "AFTE"))], CONSOLIDATED_FIRST),
        ([consolidated("A", **linked("B", "BEFO")), spun_off("B")], CONSOLIDATED_FIRST),
        ([consolidated("A", **linked("B", "INFO")), spun_off("B")], SPUN_OFF_FIRST),
        ([consolidated("A", **linked("B", "WITH")), spun_off("B")], SPUN_OFF_FIRST),
        ([consolidated("A", **linked("Z", "BEFO")), spun_off("B")], SPUN_OFF_FIRST),
        ([consolidated("A"), repaid("B")], [(APPLE, "100", "29700.00")]),
        ([consolidated("A", isin=SAP), merged("B")], [(SAP, "100", "30000.00")]),
    ],
)  # fmt: skip
def test_lots_follow_the_order_of_a_day_that_the_announcements_give_whatever_their_ids(records, expected):
    assert open_lots(*records) == (sorted(expected), [])


@pytest.mark.parametrize(
    "links",
    [
        {"A": ("B", "BEFO"), "B": ("A", "BEFO")},
        {"A": ("B", "AFTE"), "B": ("C", "AFTE"), "C": ("A", "AFTE")},
        {"A": ("B", "WITH"), "B": ("A", "AFTE")},
    ],
)
def test_a_circle_of_links_is_refused_by_name_and_none_of_its_events_touches_lots(links):
    records = [spun_off(name, **linked(*link)) for name, link in links.items()]
    assert open_lots(*records) == (
        [(APPLE, "300", "30000.00")],
        [(name, "circular_link", "linked_events") for name in links],
    )


def test_a_circle_of_events_that_never_reach_the_account_is_none_of_its_own():
    strange = [spun_off(name, isin=TOYOTA, **linked(other, "BEFO")) for name, other in ("AB", "BA")]
    assert open_lots(*strange) == ([(APPLE, "300", "30000.00")], [])


@pytest.mark.parametrize(("position", "refused"), [("BEFO", True), ("AFTE", True), ("WITH", False), ("INFO", False)])
def test_an_event_that_comes_before_or_after_itself_is_refused(position, refused):
    raw = spun_off("A", **linked("A", position))
    if refused:
        with pytest.raises(RecordError, match="linked_events"):
            parse_record(raw)
    else:
        parse_record(raw)


def effect(name, isin, credited, event_type, record_date, links):
    out = Outturn(isin_out=credited, ratio=Fraction(1), lots=LotTreatment.REORGANISE)
    return LotEffect(name, FIRST, isin, "001", "USD", out.lots, out, Fraction(1), event_type=event_type, record_date=record_date, links=links)  # fmt: skip


@given(st.data())
def test_any_events_of_a_day_come_in_the_order_of_the_naive_reference(data):
    names = "ABCDE"[: data.draw(st.integers(2, 5))]
    links = data.draw(
        st.lists(st.sampled_from(list(permutations(names, 2))).filter(lambda pair: pair[0] > pair[1]), max_size=2)
    )
    raws, effects = {}, []
    for name in names:
        isin, credited = data.draw(st.tuples(*[st.sampled_from((APPLE, SAP, TOYOTA))] * 2))
        kind = data.draw(st.sampled_from(("SOFF", "SPLF")))
        on = data.draw(st.none() | st.dates(FIRST, FIRST.replace(day=8)))
        own = tuple(LinkedEvent(other, "BEFO") for one, other in links if one == name)
        effects.append(effect(name, isin, credited, kind, on, own))
        raws[name] = [
            {
                "event": {"isin": isin, "event_type": kind, "record_date": on, "options": [{}]},
                "option": {"isin_out": credited},
            }
        ]
    ordered = [each.event_id for each in in_order(reversed(effects))[0]]
    assert sorted(ordered) == list(names)
    wrong = [
        (one, other)
        for index, other in enumerate(ordered)
        for one in ordered[index + 1 :]
        if one in connected(raws, links, other) and day_order.before(raws, one, other, links)
    ]
    assert wrong == [], ordered


def connected(raws, links, name):
    """The events that share a security with this one or are linked to it, directly or through others: of others no order matters."""
    securities = {each: {steps[0]["event"]["isin"], steps[0]["option"]["isin_out"]} for each, steps in raws.items()}
    reached, more = set(), {name}
    while more - reached:
        reached |= more
        more = {
            each
            for each in raws
            for one in reached
            if securities[each] & securities[one] or (each, one) in links or (one, each) in links
        }
    return reached


def test_events_that_share_no_security_come_by_their_record_dates():
    """Rights that lapse give basis back to shares, of which a split may have made others."""
    lapse = {"option_number": "001", "option_type": "LAPS", "is_default_option": True}
    on_the_day = {"ex_date": "2026-03-30", "mandatory_voluntary": "MAND"}
    rights = event("EXRI", lapse, isin=SAP, corporate_action_event_id="CA-1", record_date="2026-03-27", **on_the_day)
    halves = {"new_to_old": {"numerator": "2", "denominator": "1"}}
    split = event("SPLF", halves, corporate_action_event_id="CA-2", record_date="2026-03-16", **on_the_day)
    effects = [effect for raw in (rights, split) for effect in lot_effects(parse_record(raw)[0])]
    assert [effect.event_id for effect in in_order(effects)[0]] == ["CA-2", "CA-1"]
