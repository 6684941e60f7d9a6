"""Facts and their order, eligibility and time: what the other files of this folder do not hold."""

import itertools

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, account, document, event, position, rate, trade

RATIO = {"numerator": "1", "denominator": "2"}


def calculate(*records, **parts):
    return calculate_document(document(*records, **parts))


def eligible(result):
    assert result["rejected"] == []
    return {row["option_number"]: row["eligible_quantity"] for row in result["entitlements"]}


def test_only_settled_quantities_are_eligible():
    more = {f"{name}_quantity": "7" for name in ("pending_receipt", "pending_delivery", "on_loan", "borrowed")}
    assert eligible(calculate(account(), position("10", **more), event())) == {"001": "10"}


def test_without_a_record_date_the_effective_date_decides():
    split = event("SPLF", {"new_to_old": RATIO}, record_date=None, effective_date="2026-03-10")
    assert eligible(calculate(account(), position("5", "2026-03-10"), position("9", "2026-03-11"), split)) == {
        "001": "5"
    }


@pytest.mark.parametrize(("as_of", "count"), [("2026-03-16", 0), ("2026-03-17", 1), (None, 1)])
def test_an_event_is_calculated_once_its_record_date_is_before_as_of(as_of, count):
    assert len(calculate(account(), position("5"), event(), as_of=as_of)["entitlements"]) == count


def test_what_was_not_known_at_as_of_is_left_out():
    later = (
        event(
            version=2, function="REPL", announcement_date="2026-03-20", option={"gross_rate": "9", "currency": "USD"}
        ),
        trade("T2", "BUY", "1", "2026-03-20"),
    )
    records = (account(), position("100"), event(), trade("T1", "BUY", "1", "2026-03-19"), *later)
    known, everything = calculate(*records, as_of="2026-03-19"), calculate(*records)
    assert ([row["version"] for row in known["entitlements"]], len(known["tax_lots"])) == ([1], 1)
    assert ([row["version"] for row in everything["entitlements"]], len(everything["tax_lots"])) == ([2], 2)


def test_a_payment_is_confirmed_by_its_confirmation_alone():
    paid = {"record_type": "confirmation", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1"}
    for option, status in (("001", "CONFIRMED"), ("002", "EXPECTED")):
        (row,) = calculate(account(), position("5"), event(), paid | {"option_number": option})["entitlements"]
        assert row["payment_status"] == status


def test_a_treaty_rate_above_the_statutory_one_leaves_nothing_to_reclaim():
    rows = (rate("R", "10", "15", tax_relief_method="QUICK_REFUND"),)
    (row,) = calculate(account(), position("1000"), event(), rows=rows)["entitlements"]
    assert (row["withholding_tax_amount"], row["tax_reclaim_amount"]) == ("25.00", "0.00")


@pytest.mark.parametrize(("given", "tax"), [({"withholding_tax_rate": "10"}, "1.00"), ({}, "0.00")])
def test_cash_beside_securities_is_taxed_only_where_the_option_says_how(given, tax):
    option = {"additional_for_existing": RATIO, "gross_rate": "1", "currency": "USD", "option_type": "CASE"} | given
    (row,) = calculate(account(), position("10"), event("BONU", option))["entitlements"]
    assert (row["entitled_quantity"], row["gross_amount"], row["withholding_tax_amount"]) == ("5", "10.00", tax)


ELECTION = {
    "record_type": "election", "election_id": "E", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1",
    "option_number": "002", "quantity": "4", "entered_by": "ann",
}  # fmt: skip


def choice():
    cash = {"option_type": "CASH", "gross_rate": "1", "currency": "USD"}
    options = [{"option_number": number, "is_default_option": number == "001"} | cash for number in ("001", "002")]
    return event(mandatory_voluntary="CHOS", response_deadline="2026-03-10T17:00:00Z", options=options)


def release(by, at):
    return {"record_type": "election_release", "election_id": "E", "released_by": by, "received_at": at}


@pytest.mark.parametrize(
    ("releases", "expected", "refused"),
    [
        ([], {"001": "10"}, [("E", "not_released", "entered_by")]),
        ([release("ann", "2026-03-10T16:00:00Z")], {"001": "10"}, [("E", "not_released", "entered_by")]),
        ([release("bob", "2026-03-10T17:00:01Z")], {"001": "10"}, [("E", "after_deadline", "released_at")]),
        ([release("bob", "2026-03-10T17:00:00Z")], {"001": "6", "002": "4"}, []),
        ([release("bob", "2026-03-10T19:00:00+02:00")], {"001": "6", "002": "4"}, []),
    ],
)
def test_an_election_counts_once_another_person_released_it_in_time(releases, expected, refused):
    result = calculate(account(), position("10"), choice(), ELECTION, *releases)
    assert {each["option_number"]: each["eligible_quantity"] for each in result["entitlements"]} == expected
    assert [(each["record_id"], each["reason"], each["field"]) for each in result["rejected"]] == refused


def test_an_election_for_an_option_that_is_not_announced_is_held_and_not_lost():
    astray = {name: value for name, value in ELECTION.items() if name != "entered_by"} | {"option_number": "003"}
    result = calculate(account(), position("10"), choice(), astray)
    assert result["entitlements"] == []
    assert [(each["reason"], each["field"]) for each in result["rejected"]] == [("unknown_option", "option_number")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_replaced_trade_opens_its_last_terms_and_a_cancelled_one_nothing_in_any_order(order):
    replaced = [trade("T1", "BUY", quantity, "2025-01-02", sequence=n, function=function)
                for n, (quantity, function) in enumerate([("1", "NEWM"), ("2", "REPL"), ("3", "REPL")])]  # fmt: skip
    cancel = {
        "record_type": "trade",
        "trade_id": "T2",
        "safekeeping_account": "ACC-1",
        "function": "CANC",
        "sequence": 2,
    }
    cancelled = [trade("T2", "BUY", "1", "2025-01-02"), trade("T2", "BUY", "2", "2025-01-02", sequence=1), cancel]
    records = [each for index in order for each in (replaced[index], cancelled[index])]
    assert [(lot["lot_id"], lot["quantity"]) for lot in calculate(account(), *records)["tax_lots"]] == [("T1", "3")]


@pytest.mark.parametrize("method", ["FIFO", "LIFO", "HIFO"])
def test_lots_that_rank_alike_are_relieved_by_acquisition_then_lot_id(method):
    terms = {"safekeeping_account": "ACC-1", "isin": APPLE, "acquisition_date": "2025-01-02", "currency": "USD"}
    opening = [terms | {"lot_id": name, "quantity": "1", "cost_basis": "10"} for name in ("B", "C", "A")]
    result = calculate(account(relief_method=method), trade("S", "SELL", "2", "2025-02-01"), lots=opening)
    assert [row["lot_id"] for row in result["realised"]] == ["A", "B"]


def test_on_one_day_events_come_before_buys_and_buys_before_sells():
    split = event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}}, ex_date="2025-02-01")
    records = (trade("A-SELL", "SELL", "25", "2025-02-01"), trade("Z-BUY", "BUY", "5", "2025-02-01"))
    result = calculate(account(), *records, trade("B", "BUY", "10", "2025-01-02"), split)
    assert (result["rejected"], [lot["quantity"] for lot in result["tax_lots"]]) == ([], ["0", "0", "0"])
    assert {row["isin"] for row in result["realised"]} == {APPLE}


@pytest.mark.parametrize(
    ("received_at", "option"),
    [("2026-03-18T23:59:59Z", "002"), ("2026-03-18T00:00:00Z", "002"), ("2026-03-19T00:00:00Z", "001"), (None, "002")],
)
def test_an_election_is_known_from_the_day_on_which_it_was_received_and_always_where_nothing_says_when(
    received_at, option
):
    elected = {name: value for name, value in ELECTION.items() if name != "entered_by"} | {
        "quantity": "10",
        "received_at": received_at,
    }
    made = calculate(
        account(), position("10"), choice() | {"response_deadline": "2026-03-20T17:00:00Z"}, elected, as_of="2026-03-18"
    )
    assert eligible(made) == {option: "10"}
