"""Transfers between accounts: what a record must say, and what moves under methods and regimes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.lots.lot import holding_term
from domain.records import RecordError, parse_record
from tests.unit.domain.facts import APPLE, SAP, account, document, trade

BOUGHT = [
    trade("B1", "BUY", "100", "2024-01-10", "10"),
    trade("B2", "BUY", "50", "2025-03-03", "20"),
    trade("B3", "BUY", "10", "2025-03-03", "20", currency="EUR"),
]


def transfer(quantity="30", transfer_id="T1", to="ACC-2", **more):
    terms = {"isin": APPLE, "quantity": quantity, "transfer_date": "2025-06-02"}
    accounts = {"from_safekeeping_account": "ACC-1", "to_safekeeping_account": to}
    return {"record_type": "transfer", "transfer_id": transfer_id, **accounts, **terms} | more


def calculated(*records, method="FIFO"):
    return calculate_document(document(account(relief_method=method), account("ACC-2"), *records))


def refusals(result):
    return [(row["record"], row["record_id"], row["reason"], row["field"]) for row in result["rejected"]]


def lots(result, number):
    rows = [row for row in result["tax_lots"] if row["safekeeping_account"] == number and row["closed_at"] is None]
    return {row["lot_id"]: (row["quantity"], row["cost_basis"]) for row in rows}


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"to_safekeeping_account": "ACC-1"}, "same_account", "to_safekeeping_account"),
        ({"quantity": "0"}, "zero_quantity", "quantity"),
        ({"lots": [{"lot_id": "B1", "quantity": "29"}]}, "breakdown_mismatch", "lots"),
        ({"lots": [{"lot_id": "B1", "quantity": "15"}] * 2}, "breakdown_mismatch", "lots"),
        ({"tax_treatment": "TAXABLE"}, "missing_field", "new_cost_basis"),
        ({"transfer_date": None}, "missing_field", "transfer_date"),
        ({"new_basis": "9"}, "unknown_field", "new_basis"),
    ],
)
def test_a_transfer_that_does_not_say_what_moves_is_refused_by_its_field(changes, reason, field):
    with pytest.raises(RecordError) as refused:
        parse_record(transfer(**changes))
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_a_lot_that_is_named_and_is_not_there_refuses_the_transfer_whole():
    result = calculated(
        *BOUGHT, transfer(lots=[{"lot_id": "B1", "quantity": "10"}, {"lot_id": "B9", "quantity": "20"}])
    )
    assert refusals(result) == [("transfer", "T1", "insufficient_lots", "quantity")]
    assert lots(result, "ACC-2") == {}


@pytest.mark.parametrize(("method", "more"), [("AVERAGE", {}), ("LIFO", {"new_cost_basis": "900"})])
def test_one_basis_for_lots_of_two_currencies_is_refused(method, more):
    result = calculated(*BOUGHT, transfer("60", **more), method=method)
    assert refusals(result) == [("transfer", "T1", "currency_mismatch", "lots")]


def test_a_lot_of_the_same_name_with_the_receiver_refuses_the_transfer():
    there = {"lot_id": "B1/T1", "safekeeping_account": "ACC-2", "isin": APPLE, "acquisition_date": "2024-01-11"}
    there |= {"quantity": "1", "cost_basis": "9.00", "currency": "USD"}
    result = calculate_document(document(account(), account("ACC-2"), *BOUGHT, transfer()) | {"lots": [there]})
    assert refusals(result) == [("transfer", "T1", "duplicate_lot_id", "transfer_id")]


def test_an_opening_lot_that_is_acquired_later_does_not_move():
    later = {"lot_id": "L", "safekeeping_account": "ACC-1", "isin": APPLE, "acquisition_date": "2025-06-03"}
    later |= {"quantity": "30", "cost_basis": "9.00", "currency": "USD"}
    result = calculate_document(document(account(), account("ACC-2"), transfer()) | {"lots": [later]})
    assert refusals(result) == [("transfer", "T1", "insufficient_lots", "quantity")]


def test_a_transfer_moves_what_was_bought_on_its_day_before_it_is_sold():
    records = [
        trade("B", "BUY", "30", "2025-06-02"),
        trade("A", "SELL", "30", "2025-06-02", safekeeping_account="ACC-2"),
    ]
    result = calculated(*records, transfer())
    assert [(row["lot_id"], row["closed_by"]) for row in result["realised"]] == [("B/T1", "A")]
    assert refusals(result) == []


def test_what_an_event_gives_on_moved_shares_is_the_receivers():
    terms = {"additional_for_existing": {"numerator": "1", "denominator": "1"}, "isin_out": SAP}
    terms |= {"cost_basis_allocation": "25", "option_number": "001", "option_type": "SECU", "is_default_option": True}
    spin_off = {
        "record_type": "corporate_action",
        "corporate_action_event_id": "CA",
        "event_type": "SOFF",
        "isin": APPLE,
    }
    spin_off |= {"mandatory_voluntary": "MAND", "ex_date": "2025-07-01", "source_country": "US", "options": [terms]}
    result = calculated(BOUGHT[0], transfer(), spin_off)
    assert lots(result, "ACC-1") == {"B1": ("70", "525.00"), "B1/CA": ("70", "175.00")}
    assert lots(result, "ACC-2") == {"B1/T1": ("30", "225.00"), "B1/T1/CA": ("30", "75.00")}


def test_a_loss_waits_for_no_shares_that_were_only_moved_and_is_disallowed_by_shares_bought():
    wash = account("ACC-2", lot_regime="US_WASH_SALE")
    own = trade("P", "BUY", "30", "2024-06-03", "50", safekeeping_account="ACC-2")
    sold = trade("S", "SELL", "30", "2025-05-20", "40", safekeeping_account="ACC-2")
    records = [account(), wash, own, sold, BOUGHT[0], transfer()]
    (row,) = calculate_document(document(*records))["realised"]
    assert (row["closed_by"], row["disallowed_loss"]) == ("S", "0.00")
    bought = trade("R", "BUY", "30", "2025-06-02", "40", safekeeping_account="ACC-2")
    (row,) = calculate_document(document(*records, bought))["realised"]
    assert row["disallowed_loss"] == "300.00"


def test_a_transfer_after_as_of_is_not_known_yet():
    result = calculate_document(document(account(), BOUGHT[0], transfer(), as_of="2025-06-01"))
    assert lots(result, "ACC-1") == {"B1": ("100", "1000.00")}


def test_a_transfer_after_the_newest_statement_explains_what_the_lots_have_more():
    stated = {"record_type": "position", "isin": APPLE, "safekeeping_place": "DTCYUS33", "as_of_date": "2025-06-01"}
    stated |= {"source": "A", "settled_quantity": "100", "safekeeping_account": "ACC-1"}
    result = calculate_document(document(account(), BOUGHT[0], transfer(), stated))
    found = {row["safekeeping_account"]: (row["code"], row["likely_cause"]) for row in result["breaks"]}
    assert found["ACC-1"][0] == "TIMING"
    assert "transfer T1" in found["ACC-1"][1]


@given(
    st.sampled_from(["FIFO", "LIFO", "HIFO", "AVERAGE"]),
    st.lists(st.integers(1, 60), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1, max_size=5),
)
def test_transfers_without_a_new_basis_move_units_and_cost_and_lose_none(method, purchases, moves):
    records = [
        trade(f"B{day}", "BUY", str(units), f"2024-01-{day:02}", str(7 + 3 * day))
        for day, units in enumerate(purchases, 1)
    ]
    pairs = [("ACC-1", "ACC-2") if forth else ("ACC-2", "ACC-1") for _, forth in moves]
    records += [
        transfer(str(units), f"T{n}", transfer_date=f"2024-02-{n:02}", from_safekeeping_account=giver, to_safekeeping_account=receiver)
        for n, ((units, _), (giver, receiver)) in enumerate(zip(moves, pairs, strict=True), 1)
    ]  # fmt: skip
    both = [account(relief_method=method), account("ACC-2", relief_method=method)]
    result = calculate_document(document(*both, *records))
    assert result["realised"] == []
    assert sum(int(row["quantity"]) for row in result["tax_lots"]) == sum(purchases)
    cost = sum(round(float(row["cost_basis"]) * 100) for row in result["tax_lots"])
    assert cost == sum(units * (7 + 3 * day) * 100 for day, units in enumerate(purchases, 1))


INHERITED_ON = [
    "2025-06-02",
    "2024-02-29",
    "2025-02-28",
    "2025-03-01",
    "2024-03-01",
    "2025-01-01",
    "0001-12-31",
    "0002-01-01",
]


@pytest.mark.parametrize("on", INHERITED_ON)
def test_what_is_inherited_is_long_at_once_by_the_last_start_that_makes_it_so(on):
    """IRC §1223(9): held for more than one year, so LONG if it is sold on the day of the transfer."""
    day = date.fromisoformat(on)
    bought = trade("B1", "BUY", "30", (day - timedelta(days=9)).isoformat())
    sold = trade("S1", "SELL", "10", on, safekeeping_account="ACC-2")
    result = calculated(bought, transfer(transfer_date=on, new_cost_basis="900"), sold)
    (lot,) = (lot for lot in result["tax_lots"] if lot["safekeeping_account"] == "ACC-2")
    start = date.fromisoformat(lot["holding_period_start"])
    if day.year > 2:
        assert [row["holding_term"] for row in result["realised"]] == ["LONG"]
        assert holding_term(start + timedelta(days=1), day) == "SHORT"
    else:
        assert start == date.min
