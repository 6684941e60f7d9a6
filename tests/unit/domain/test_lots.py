from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.lots.lot import holding_term
from tests.unit.domain.facts import account, document, event, trade


def calculate(*records, **parts):
    return calculate_document(document(*records, **parts))


def open_lots(result):
    return {
        lot["lot_id"]: (lot["quantity"], lot["cost_basis"]) for lot in result["tax_lots"] if lot["closed_at"] is None
    }


def realised(result):
    return [
        (row["lot_id"], row["quantity"], row["proceeds"], row["cost_basis"], row["gain_loss"])
        for row in result["realised"]
    ]


BUYS = (
    trade("B1", "BUY", "100", "2025-01-10", "10"),
    trade("B2", "BUY", "100", "2025-02-10", "30"),
    trade("B3", "BUY", "100", "2025-03-10", "20"),
)


@pytest.mark.parametrize(("method", "first"), [("FIFO", "B1"), ("LIFO", "B3"), ("HIFO", "B2")])
def test_a_sale_relieves_lots_in_the_order_of_the_accounts_method(method, first):
    result = calculate(account(relief_method=method), *BUYS, trade("S1", "SELL", "50", "2025-04-01", "25"))
    assert [row[0] for row in realised(result)] == [first]


def test_specific_relieves_the_lots_that_the_trade_names():
    named = [{"lot_id": "B3", "quantity": "10"}, {"lot_id": "B1", "quantity": "5"}]
    sale = trade("S1", "SELL", "15", "2025-04-01", "25", quantity_breakdown=named)
    result = calculate(account(relief_method="SPECIFIC"), *BUYS, sale)
    assert {row[0]: row[1] for row in realised(result)} == {"B1": "5", "B3": "10"}


def test_lots_are_relieved_in_acquisition_order_whatever_the_feed_order():
    result = calculate(account(), trade("S1", "SELL", "150", "2025-04-01", "25"), *reversed(BUYS))
    assert realised(result) == [
        ("B1", "100", "2500.00", "1000.00", "1500.00"),
        ("B2", "50", "1250.00", "1500.00", "-250.00"),
    ]
    assert open_lots(result) == {"B2": ("50", "1500.00"), "B3": ("100", "2000.00")}


def test_the_remainder_of_a_lot_keeps_the_rounding_of_its_basis():
    result = calculate(
        account(),
        trade("B", "BUY", "3", "2025-01-01", "10", settlement_amount="100"),
        trade("S", "SELL", "1", "2025-01-02"),
    )
    assert realised(result)[0][3] == "33.33"
    assert open_lots(result) == {"B": ("2", "66.67")}


def test_an_oversell_is_refused_whole_and_it_alone():
    result = calculate(
        account(), BUYS[0], trade("S1", "SELL", "101", "2025-04-01"), trade("S2", "SELL", "60", "2025-04-02")
    )
    assert [(entry["record_id"], entry["reason"]) for entry in result["rejected"]] == [("S1", "insufficient_lots")]
    assert result["rejected"][0]["short_by"] == "1"
    assert open_lots(result) == {"B1": ("40", "400.00")}


def test_a_cancelled_trade_leaves_no_lot():
    cancel = {
        "record_type": "trade",
        "trade_id": "B1",
        "safekeeping_account": "ACC-1",
        "function": "CANC",
        "sequence": 1,
    }
    assert open_lots(calculate(account(), *BUYS, cancel)).keys() == {"B2", "B3"}


def test_a_split_adjusts_each_lot_bought_before_its_ex_date_with_lineage():
    split = event("SPLF", {"new_to_old": {"numerator": "4", "denominator": "1"}}, ex_date="2025-03-10")
    result = calculate(account(), *BUYS, split)
    assert open_lots(result) == {"B1/CA-1": ("400", "1000.00"), "B2/CA-1": ("400", "3000.00"), "B3": ("100", "2000.00")}
    child = next(lot for lot in result["tax_lots"] if lot["lot_id"] == "B1/CA-1")
    assert (child["parent_lot_id"], child["acquisition_date"], child["opened_by"]) == ("B1", "2025-01-10", "CA-1")


def test_an_opening_lot_acquired_on_the_ex_date_is_not_split():
    split = event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}}, ex_date="2025-03-10")
    lot = {
        "safekeeping_account": "ACC-1",
        "isin": split["isin"],
        "quantity": "5",
        "cost_basis": "50",
        "currency": "USD",
    }
    opening = [{"lot_id": day, "acquisition_date": day} | lot for day in ("2025-03-09", "2025-03-10")]
    result = calculate(account(), split, lots=opening)
    assert open_lots(result) == {"2025-03-09/CA-1": ("10", "50.00"), "2025-03-10": ("5", "50.00")}


def test_a_bonus_issue_adds_to_each_lot_and_keeps_its_basis():
    bonus = event("BONU", {"additional_for_existing": {"numerator": "1", "denominator": "2"}})
    assert open_lots(calculate(account(), BUYS[0], bonus)) == {"B1/CA-1": ("150", "1000.00")}


def test_a_fraction_sold_for_cash_is_relieved_as_a_sale():
    option = {
        "new_to_old": {"numerator": "1", "denominator": "8"},
        "fraction_disposition": "CINL",
        "cash_in_lieu_price": "90",
        "currency": "USD",
    }
    result = calculate(account(), BUYS[0], event("SPLR", option))
    assert realised(result) == [("B1/CA-1", "0.5", "45.00", "40.00", "5.00")]
    assert open_lots(result) == {"B1/CA-1": ("12", "960.00")}


def test_quantities_survive_a_chain_of_splits_exactly():
    third = event(
        "SPLR",
        {"new_to_old": {"numerator": "1", "denominator": "3"}, "fraction_disposition": "DIST"},
        ex_date="2025-05-01",
    )
    back = event(
        "SPLF",
        {"new_to_old": {"numerator": "3", "denominator": "1"}, "fraction_disposition": "DIST"},
        ex_date="2025-06-01",
        corporate_action_event_id="CA-2",
    )
    assert open_lots(calculate(account(), BUYS[0], third, back)) == {"B1/CA-1/CA-2": ("100", "1000.00")}


@pytest.mark.parametrize(
    ("start", "sold", "term"),
    [
        ("2025-01-10", "2026-01-10", "SHORT"),
        ("2025-01-10", "2026-01-11", "LONG"),
        ("2024-02-28", "2025-02-28", "SHORT"),
        ("2024-02-28", "2025-03-01", "LONG"),
    ],
)
def test_a_holding_is_long_from_the_day_after_acquisition_plus_one_year_on(start, sold, term):
    assert holding_term(date.fromisoformat(start), date.fromisoformat(sold)) == term


positive = st.integers(1, 10**6)
dispositions = st.sampled_from(["CINL", "RDDN", "DIST"])


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=5), positive, positive, dispositions, st.randoms())
def test_every_split_conserves_quantity_and_basis(buys, numerator, denominator, disposition, random):
    records = [
        trade(f"B{index}", "BUY", str(quantity), "2025-01-02", str(price))
        for index, (quantity, price) in enumerate(buys)
    ]
    option = {"new_to_old": {"numerator": str(numerator), "denominator": str(denominator)}}
    option |= {"fraction_disposition": disposition, "cash_in_lieu_price": "1", "currency": "USD"}
    records.append(event("SPLF", option))
    random.shuffle(records)
    result = calculate(account(), *records)
    basis = sum(Decimal(lot["cost_basis"]) for lot in result["tax_lots"]) + sum(
        Decimal(row["cost_basis"]) for row in result["realised"]
    )
    assert basis == sum(quantity * price for quantity, price in buys)
    exact = Fraction(sum(quantity for quantity, _ in buys) * numerator, denominator)
    held = sum(_quantity(lot) for lot in result["tax_lots"])
    assert held == (exact if disposition == "DIST" else exact.numerator // exact.denominator)


def _quantity(lot):
    ratio = lot["quantity_ratio"]
    return Fraction(int(ratio["numerator"]), int(ratio["denominator"])) if ratio else Fraction(lot["quantity"])


@given(
    st.permutations(
        [
            *BUYS,
            trade("S1", "SELL", "120", "2025-02-20"),
            trade("S2", "SELL", "30", "2025-03-10"),
            event("BONU", {"additional_for_existing": {"numerator": "1", "denominator": "3"}}, ex_date="2025-02-15"),
        ]
    )
)
def test_any_feed_order_gives_the_same_lots(records):
    assert open_lots(calculate(account(), *records)) == {
        "B2/CA-1": ("116", "2610.00"),
        "B3": ("100", "2000.00"),
    }
