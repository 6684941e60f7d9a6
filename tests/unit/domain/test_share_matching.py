"""UK_SHARE_MATCHING: same day, then the 30 days after, then the pool (TCGA 1992 s.104-106A)."""

from dataclasses import replace
from fractions import Fraction

import pytest

from domain.corporate_actions import Debit
from tests.unit.domain.facts import SAP, TOYOTA, event
from tests.unit.domain.folds import (
    buy,
    effects_of,
    exercise_of_rights,
    fold,
    on,
    open_lots,
    opening,
    realised,
    sell,
    split,
)

POOL = buy("P", 1000, 0, 4)


def uk(*records, **parts):
    return fold(*records, regime="UK_SHARE_MATCHING", **parts)


def matches(result):
    return realised(result, "closed_by", "lot_id", "matched_by", "quantity", "cost_basis")


def test_shares_of_the_same_day_go_before_those_of_the_next_days_and_the_pool():
    records = (POOL, sell("S", 400, 100, 5), buy("D", 100, 100, 6), buy("L", 150, 130, 3))
    result = uk(*records)
    assert matches(result) == [
        ("S", "D", "SAME_DAY", "100", "600.00"),
        ("S", "P", "POOL", "150", "600.00"),
        ("S", "L", "THIRTY_DAYS", "150", "450.00"),
    ]
    assert realised(result, "proceeds", "date") == [("500.00", on(100)), ("750.00", on(100)), ("750.00", on(100))]
    assert open_lots(result) == {"P": ("850", "3400.00")}


@pytest.mark.parametrize(("day", "rule"), [(130, "THIRTY_DAYS"), (131, "POOL")])
def test_the_thirtieth_day_after_the_disposal_is_the_last(day, rule):
    assert {row[2] for row in matches(uk(POOL, sell("S", 100, 100), buy("L", 100, day, 3)))} == {rule}


def test_shares_bought_before_a_disposal_are_of_the_pool():
    result = uk(POOL, buy("E", 1000, 99, 6), sell("S", 100, 100))
    assert matches(result) == [("S", "P", "POOL", "100", "500.00")]


def test_an_earlier_acquisition_is_matched_first_and_an_earlier_disposal_before_a_later_one():
    records = (POOL, sell("S1", 100, 100), sell("S2", 100, 101), buy("L1", 150, 110, 5), buy("L2", 150, 111, 6))
    assert matches(uk(*records)) == [
        ("S1", "L1", "THIRTY_DAYS", "100", "500.00"),
        ("S2", "L1", "THIRTY_DAYS", "50", "250.00"),
        ("S2", "L2", "THIRTY_DAYS", "50", "300.00"),
    ]


def test_the_same_day_of_a_later_disposal_goes_before_the_thirty_days_of_an_earlier_one():
    """Asked of HMRC in its community forum (March 2023): the sale of day 1 gets the shares of day 5, not those of day 2."""
    records = (buy("B0", 100, 0, 1), buy("B1", 100, 1, 2), sell("S1", 200, 1, 9), buy("B2", 100, 2, 3),
               sell("S2", 100, 2, 9), buy("B5", 100, 5, 4))  # fmt: skip
    result = uk(*records)
    assert matches(result) == [
        ("S1", "B1", "SAME_DAY", "100", "200.00"),
        ("S1", "B5", "THIRTY_DAYS", "100", "400.00"),
        ("S2", "B2", "SAME_DAY", "100", "300.00"),
    ]
    assert open_lots(result) == {"B0": ("100", "100.00")}


def test_the_pool_of_hmrc_helpsheet_284_example_3():
    """1,000 for 4,150 and 500 for 2,130; 700 sold for 3,260: cost 2,930.67. Then 400 of 800 sold for 1,975: cost 1,674.66 or .67."""
    records = (
        buy("B1", 1000, 0, settlement_amount="4150"), buy("B2", 500, 100, settlement_amount="2130"),
        sell("S1", 700, 200, settlement_amount="3260"), sell("S2", 400, 300, settlement_amount="1975"),
    )  # fmt: skip
    cost = {}
    for closed_by, _, rule, _, basis in matches(uk(*records)):
        assert rule == "POOL"
        cost[closed_by] = round(cost.get(closed_by, 0) + float(basis), 2)
    assert cost == {"S1": 2930.67, "S2": 1674.67}
    rows = matches(uk(*records, buy("L", 150, 324, settlement_amount="830")))
    assert [row for row in rows if row[2] == "THIRTY_DAYS"] == [("S2", "L", "THIRTY_DAYS", "150", "830.00")]
    assert [row for row in rows if row[0] == "S2" and row[2] == "POOL"] == [("S2", "B1", "POOL", "250", "1046.67")]


def test_acquisitions_of_one_day_are_one():
    records = (POOL, buy("D1", 100, 100, 2), buy("D2", 300, 100, 6), sell("S1", 100, 100), sell("S2", 100, 100))
    assert matches(uk(*records)) == [
        ("S1", "D1", "SAME_DAY", "100", "500.00"),
        ("S2", "D2", "SAME_DAY", "100", "500.00"),
    ]


def test_acquisitions_of_one_later_day_are_one():
    records = (POOL, sell("S", 200, 90, 7), buy("D1", 100, 100, 2), buy("D2", 300, 100, 6))
    assert matches(uk(*records)) == [
        ("S", "D1", "THIRTY_DAYS", "100", "500.00"),
        ("S", "D2", "THIRTY_DAYS", "100", "500.00"),
    ]


@pytest.mark.parametrize(
    ("new", "old", "bought", "taken", "pool"),
    [(2, 1, 150, "150", ("1950", "3900.00")), (2, 1, 300, "200", ("2000", "4000.00")),
     (1, 2, 60, "50", ("500", "4000.00")) , (3, 2, 90, "90", ("1440", "3840.00"))],
)  # fmt: skip
def test_a_split_between_scales_what_is_matched(new, old, bought, taken, pool):
    result = uk(POOL, sell("S", 100, 100, 5), split(new, old, 105), buy("L", bought, 110, 6))
    (thirty,) = (row for row in matches(result) if row[2] == "THIRTY_DAYS")
    assert thirty[:4] == ("S", "L", "THIRTY_DAYS", taken)
    assert open_lots(result)["P/CA"] == pool


def test_a_split_on_the_day_of_the_acquisition_comes_first_and_on_that_of_the_disposal_too():
    on_acquisition = uk(POOL, sell("S", 100, 100), split(2, 1, 110), buy("L", 200, 110, 6))
    assert matches(on_acquisition) == [("S", "L", "THIRTY_DAYS", "200", "1200.00")]
    on_disposal = uk(POOL, split(2, 1, 100), sell("S", 100, 100), buy("L", 200, 110, 6))
    assert matches(on_disposal) == [("S", "L", "THIRTY_DAYS", "100", "600.00")]


def test_a_split_of_shares_that_are_all_sold_still_scales_them():
    result = uk(buy("P", 100, 0, 4), sell("S", 100, 100), split(2, 1, 105), buy("L", 250, 110, 6))
    assert matches(result) == [("S", "L", "THIRTY_DAYS", "200", "1200.00")]
    assert open_lots(result) == {"P/CA": ("200", "400.00"), "L": ("50", "300.00")}
    assert [lot.parent_lot_id for lot in result.lots if lot.lot_id == "P/CA"] == ["P"]


def test_a_bonus_issue_between_scales_too():
    half = {"additional_for_existing": {"numerator": "1", "denominator": "2"}}
    bonus = event("BONU", half, ex_date=on(105), corporate_action_event_id="CA")
    result = uk(POOL, sell("S", 100, 100), bonus, buy("L", 150, 110, 6))
    assert matches(result) == [("S", "L", "THIRTY_DAYS", "150", "900.00")]
    assert open_lots(result) == {"P/CA": ("1500", "4000.00")}


def test_shares_sold_and_bought_back_get_no_securities_spun_off_between():
    terms = {
        "additional_for_existing": {"numerator": "1", "denominator": "1"},
        "isin_out": SAP,
        "cost_basis_allocation": "25",
    }
    spin = event("SOFF", terms, ex_date=on(105), corporate_action_event_id="CA")
    result = uk(POOL, sell("S", 400, 100), spin, buy("L", 400, 110, 6))
    assert open_lots(result) == {"P": ("1000", "3400.00"), "P/CA": ("600", "600.00")}


def test_what_is_sold_and_bought_back_is_sold_again_in_between_only_if_that_is_bought_back_too():
    records = (buy("P", 100, 0, 4), sell("S", 80, 100), sell("T", 21, 101), sell("U", 20, 102))
    result = uk(*records, buy("L", 200, 110, 6))
    assert matches(result) == [
        ("S", "L", "THIRTY_DAYS", "80", "480.00"),
        ("T", "L", "THIRTY_DAYS", "21", "126.00"),
        ("U", "L", "THIRTY_DAYS", "20", "120.00"),
    ]
    assert open_lots(result) == {"P": ("100", "400.00"), "L": ("79", "474.00")}
    fewer = uk(*records, buy("L", 80, 110, 6))
    assert [(hold.trade, hold.held.reason, hold.short_by) for hold in fewer.holds] == [("T", "insufficient_lots", 1)]
    assert open_lots(fewer) == {"P": ("80", "320.00")}


def test_what_is_bought_back_first_is_what_was_never_held():
    records = (buy("P", 5, 0, 4), sell("S", 8, 100), buy("L1", 3, 105, 6), sell("T", 1, 106), buy("L2", 5, 110, 7))
    (hold,) = uk(*records[:4]).holds
    assert (hold.trade, hold.short_by) == ("T", 1)
    result = uk(*records)
    assert matches(result)[:2] == [("S", "L1", "THIRTY_DAYS", "3", "18.00"), ("S", "L2", "THIRTY_DAYS", "5", "35.00")]
    assert [(hold.trade, hold.short_by) for hold in result.holds] == [("T", 1)]


def test_a_sale_with_shares_of_its_own_day_takes_them_from_an_earlier_one_that_was_ahead_of_them():
    result = uk(buy("P", 1, 0, 4), sell("S", 2, 100), buy("D", 1, 101, 6), sell("T", 2, 101))
    assert [(hold.trade, hold.short_by) for hold in result.holds] == [("S", 1)]
    assert matches(result) == [("T", "D", "SAME_DAY", "1", "6.00"), ("T", "P", "POOL", "1", "4.00")]


@pytest.mark.parametrize(("refused", "covered"), [(sell("S", 4, 100), sell("T", 1, 105, isin=SAP)),
                                                  (sell("S", 4, 100, isin=SAP), sell("T", 1, 101))])  # fmt: skip
def test_a_sale_refused_under_one_isin_leaves_the_purchase_to_a_sale_under_another_of_the_security(refused, covered):
    """s.127: a change of ISIN changes nothing of the asset, whether the sales are after it or before."""
    result = uk(refused, split(1, 1, 102, isin_out=SAP), covered, buy("L", 2, 110, 6, isin=SAP))
    assert [(hold.trade, hold.short_by) for hold in result.holds] == [("S", 4)]
    assert matches(result) == [("T", "L", "THIRTY_DAYS", "1", "6.00")]


def test_a_sale_in_between_costs_the_average_of_the_pool_with_what_comes_back():
    records = (
        buy("P1", 100, 0, 1),
        buy("P2", 100, 1, 3),
        sell("S", 150, 100),
        sell("T", 10, 101),
        buy("L", 150, 110, 9),
    )
    result = uk(*records)
    assert matches(result)[-1] == ("T", "P2", "POOL", "10", "20.00")
    assert sum(lot.cost_basis for lot in result.lots) == 380


def test_shares_bought_back_in_another_currency_are_not_the_same_asset():
    result = uk(POOL, sell("S", 100, 100), buy("L", 100, 110, 3, currency="EUR"))
    assert matches(result) == [("S", "P", "POOL", "100", "400.00")]


def test_shares_of_another_security_are_not_matched():
    result = uk(POOL, sell("S", 100, 100), buy("L", 100, 110, 3, isin=SAP), buy("M", 100, 100, 3, isin=SAP))
    assert matches(result) == [("S", "P", "POOL", "100", "400.00")]


def test_an_opening_lot_is_an_acquisition_of_its_day():
    lots = [opening("P", 1000, "4000.00", 0), opening("L", 50, "100.00", 110), opening("D", 20, "60.00", 100)]
    result = uk(sell("S", 100, 100), lots=lots)
    assert matches(result) == [
        ("S", "D", "SAME_DAY", "20", "60.00"),
        ("S", "P", "POOL", "30", "120.00"),
        ("S", "L", "THIRTY_DAYS", "50", "100.00"),
    ]


def test_a_fraction_sold_by_an_event_takes_no_shares_of_its_day_or_of_the_days_after_it():
    """TCGA 1992 s.122: 45.00 of 45.00 + 12 x 90.00 is 4 % and lowers the cost."""
    reverse = split(1, 8, 100, fraction_disposition="CINL", cash_in_lieu_price="90", currency="USD")
    result = uk(buy("P", 100, 0, 4), reverse, buy("D", 1, 100, 60), buy("L", 1, 120, 70), sell("S", 1, 100))
    assert matches(result) == [("S", "D", "SAME_DAY", "1", "60.00")]
    assert open_lots(result) == {"P/CA": ("12", "355.00"), "L": ("1", "70.00")}


def test_a_fraction_that_is_dropped_leaves_its_cost_with_the_pool_whatever_was_bought_on_its_day():
    reverse = split(1, 8, 100, fraction_disposition="RDDN")
    result = uk(buy("P", 4, 0, 4), reverse, buy("D", 1, 100, 60))
    assert realised(result, "closed_by", "matched_by", "quantity", "proceeds", "cost_basis") == [
        ("CA", None, "0.5", "0.00", "16.00")
    ]
    assert open_lots(result) == {"D": ("1", "60.00")}


def test_a_fraction_of_a_taxable_exchange_is_sold_at_its_own_cost_and_not_to_match_with():
    terms = {"new_to_old": {"numerator": "1", "denominator": "8"}, "isin_out": SAP, "currency": "USD"}
    terms |= {"fraction_disposition": "CINL", "cash_in_lieu_price": "90"}
    exchange = event("MRGR", terms, ex_date=on(100), corporate_action_event_id="CA", **SOLD)
    result = uk(buy("P", 100, 0, 4), buy("Q", 20, 0, 5, isin=SAP), sell("S", 15, 99, 9, isin=SAP), exchange)
    assert matches(result) == [
        ("S", "Q", "POOL", "3", "15.00"),
        ("S", "P/CA", "THIRTY_DAYS", "12", "108.00"),
        ("CA", "P", "POOL", "100", "400.00"),
        ("CA", "P/CA", None, "0.5", "4.50"),
    ]


def test_a_lot_that_a_disposal_before_it_takes_closes_on_the_day_it_opened():
    result = uk(POOL, sell("S", 100, 100), buy("L", 100, 110))
    (closed,) = (lot for lot in result.lots if lot.closed_at)
    assert (closed.lot_id, closed.closed_at.isoformat()) == ("L", on(110))


def test_the_accounts_relief_method_does_not_matter():
    records = (POOL, buy("E", 1000, 50, 6), sell("S", 100, 100), buy("L", 30, 110))
    assert {uk(*records, method=method) for method in ("FIFO", "LIFO", "HIFO", "SPECIFIC", "AVERAGE")} == {uk(*records)}


def test_splits_one_after_the_other_and_several_acquisitions_scale_what_is_matched():
    splits = (split(2, 1, 103, "CA"), split(3, 1, 105, "CB"))
    result = uk(POOL, sell("S", 100, 100), buy("K", 50, 104, 1), *splits, buy("L", 600, 110, 6), buy("M", 600, 111, 6))
    assert matches(result) == [
        ("S", "K", "THIRTY_DAYS", "50", "50.00"),
        ("S", "L", "THIRTY_DAYS", "450", "2700.00"),
    ]


def test_a_split_scales_no_other_security():
    other = split(2, 1, 105, "CA") | {"isin": SAP}
    result = uk(POOL, sell("S", 100, 100), other, buy("L", 100, 110, 6))
    assert open_lots(result) == {"P": ("1000", "4000.00")}


ONE_FOR_ONE = {"new_to_old": {"numerator": "1", "denominator": "1"}, "isin_out": SAP, "currency": "USD"}
SOLD = {"tax_treatment": "TAXABLE", "market_prices": {SAP: "9"}}
TAXABLE = event("MRGR", ONE_FOR_ONE, ex_date=on(100), corporate_action_event_id="CA", **SOLD)


def test_lots_that_one_event_disposes_of_one_by_one_are_matched_one_after_the_other():
    result = uk(buy("P", 60, 0, 4), buy("Q", 40, 1, 4), TAXABLE, buy("K", 70, 110, 6), buy("L", 10, 111, 7))
    assert matches(result) == [
        ("CA", "Q", "POOL", "20", "80.00"),
        ("CA", "K", "THIRTY_DAYS", "60", "360.00"),
        ("CA", "K", "THIRTY_DAYS", "10", "60.00"),
        ("CA", "L", "THIRTY_DAYS", "10", "70.00"),
    ]


def test_shares_of_a_rights_issue_are_no_acquisition():
    """TCGA 1992 s.127 and s.128: they are part of the holding."""
    rights = opening("R", 100, "0.00", 0, isin=TOYOTA, parent_lot_id="P")
    result = uk(POOL, sell("S", 100, 100), effects=[exercise_of_rights(110)], lots=[rights])
    assert matches(result) == [("S", "P", "POOL", "100", "400.00")]
    assert {lot.acquisition_date.isoformat() for lot in result.lots} == {on(0)}


def test_shares_taken_up_by_rights_that_were_bought_are_an_acquisition():
    result = uk(POOL, sell("S", 100, 100), buy("R", 100, 105, 1, isin=TOYOTA), effects=[exercise_of_rights(110)])
    assert matches(result) == [("S", "R/EX", "THIRTY_DAYS", "100", "600.00")]


def test_an_opening_lot_split_off_another_is_an_acquisition_like_that():
    lots = [
        opening("P", 1000, "4000.00", 0),
        opening("L", 10, "20.00", 110),
        opening("L/X", 5, "10.00", 110, parent_lot_id="L"),
    ]
    rows = matches(uk(sell("S", 100, 100), lots=lots))
    assert [row[1:4] for row in rows] == [("P", "POOL", "85"), ("L", "THIRTY_DAYS", "10"), ("L/X", "THIRTY_DAYS", "5")]


def test_an_opening_lot_that_is_closed_is_no_acquisition():
    lots = [opening("P", 1000, "4000.00", 0), opening("L", 10, "20.00", 110, closed_at=on(112))]
    assert matches(uk(sell("S", 100, 100), lots=lots)) == [("S", "P", "POOL", "100", "400.00")]


def test_a_split_that_could_not_be_applied_scales_nothing():
    reverse = split(1, 2, 105, fraction_disposition="CINL")
    result = uk(buy("P", 101, 0, 4), sell("S", 50, 100), reverse, buy("L", 50, 110, 6))
    assert [hold.held.field for hold in result.holds] == ["options.cash_in_lieu_price"]
    assert matches(result) == [("S", "L", "THIRTY_DAYS", "50", "300.00")]


(SPLIT,) = effects_of(split(2, 1, 105))


@pytest.mark.parametrize(
    ("effect", "units"),
    [
        (SPLIT, "200"),
        (replace(SPLIT, share=Fraction(1, 2)), "100"),
        (replace(SPLIT, taxable=True), "100"),
        (replace(SPLIT, outturn=replace(SPLIT.outturn, accepted=Fraction(1, 2))), "100"),
        (replace(SPLIT, outturn=replace(SPLIT.outturn, debit=Debit.ACCEPTED)), "100"),
        (replace(SPLIT, outturn=replace(SPLIT.outturn, cash=Fraction(1))), "100"),
    ],
)
def test_only_a_split_of_all_shares_for_nothing_else_scales_what_is_matched(effect, units):
    result = uk(buy("P", 100, 0, 4), sell("S", 100, 100), buy("L", 300, 110, 6), effects=[effect])
    assert [row[1:4] for row in matches(result)] == [("L", "THIRTY_DAYS", units)]
