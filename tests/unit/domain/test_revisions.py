from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case.revisions import Current, is_paid, revise
from domain.entitlements import prepare_event
from domain.records import parse_record
from domain.rules import Rules, WithholdingRates
from tests.unit.domain.facts import account, event, rate, rates

RULES = Rules(WithholdingRates.from_document(rates(rate("US-GB", "30", "15"))), None, "1", "1")
PREPARED = prepare_event(parse_record(event())[0], RULES)
HOLDER = parse_record(account())[0]


def due(quantity):
    return PREPARED.entitle(HOLDER, Decimal(quantity))


def current(quantity, *, revision=1, confirmed=False):
    return {each.option_number: Current(revision, each.to_json(), confirmed) for each in due(quantity)}


def test_the_same_result_makes_no_new_revision():
    newer = prepare_event(parse_record(event())[0], replace(RULES, withholding_rates_version="2"))
    again = newer.entitle(HOLDER, Decimal(10))
    assert [each.to_json()["rules_version"] for each in again] == ["withholding_rates:2;market_calendars:1"]
    assert revise(current(10), again, {"001": 1}) == []


def test_another_row_with_the_same_figures_makes_no_new_revision_nor_does_a_result_from_before_rows_were_named():
    renamed = WithholdingRates.from_document(rates(rate("US-*", "30", "15", residence="*")))
    again = prepare_event(parse_record(event())[0], replace(RULES, withholding_rates=renamed)).entitle(
        HOLDER, Decimal(10)
    )
    assert [(each.to_json()["rate_id"], each.to_json()["rate_basis"]) for each in again] == [("US-*", "FALLBACK")]
    earlier = {
        name: value
        for name, value in due(10)[0].to_json().items()
        if name not in ("rate_id", "rate_basis", "accrued_interest_amount")
    }
    assert revise({"001": Current(1, earlier, confirmed=False)}, again, {"001": 1}) == []


@pytest.mark.parametrize(("confirmed", "status", "reverses"), [(False, "SUPERSEDED", False), (True, "REVERSED", True)])
def test_a_replaced_entitlement_is_superseded_before_confirmation_and_reversed_after(confirmed, status, reverses):
    (change,) = revise(current(10, confirmed=confirmed), due(20), {"001": 1})
    assert (change.status, change.reverses, change.revision) == (status, reverses, 2)


def test_a_cancelled_event_reverses_and_opens_nothing():
    (change,) = revise(current(10), (), {"001": 1}, stands=False)
    assert (change.status, change.reverses, change.opens) == ("REVERSED", True, None)


def test_a_holding_that_is_gone_is_superseded_and_opens_nothing():
    (change,) = revise(current(10), due(0), {"001": 1})
    assert (change.status, change.reverses, change.opens) == ("SUPERSEDED", False, None)


def test_a_new_version_of_the_event_with_the_same_figures_is_a_new_revision():
    second = prepare_event(parse_record(event(version=2, function="REPL"))[0], RULES).entitle(HOLDER, Decimal(10))
    assert [change.revision for change in revise(current(10), second, {"001": 1})] == [2]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=12))
def test_any_history_keeps_one_current_revision_and_never_reuses_a_number(history):
    held, last, seen = {}, {}, []
    for quantity, confirmed in history:
        for change in revise(held, due(quantity), last):
            held.pop(change.option_number, None)
            if change.opens:
                seen.append(change.revision)
                last[change.option_number] = change.revision
                held[change.option_number] = Current(change.revision, change.opens.to_json(), confirmed)
        assert [each.result["eligible_quantity"] for each in held.values()] == ([str(quantity)] if quantity else [])
    assert seen == list(range(1, len(seen) + 1))


def confirmation(amount=None):
    said = {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001"}
    return parse_record({"record_type": "confirmation", **said, "posting_amount": amount})[0]


def result(quantity, **changes):
    (one,) = due(quantity)
    return one.to_json() | changes


def test_nothing_is_paid_without_a_confirmation_and_the_first_one_confirms_any_version():
    assert not is_paid([], result(10), None)
    assert not is_paid([], result(10), result(10))
    assert is_paid([confirmation()], result(10, version=2), None)


@pytest.mark.parametrize(
    ("paid_before", "now", "posted", "paid"),
    [
        (result(10), result(20), None, True),
        (result(10), result(10, version=2), None, True),
        (result(10), result(10, version=2, rules_version="newer"), None, True),
        (result(10), result(20, version=2), None, False),
        (result(10), result(20, version=2), "2.12", False),
        (result(10), result(20, version=2), "4.25", True),
        (result(10), result(20, version=2, payment_amount="3.36"), "3.36", True),
        (result(10), result(20, version=2, payment_amount="3.36"), "4.25", True),
        (result(10), result(20, version=2, payment_amount=None), "4.25", True),
        (result(10), result(20, version=2, payment_amount=None), None, False),
    ],
)  # fmt: skip
def test_what_an_earlier_version_paid_is_no_payment_of_this_one_but_for_the_same_figures_or_its_own_amount(
    paid_before, now, posted, paid
):
    assert is_paid([confirmation(posted)], now, paid_before) is paid


def test_the_parts_of_a_payment_pay_a_later_version_where_they_add_up_to_its_amount():
    parts = [confirmation("2.12"), confirmation("2.13"), confirmation(None)]
    assert is_paid(parts, result(20, version=2), result(10))
    assert not is_paid(parts[:1], result(20, version=2), result(10))
