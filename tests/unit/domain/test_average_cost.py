"""AVERAGE: what is relieved costs the pool's average, and the oldest shares go first."""

import pytest

from tests.unit.domain.facts import SAP
from tests.unit.domain.folds import buy, fold, on, open_lots, opening, realised, sell, split

BUYS = (buy("B1", 100, 0, 10), buy("B2", 100, 10, 13), buy("B3", 100, 20, 16))


def test_a_sale_relieves_the_pools_average_and_leaves_it_in_the_lots_that_stay():
    result = fold(*BUYS, sell("S", 150, 30, 20), method="AVERAGE")
    assert realised(result, "lot_id", "quantity", "proceeds", "cost_basis") == [
        ("B1", "100", "2000.00", "1300.00"),
        ("B2", "50", "1000.00", "650.00"),
    ]
    assert open_lots(result) == {"B2": ("50", "650.00"), "B3": ("100", "1300.00")}


def test_shares_bought_after_a_sale_do_not_change_what_it_cost():
    result = fold(buy("B1", 100, 0, 10), sell("S", 50, 1), buy("B2", 100, 2, 40), sell("T", 75, 3), method="AVERAGE")
    assert realised(result, "closed_by", "lot_id", "cost_basis") == [
        ("S", "B1", "500.00"), ("T", "B1", "1500.00"), ("T", "B2", "750.00"),
    ]  # fmt: skip


def test_an_opening_lot_of_a_later_day_is_not_in_the_pool_yet():
    result = fold(buy("B1", 10, 0, 10), sell("S", 5, 1), method="AVERAGE", lots=[opening("L", 10, "900.00", 2)])
    assert open_lots(result) == {"B1": ("5", "50.00"), "L": ("10", "900.00")}


def test_the_rounding_stays_in_the_pool_and_no_share_of_it_is_below_zero():
    buys = [buy(f"B{n}", 1, n, "0", settlement_amount=amount) for n, amount in enumerate(["0.03", "0", "0", "0", "0"])]
    result = fold(*buys, sell("S", 1, 9, "1"), method="AVERAGE")
    assert realised(result, "cost_basis") == [("0.01",)]
    assert list(open_lots(result).values()) == [("1", "0.01"), ("1", "0.01"), ("1", "0.00"), ("1", "0.00")]


def test_the_last_shares_take_all_that_is_left():
    buys = (buy("B1", 3, 0, "0", settlement_amount="100"), buy("B2", 4, 0, "0", settlement_amount="100"))
    result = fold(*buys, sell("S", 2, 1), sell("T", 5, 2), method="AVERAGE")
    assert realised(result, "closed_by", "lot_id", "cost_basis") == [
        ("S", "B1", "57.14"), ("T", "B1", "28.57"), ("T", "B2", "114.29"),
    ]  # fmt: skip
    assert [(lot.quantity, str(lot.cost_basis)) for lot in result.lots] == [(0, "0.00"), (0, "0.00")]


def test_the_holding_term_is_that_of_the_lot_the_shares_are_counted_in():
    result = fold(buy("B1", 10, 0), buy("B2", 10, 300), sell("S", 20, 400), method="AVERAGE")
    assert realised(result, "lot_id", "holding_term") == [("B1", "LONG"), ("B2", "SHORT")]


def test_a_fraction_sold_for_cash_costs_the_average_too():
    reverse = split(1, 8, 20, fraction_disposition="CINL", cash_in_lieu_price="90", currency="USD")
    result = fold(buy("B1", 50, 0, 10), buy("B2", 50, 1, 30), reverse, method="AVERAGE")
    assert realised(result, "lot_id", "quantity", "cost_basis") == [("B1/CA", "0.5", "80.00")]
    assert open_lots(result) == {"B1/CA": ("5.75", "920.00"), "B2/CA": ("6.25", "1000.00")}


def test_securities_do_not_share_a_pool():
    result = fold(BUYS[0], buy("X", 100, 0, 50, isin=SAP), sell("S", 50, 1), method="AVERAGE")
    assert open_lots(result) == {"X": ("100", "5000.00"), "B1": ("50", "500.00")}


@pytest.mark.parametrize(("method", "refused"), [("AVERAGE", ["S"]), ("FIFO", [])])
def test_a_pool_has_one_currency(method, refused):
    result = fold(buy("B1", 10, 0), buy("B2", 10, 1, currency="EUR"), sell("S", 5, 2), method=method)
    assert [(hold.trade, hold.held.reason) for hold in result.holds] == [(s, "currency_mismatch") for s in refused]


def test_a_fraction_of_lots_in_one_currency_leaves_the_other_currencys_pool_alone():
    euro = opening("B2", 100, "4000.00", 20, currency="EUR")
    reverse = split(1, 8, 20, fraction_disposition="CINL", cash_in_lieu_price="90", currency="USD")
    result = fold(buy("B1", 100, 0, 10), reverse, method="AVERAGE", lots=[euro])
    assert open_lots(result) == {"B1/CA": ("12", "960.00"), "B2": ("100", "4000.00")}


def test_the_youngest_lot_of_the_pool_takes_the_rounding():
    buys = [buy(name, 1, day, "0", settlement_amount="0.01" if day else "0") for day, name in enumerate("CBA0")]
    result = fold(*buys, sell("S", 1, 9, "1"), method="AVERAGE")
    assert open_lots(result) == {"B": ("1", "0.01"), "A": ("1", "0.01"), "0": ("1", "0.00")}


def test_a_lot_that_is_named_with_nothing_of_it_has_no_realised_row():
    named = [{"lot_id": "B1", "quantity": "0"}, {"lot_id": "B2", "quantity": "5"}]
    result = fold(*BUYS, sell("S", 5, 30, 20, quantity_breakdown=named), method="SPECIFIC")
    assert realised(result, "lot_id", "quantity") == [("B2", "5")]


@pytest.mark.parametrize("method", ["FIFO", "LIFO", "HIFO", "AVERAGE"])
def test_a_pool_changes_nothing_for_whole_disposals(method):
    result = fold(*BUYS, sell("S", 300, 30, 20), method=method)
    assert sorted(realised(result, "lot_id", "date")) == [("B1", on(30)), ("B2", on(30)), ("B3", on(30))]
    assert sum(row.cost_basis for row in result.realised) == 3900
