"""Short sales: what closes them gains what they were sold for less what that cost, and a book with every sign turned gives the same."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, account, document, event
from tests.unit.domain.folds import buy, fold, on, open_lots, opening, realised, sell, split
from tests.unit.domain.test_transfers import transfer

METHODS = ("FIFO", "LIFO", "HIFO", "SPECIFIC", "AVERAGE")
dealings = st.lists(
    st.tuples(st.sampled_from([buy, sell]), st.integers(1, 9), st.integers(1, 1200)), min_size=1, max_size=12
)
splits = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 3), st.integers(1, 3)), max_size=2)


def dealt(rows, turned=False):
    """A trade a day, so that no order within a day matters; `turned`: sales for purchases."""
    other = {buy: sell, sell: buy}
    return [
        (other[side] if turned else side)(f"T{day:02}", units, day, Decimal(cents) / 100)
        for day, (side, units, cents) in enumerate(rows)
    ]


def scaled(given_splits):
    return [split(new, old, day, f"CA-{number}") for number, (day, new, old) in enumerate(given_splits)]


def gains(result):
    return sum((row.proceeds - row.cost_basis for row in result.realised), Decimal(0))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40, deadline=None)
@given(rows=dealings, given_splits=splits)
def test_what_was_gained_and_what_is_open_are_what_was_sold_less_what_was_bought(method, rows, given_splits):
    result = fold(*dealt(rows), *scaled(given_splits), method=method, shorts=True)
    assert result.holds == ()
    cash = sum((units * Decimal(cents) / 100 * (1 if side is sell else -1) for side, units, cents in rows), Decimal(0))
    assert gains(result) - sum(lot.cost_basis for lot in result.lots) == cash


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40, deadline=None)
@given(rows=dealings)
def test_a_short_that_is_closed_entirely_gains_its_proceeds_less_its_cost(method, rows):
    owed = sum((units if side is buy else -units for side, units, _ in rows), 0)
    closing = [(buy if owed < 0 else sell, abs(owed), 500)] if owed else []
    result = fold(*dealt([*rows, *closing]), method=method, shorts=True)
    assert open_lots(result) == {}
    cash = sum(
        (Decimal(units * cents) * (1 if side is sell else -1) for side, units, cents in [*rows, *closing]), Decimal(0)
    )
    assert gains(result) * 100 == cash
    assert all(row.holding_term == "SHORT" for row in result.realised if row.quantity < 0)


@pytest.mark.parametrize("method", ["FIFO", "LIFO", "SPECIFIC", "AVERAGE"])
@settings(max_examples=40, deadline=None)
@given(rows=dealings, given_splits=splits)
def test_a_book_with_every_sign_turned_stays_turned_across_splits(method, rows, given_splits):
    straight, turned = (
        fold(*dealt(rows, turn), *scaled(given_splits), method=method, shorts=True) for turn in (False, True)
    )
    assert [(lot.lot_id, lot.quantity, lot.cost_basis) for lot in straight.lots] == [
        (lot.lot_id, -lot.quantity, -lot.cost_basis) for lot in turned.lots
    ]
    assert [(row.quantity, row.proceeds, row.cost_basis) for row in straight.realised] == [
        (-row.quantity, row.cost_basis, row.proceeds) for row in turned.realised
    ]


def test_an_average_basis_below_zero_is_shared_out_by_units():
    paid = event("CAPD", {"gross_rate": "15", "currency": "USD"}, ex_date=on(3))
    result = fold(sell("S1", 10, 0), sell("S2", 30, 1), paid, buy("B1", 20, 5), method="AVERAGE", shorts=True)
    assert open_lots(result) == {"S2": ("-20", "100.00")}
    assert realised(result, "lot_id", "quantity", "proceeds", "cost_basis") == [
        ("S1", "-10", "-50.00", "100.00"),
        ("S2", "-10", "-50.00", "100.00"),
    ]


NAMED = {"quantity_breakdown": [{"lot_id": "S1", "quantity": "3"}]}
REFUSED = {
    "names a lot that is owed less of": (buy("B1", 3, 5, quantity_breakdown=[{"lot_id": "S2", "quantity": "3"}]), "insufficient_lots"),
    "in another currency": (buy("B1", 3, 5, currency="EUR"), "currency_mismatch"),
    "of the number of a lot that is owed": (buy("S1", 30, 5), "duplicate_lot_id"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_purchase_that_cannot_close_what_it_should_is_refused_whole(name):
    bought, reason = REFUSED[name]
    result = fold(sell("S1", 5, 0), sell("S2", 2, 1), bought, method="SPECIFIC", shorts=True)
    assert [(hold.trade, hold.held.reason) for hold in result.holds] == [(bought["trade_id"], reason)]
    assert open_lots(result) == {"S1": ("-5", "-50.00"), "S2": ("-2", "-20.00")}


def test_a_purchase_that_names_what_it_closes_closes_that():
    result = fold(sell("S0", 5, 0), sell("S1", 5, 1), buy("B1", 3, 5, **NAMED), method="SPECIFIC", shorts=True)
    assert open_lots(result) == {"S0": ("-5", "-50.00"), "S1": ("-2", "-20.00")}


def test_a_sale_that_names_lots_sells_nothing_short():
    named = [{"lot_id": "B1", "quantity": "4"}]
    result = fold(buy("B1", 3, 0), sell("S1", 4, 1, quantity_breakdown=named), method="SPECIFIC", shorts=True)
    assert [(hold.held.reason, hold.short_by) for hold in result.holds] == [("insufficient_lots", Fraction(1))]


@pytest.mark.parametrize("regime", ["UK_SHARE_MATCHING", "US_WASH_SALE"])
def test_a_regime_refuses_a_short_sale_and_says_so(regime):
    (hold,) = fold(sell("S1", 5, 0), regime=regime, shorts=True).holds
    assert (hold.held.reason, hold.short_by) == ("insufficient_lots", Fraction(5))
    assert hold.held.detail.endswith(f"short by 5, and {regime} does not cover short sales")


def test_a_lottery_takes_no_lot_that_is_owed():
    terms = {"option_type": "CASH", "cash_price_received": "100", "drawn_quantity": "5", "currency": "USD"}
    result = fold(sell("S1", 5, 0), event("DRAW", terms, ex_date=on(3)), shorts=True)
    assert [(hold.held.reason, hold.held.field) for hold in result.holds] == [
        ("lots_not_adjusted", "options.drawn_quantity")
    ]
    assert open_lots(result) == {"S1": ("-5", "-50.00")}


def test_what_is_owed_is_not_transferred():
    records = [account(short_positions=True), account("ACC-2"), sell("S1", 40, 0), transfer()]
    result = calculate_document(document(*records))
    assert [(row["record"], row["reason"]) for row in result["rejected"]] == [("transfer", "insufficient_lots")]


@pytest.mark.parametrize(
    ("changes", "lot", "reason", "field"),
    [
        ({}, {}, None, None),
        ({"short_positions": False}, {}, "short_not_allowed", "quantity"),
        ({"lot_regime": "US_WASH_SALE"}, {}, "short_not_allowed", "quantity"),
        ({}, {"quantity": "5"}, "negative_basis", "cost_basis"),
    ],
)
def test_an_opening_lot_below_zero_is_read_where_shorts_are_allowed(changes, lot, reason, field):
    lots = [opening("L1", -5, "-50", 0) | lot]
    result = calculate_document(document(account(**{"short_positions": True} | changes), lots=lots))
    assert [(row["reason"], row["field"]) for row in result["rejected"]] == ([(reason, field)] if reason else [])
    assert [row["cost_basis"] for row in result["tax_lots"]] == ([] if reason else ["-50.00"])


def test_a_lot_of_a_third_of_a_unit_owed_is_read_as_it_was_written():
    result = fold(sell("S1", 1, 0), split(1, 3, 1), shorts=True)
    row = next(lot.to_json() for lot in result.lots if lot.closed_at is None)
    assert (row["isin"], row["quantity_ratio"]) == (APPLE, {"numerator": "-1", "denominator": "3"})
    again = fold(lots=[row], shorts=True)
    assert again.lots == (next(lot for lot in result.lots if lot.closed_at is None),)
