"""Settled quantities below zero: what a short owes, and what is held by name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.case.reversals import reversed_result
from tests.unit.domain.facts import APPLE, SAP, account, document, event, position

SHORT = account(short_positions=True)
EVENTS = {
    "gross cash": event("CAPD", {"gross_rate": "0.333", "currency": "USD"}),
    "redeemed": event("REDM", {"option_type": "CASH", "cash_price_received": "99.995", "currency": "USD"}),
    "two classes": event(
        "SOFF",
        {
            "additional_for_existing": {"numerator": "1", "denominator": "7"},
            "isin_out": SAP,
            "cash_in_lieu_price": "3.33",
            "fraction_disposition": "CINL",
            "currency": "USD",
            "cost_basis_allocation": "10",
        },
    ),
    "called in multiples": event(
        "PCAL",
        {
            "option_type": "CASH",
            "cash_price_received": "101",
            "called_percent": "33",
            "minimum_exercisable_multiple": "10",
            "currency": "USD",
        },
    ),
}
for disposition in ("CINL", "RDDN", "RDUP", "STAN", "BUYU", "DIST"):
    EVENTS[disposition] = event(
        "SPLR",
        {
            "new_to_old": {"numerator": "1", "denominator": "3"},
            "fraction_disposition": disposition,
            "cash_in_lieu_price": "7.77",
            "currency": "USD",
        },
    )


def calculated(*records, **parts):
    return calculate_document(document(*records, **parts))


def refusals(result):
    return [(row["record"], row["reason"], row["field"]) for row in result["rejected"]]


@pytest.mark.parametrize("name", sorted(EVENTS))
@settings(max_examples=25, deadline=None)
@given(quantity=st.integers(1, 10**7))
def test_a_short_owes_what_a_holder_of_as_many_units_gets(name, quantity):
    (got,) = calculated(SHORT, position(str(quantity)), EVENTS[name])["entitlements"]
    (owed,) = calculated(SHORT, position(str(-quantity)), EVENTS[name])["entitlements"]
    assert owed == reversed_result(got)


def test_what_a_short_owes_of_income_needs_no_tax_rate():
    records = {"accounts": [SHORT], "positions": [position("-8")], "corporate_actions": [event()]}
    result = calculate_document(records, explained=True)
    assert refusals(result) == []
    (row,) = result["entitlements"]
    assert (row["net_amount"], row["withholding_tax_amount"]) == ("-2.00", "0.00")
    (step,) = [step for step in row["explanation"] if step["name"] == "withholding_tax_amount"]
    assert step["rule"].startswith("a short pays its lender in lieu of income, gross")


@pytest.mark.parametrize(
    ("accounts", "held"),
    [
        ([account()], [("position", "short_not_allowed", "settled_quantity")]),
        ([SHORT], []),
        ([], [("position", "unknown_account", "safekeeping_account")]),
    ],
    ids=["not allowed", "allowed", "unknown"],
)
def test_a_position_below_zero_is_held_unless_its_account_is_known_and_allows_it(accounts, held):
    assert refusals(calculated(*accounts, position("-5"))) == held


def test_one_place_below_zero_that_is_not_allowed_holds_what_all_places_get():
    result = calculated(account(), position("100"), position("-5", safekeeping_place="CEDELULL"), event())
    assert (result["entitlements"], len(result["rejected"])) == ([], 2)


@pytest.mark.parametrize(("drawn", "held"), [("0", []), ("5", ["drawn_above_holding"])])
def test_a_lottery_draws_nothing_of_a_short(drawn, held):
    terms = {"option_type": "CASH", "cash_price_received": "100", "drawn_quantity": drawn, "currency": "USD"}
    result = calculated(SHORT, position("-5"), event("DRAW", terms))
    assert [row["reason"] for row in result["rejected"]] == held


def test_a_voluntary_event_takes_nothing_of_a_short():
    offer = {"option_type": "CASH", "cash_price_received": "50", "currency": "USD"}
    result = calculated(SHORT, position("-5"), event("TEND", offer, mandatory_voluntary="VOLU"))
    assert (result["entitlements"], result["rejected"]) == ([], [])


def test_an_election_of_the_holders_purchase_is_none_of_its_short():
    options = [
        {"option_number": "001", "option_type": "CASH", "gross_rate": "0.5", "currency": "USD", "is_default_option": True},
        {"option_number": "002", "option_type": "SECU", "isin_out": APPLE, "currency": "USD", "subscription_price": "5",
         "additional_for_existing": {"numerator": "1", "denominator": "10"}},
    ]  # fmt: skip
    choice = event("DVOP", mandatory_voluntary="CHOS", response_deadline="2026-03-18T12:00:00Z") | {"options": options}
    bought = {
        "record_type": "trade", "trade_id": "B1", "safekeeping_account": "ACC-1", "isin": APPLE, "side": "BUY", "price": "9",
        "trade_date": "2026-03-13", "settlement_date": "2026-03-19", "quantity": "30", "currency": "USD",
    }  # fmt: skip
    elected = {"record_type": "election", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "002", "quantity": "30", "election_id": "E-1"}  # fmt: skip
    result = calculated(SHORT, position("-100"), choice, bought, elected)
    assert [(row["trade_id"], row["quantity"]) for row in result["buyer_protections"]] == [("B1", "30")]
    assert [(row["option_number"], row["eligible_quantity"]) for row in result["entitlements"]] == [("001", "-100")]


def consistency(*records):
    broken = calculated(*records)["breaks"]
    return [row["key"] for row in broken if row["code"] == "INCONSISTENT_STATEMENT"]


@pytest.mark.parametrize(
    ("stated", "sold", "consistent"),
    [
        ({"settled_quantity": "-100"}, "100", True),
        ({"settled_quantity": "0", "pending_delivery_quantity": "100"}, "100", True),
        ({"settled_quantity": "0", "pending_delivery_quantity": "100"}, None, False),
        ({"settled_quantity": "-100", "borrowed_quantity": "1"}, "100", False),
    ],
    ids=["short", "sold short and pending", "sold by nobody", "borrowed and short"],
)
def test_a_statement_below_zero_is_consistent_if_it_or_the_lots_say_that_it_is_short(stated, sold, consistent):
    trades = [
        {"record_type": "trade", "trade_id": "S1", "safekeeping_account": "ACC-1", "isin": APPLE, "side": "SELL", "price": "9",
         "trade_date": "2026-03-13", "quantity": sold, "currency": "USD"}
    ] if sold else []  # fmt: skip
    assert (consistency(SHORT, position("0") | stated, *trades) == []) == consistent
