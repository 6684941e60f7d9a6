"""US_WASH_SALE: a loss waits in the basis of the shares that replace those sold (IRC §1091, Treas. Reg. §1.1091-1 and -2)."""

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, account, document, event, position, rate
from tests.unit.domain.folds import buy, exercise_of_rights, fold, on, open_lots, opening, realised, sell, split

OLD = buy("A", 100, 0, 10)


def us(*records, **parts):
    return fold(*records, regime="US_WASH_SALE", **parts)


def disallowed(result):
    return realised(result, "closed_by", "lot_id", "disallowed_loss")


def since(result):
    """Open lot -> days before FIRST plus days from it that its holding period started."""
    return {lot.lot_id: lot.holding_period_start.isoformat() for lot in result.lots if lot.quantity}


def test_the_irs_example_of_a_loss_added_to_the_cost_of_the_new_stock():
    """IRS Publication 550, "Wash Sales": 100 shares for 1,000, sold for 750, bought again within 30 days for 800: basis 1,050."""
    result = us(OLD, sell("S", 100, 400, "7.50"), buy("B", 100, 410, 8))
    assert realised(result, "proceeds", "cost_basis", "gain_loss", "disallowed_loss", "holding_term") == [
        ("750.00", "1000.00", "-250.00", "250.00", "LONG")
    ]
    assert open_lots(result) == {"B": ("100", "1050.00")}


def test_the_irs_example_of_fewer_shares_bought_than_sold():
    """Publication 550: 100 for 5,000; 50 and 25 bought within 30 days before they are sold for 4,000: 750 of the 1,000 disallowed."""
    first, second = buy("B1", 50, 85, settlement_amount="2750"), buy("B2", 25, 95, settlement_amount="1125")
    result = us(buy("A", 100, 0, 50), first, second, sell("S", 100, 105, 40))
    assert disallowed(result) == [("S", "A", "750.00")]
    assert open_lots(result) == {"B1": ("50", "3250.00"), "B2": ("25", "1375.00")}


def test_the_regulations_examples_of_basis_and_the_replacements_holding_period():
    """Treas. Reg. §1.1091-2(a): a share for 100, sold for 80; another for 90 has basis 110, for 70 basis 90. §1223(3): 375 days are added."""
    for price, basis in (("90", "110.00"), ("70", "90.00")):
        result = us(buy("A", 1, 0, 100), sell("S", 1, 375, 80), buy("B", 1, 392, price))
        assert (open_lots(result), since(result)) == ({"B": ("1", basis)}, {"B": on(17)})


@pytest.mark.parametrize(("day", "loss"), [(69, "0.00"), (70, "100.00"), (130, "100.00"), (131, "0.00")])
def test_the_window_is_thirty_days_before_and_after(day, loss):
    result = us(OLD, sell("S", 100, 100, 9), buy("B", 100, day, 8))
    assert disallowed(result) == [("S", "A", loss)]


def test_shares_bought_on_the_day_of_the_sale_replace():
    assert disallowed(us(OLD, sell("S", 100, 100, 9), buy("Z", 40, 100, 8))) == [("S", "A", "40.00")]


def test_a_part_of_a_lot_that_replaces_becomes_its_child():
    result = us(OLD, sell("S", 30, 100, 9), buy("B", 100, 110, 8))
    assert open_lots(result) == {"A": ("70", "700.00"), "B": ("70", "560.00"), "B/S": ("30", "270.00")}
    child = next(lot for lot in result.lots if lot.lot_id == "B/S")
    assert (child.parent_lot_id, child.opened_by, child.acquisition_date.isoformat()) == ("B", "S", on(110))
    assert since(result) == {"A": on(0), "B": on(110), "B/S": on(10)}


def test_each_share_bought_replaces_once_for_the_earliest_sale_first():
    result = us(OLD, sell("S1", 50, 100, 9), sell("S2", 50, 101, 8), buy("B", 80, 110, 7), buy("C", 10, 111, 7))
    assert disallowed(result) == [("S1", "A", "50.00"), ("S2", "A", "80.00")]
    assert open_lots(result) == {"B/S1": ("50", "400.00"), "B": ("30", "270.00"), "C": ("10", "90.00")}


def test_shares_bought_are_used_in_the_order_of_acquisition_whatever_the_relief_method():
    records = (OLD, buy("B1", 10, 80, 9), buy("B2", 10, 90, 9))
    result = us(*records, sell("S", 100, 100, 8), method="SPECIFIC")
    assert open_lots(result) == {"B1": ("10", "110.00"), "B2": ("10", "110.00")}
    named = [{"lot_id": "A", "quantity": "10"}]
    result = us(*records, sell("S", 10, 100, 8, quantity_breakdown=named), method="SPECIFIC")
    assert open_lots(result) == {"A": ("90", "900.00"), "B1": ("10", "110.00"), "B2": ("10", "90.00")}


def test_losses_of_one_sale_are_replaced_in_the_order_of_their_acquisition():
    """Treas. Reg. §1.1091-1(b), also where the relief method sells the youngest first."""
    result = us(OLD, buy("A2", 100, 10, 11), sell("S", 200, 100, 9), buy("B", 150, 110, 8), method="LIFO")
    assert sorted(disallowed(result)) == [("S", "A", "100.00"), ("S", "A2", "100.00")]
    assert open_lots(result) == {"B/S": ("100", "900.00"), "B": ("50", "500.00")}


def test_two_parts_of_a_lot_that_replace_in_one_sale_are_two_children():
    result = us(OLD, buy("A2", 100, 10, 11), sell("S", 200, 100, 9), buy("B", 250, 110, 8))
    assert open_lots(result) == {"B": ("50", "400.00"), "B/S": ("100", "900.00"), "B/S.2": ("100", "1000.00")}
    assert since(result) == {"B": on(110), "B/S": on(10), "B/S.2": on(20)}
    three = us(OLD, buy("A2", 1, 10, 11), buy("A3", 1, 20, 12), sell("S", 102, 100, 9), buy("B", 250, 110, 8))
    assert {"B/S", "B/S.2", "B/S.3", "B"} == set(open_lots(three))


def test_shares_that_replaced_once_replace_nothing_again_even_after_a_split():
    records = (OLD, sell("S1", 50, 100, 9), buy("B", 50, 101, 8), split(2, 1, 105), sell("S2", 100, 110, 3))
    assert disallowed(us(*records)) == [("S1", "A", "50.00"), ("S2", "A/CA", "0.00")]


def test_shares_sold_in_that_very_sale_replace_nothing():
    assert disallowed(us(OLD, buy("B", 50, 90, 10), sell("S", 150, 100, 9))) == [("S", "A", "0.00"), ("S", "B", "0.00")]


def test_the_rest_of_the_very_purchase_that_was_sold_replaces_nothing():
    """Rev. Rul. 56-602: neither does the rest of the lot, nor for a part of it that replaced something and is sold itself."""
    assert disallowed(us(OLD, sell("S", 50, 10, 9))) == [("S", "A", "0.00")]
    named = {"quantity_breakdown": [{"lot_id": "B/S", "quantity": "10"}]}
    records = (OLD, sell("S", 10, 100, 9), buy("B", 30, 110, 9), sell("T", 10, 113, 7, **named))
    assert disallowed(us(*records, method="SPECIFIC")) == [("S", "A", "10.00"), ("T", "B/S", "0.00")]


def test_shares_bought_before_the_sale_and_sold_before_it_replace_nothing():
    records = (OLD, buy("B", 50, 90, 10), sell("G", 50, 95, 12, quantity_breakdown=[{"lot_id": "B", "quantity": "50"}]))
    assert disallowed(us(*records, sell("S", 100, 100, 9), method="SPECIFIC"))[1] == ("S", "A", "0.00")


def test_a_loss_goes_on_from_replacement_to_replacement():
    records = (OLD, sell("S1", 100, 100, 9), buy("B", 100, 110, 8), sell("S2", 100, 120, 6), buy("C", 100, 130, 5))
    result = us(*records, sell("S3", 100, 500, 5))
    assert realised(result, "closed_by", "cost_basis", "disallowed_loss") == [
        ("S1", "1000.00", "100.00"), ("S2", "900.00", "300.00"), ("S3", "800.00", "0.00"),
    ]  # fmt: skip
    assert since(us(*records)) == {"C": on(20)}


def test_the_tacked_holding_period_makes_the_replacement_long_term():
    records = (OLD, sell("S", 100, 300, 9), buy("B", 100, 310, 8))
    assert realised(us(*records, sell("T", 100, 375, 9)), "holding_term") == [("SHORT",), ("SHORT",)]
    assert realised(us(*records, sell("T", 100, 376, 9)), "holding_term") == [("SHORT",), ("LONG",)]


def test_a_gain_of_one_lot_does_not_make_up_for_the_loss_of_another():
    result = us(buy("A", 50, 0, 5), buy("A2", 50, 1, 10), sell("S", 100, 100, 8), buy("B", 100, 110, 8))
    assert disallowed(result) == [("S", "A", "0.00"), ("S", "A2", "100.00")]
    assert open_lots(result) == {"B": ("50", "400.00"), "B/S": ("50", "500.00")}


def test_the_parts_of_a_disallowed_loss_add_up_to_it():
    buys = [buy(f"B{n}", 1, 110 + n, 1) for n in range(3)]
    result = us(buy("A", 3, 0, "0", settlement_amount="1.00"), sell("S", 3, 100, 0), *buys)
    assert disallowed(result) == [("S", "A", "1.00")]
    assert open_lots(result) == {"B0": ("1", "1.33"), "B1": ("1", "1.34"), "B2": ("1", "1.33")}


def test_a_split_between_scales_what_is_replaced():
    result = us(OLD, sell("S", 100, 100, 9), buy("B", 30, 101, 9), split(2, 1, 105), buy("C", 140, 110, 4))
    assert disallowed(result) == [("S", "A", "100.00")]
    assert open_lots(result) == {"B/CA": ("60", "300.00"), "C": ("140", "630.00")}


def test_other_securities_and_currencies_replace_nothing():
    other, euro = buy("B", 100, 95, 8, isin=SAP), buy("C", 100, 110, 8, currency="EUR")
    assert disallowed(us(OLD, other, sell("S", 100, 100, 9), buy("D", 100, 111, 8, isin=SAP), euro)) == [
        ("S", "A", "0.00")
    ]


def test_securities_that_came_for_others_without_tax_were_not_acquired():
    terms = {
        "additional_for_existing": {"numerator": "1", "denominator": "1"},
        "isin_out": SAP,
        "cost_basis_allocation": "25",
    }
    spin = event("SOFF", terms, ex_date=on(95), corporate_action_event_id="CA")
    result = us(buy("Z", 10, 0, 10, isin=SAP), buy("A", 100, 90, 10), spin, sell("S", 10, 100, 9, isin=SAP))
    assert disallowed(result) == [("S", "Z", "0.00")]


def test_an_opening_lot_was_acquired_on_its_day():
    lots = [opening("A", 100, "1000.00", 0), opening("B", 10, "50.00", 95), opening("C", 10, "50.00", 110),
            opening("D", 10, "50.00", 131)]  # fmt: skip
    result = us(sell("S", 100, 100, 9), lots=lots)
    assert disallowed(result) == [("S", "A", "20.00")]
    assert open_lots(result) == {"B": ("10", "60.00"), "C": ("10", "60.00"), "D": ("10", "50.00")}


def test_opening_lots_that_name_each_other_as_parents_are_folded_all_the_same():
    lots = [opening("A", 10, "100.00", 0, parent_lot_id="B"), opening("B", 10, "100.00", 0, parent_lot_id="A")]
    assert disallowed(us(sell("S", 10, 10, 9), lots=lots)) == [("S", "A", "0.00")]


def test_a_replacements_holding_period_does_not_start_before_the_first_date_there_is():
    lots = [opening("A", 10, "100.00", 0, acquisition_date="0001-01-05", holding_period_start="0001-01-02")]
    sale = sell("S", 10, 0, 9, trade_date="0001-01-31")
    result = us(sale, buy("B", 10, 0, 9, trade_date="0001-01-28"), lots=lots)
    assert since(result) == {"B": "0001-01-01"}


def test_the_average_method_averages_what_the_replacement_costs_with_the_loss():
    result = us(OLD, sell("S", 50, 100, 8), buy("B", 50, 110, 9), sell("T", 50, 111, 8), method="AVERAGE")
    assert realised(result, "closed_by", "lot_id", "cost_basis") == [("S", "A", "500.00"), ("T", "A", "525.00")]
    assert disallowed(result) == [("S", "A", "100.00"), ("T", "A", "0.00")]
    assert open_lots(result) == {"B": ("50", "525.00")}


def test_a_reinvested_dividend_is_a_purchase():
    options = [
        {"option_number": "001", "is_default_option": True, "option_type": "CASH", "gross_rate": "1", "currency": "USD"},
        {"option_number": "002", "is_default_option": False, "option_type": "SECU", "gross_rate": "1", "currency": "USD",
         "subscription_price": "10", "isin_out": APPLE},
    ]  # fmt: skip
    dates = {"ex_date": on(110), "record_date": on(110), "payment_date": on(120)}
    reinvested = event("DRIP", options=options, mandatory_voluntary="CHOS", **dates)
    election = {"record_type": "election", "election_id": "E", "corporate_action_event_id": "CA-1", "option_number": "002",
                "safekeeping_account": "ACC-1", "quantity": "100"}  # fmt: skip
    records = (account(lot_regime="US_WASH_SALE"), position("100", on(100)), reinvested, election)
    trades = (OLD, buy("Z", 100, 1, 10), sell("S", 100, 100, 9))
    result = calculate_document(document(*records, *trades, rows=(rate("R", "0"),)))
    assert [(row["lot_id"], row["disallowed_loss"]) for row in result["realised"]] == [("A", "10.00")]
    (lot,) = (lot for lot in result["tax_lots"] if lot["opened_by"] == "CA-1")
    assert (lot["quantity"], lot["cost_basis"], lot["holding_period_start"]) == ("10", "110.00", on(10))


def test_shares_subscribed_for_rights_are_a_purchase():
    rights = opening("R", 100, "0.00", 0, isin=TOYOTA)
    result = us(OLD, sell("S", 100, 100, 9), effects=[exercise_of_rights(110)], lots=[rights])
    assert disallowed(result) == [("S", "A", "100.00")]
    assert open_lots(result) == {"R/EX": ("100", "600.00")}


def test_days_without_purchases_do_not_end_the_window():
    records = (OLD, sell("S", 100, 100, 9), buy("X", 1, 129, 8, isin=SAP), buy("B", 100, 130, 8))
    assert disallowed(us(*records)) == [("S", "A", "100.00")]


def test_a_split_of_another_security_scales_no_loss():
    other = split(2, 1, 105) | {"isin": SAP}
    assert disallowed(us(OLD, sell("S", 100, 100, 9), other, buy("B", 50, 110, 8))) == [("S", "A", "50.00")]


def test_an_opening_lot_of_the_day_of_a_split_counts_in_units_after_it():
    lots = [opening("B", 100, "400.00", 110)]
    assert disallowed(us(OLD, sell("S", 100, 100, 9), split(2, 1, 110), lots=lots)) == [("S", "A", "50.00")]


def test_opening_lots_replace_in_the_order_of_acquisition_however_they_are_listed():
    lots = [opening("B", 10, "50.00", 95), opening("C", 10, "50.00", 94), opening("A", 10, "100.00", 0)]
    assert open_lots(us(sell("S", 10, 100, 9), lots=lots)) == {"C": ("10", "60.00"), "B": ("10", "50.00")}


def test_a_holding_period_said_to_start_after_the_sale_adds_no_days():
    lots = [opening("A", 10, "100.00", 0, holding_period_start=on(105))]
    assert since(us(sell("S", 10, 100, 9), buy("B", 10, 110, 8), lots=lots)) == {"B": on(110)}


def test_calculate_tells_what_was_disallowed_and_nothing_outside_the_regime():
    records = (OLD, sell("S", 100, 100, 9), buy("B", 60, 110, 8))
    for regime, expected in (("US_WASH_SALE", "60.00"), (None, None), ("UK_SHARE_MATCHING", None)):
        result = calculate_document(document(account(lot_regime=regime), *records))
        assert {row["disallowed_loss"] for row in result["realised"]} == {expected}, regime
        matched = {"SAME_DAY", "THIRTY_DAYS", "POOL", None} & {row["matched_by"] for row in result["realised"]}
        assert matched == ({"THIRTY_DAYS", "POOL"} if regime == "UK_SHARE_MATCHING" else {None})


def test_what_a_taxable_exchange_sold_at_once_replaces_nothing():
    terms = {"new_to_old": {"numerator": "1", "denominator": "3"}, "isin_out": SAP, "currency": "USD",
             "fraction_disposition": "CINL", "cash_in_lieu_price": "9"}  # fmt: skip
    taxable = event("MRGR", terms, ex_date=on(110), corporate_action_event_id="CA", tax_treatment="TAXABLE",
                    market_prices={SAP: "9"})  # fmt: skip
    result = us(buy("Z", 10, 0, 10, isin=SAP), buy("A", 1, 1, 3), sell("S", 10, 100, 9, isin=SAP), taxable)
    assert disallowed(result) == [("S", "Z", "0.00"), ("CA", "A", "0.00"), ("CA", "A/CA", "0.00")]
    (gone,) = (lot for lot in result.lots if lot.lot_id == "A/CA")
    assert (gone.quantity, gone.holding_period_start.isoformat()) == (0, on(110))
