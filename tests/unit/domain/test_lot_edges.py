"""Edges of the lots: what a refused trade or opening lot is told in words, and a fraction that is dropped with nothing left to take its basis."""

from datetime import date
from itertools import permutations

import pytest

from domain.calculation import calculate_document
from domain.lots.lot import holding_term, read_lot
from domain.records import RecordError
from tests.unit.domain.facts import APPLE, SAP, account, document, event, position, trade
from tests.unit.domain.folds import buy, fold, open_lots, opening, realised, sell, split
from tests.unit.domain.test_share_matching import TAXABLE, matches, uk

BOUGHT = trade("T-1", "BUY", "5", "2026-01-05", price="10")
LOT = {
    "lot_id": "L-1", "parent_lot_id": "L-0", "safekeeping_account": "ACC-1", "isin": APPLE, "acquisition_date": "2025-01-02",
    "holding_period_start": "2024-01-02", "quantity": "0.333333333333", "quantity_ratio": {"numerator": "1", "denominator": "3"},
    "cost_basis": "12.30", "currency": "USD", "opened_by": "CA-0", "closed_at": None,
}  # fmt: skip


def refused(*records, **parts):
    rows = calculate_document(document(account(), *records, **parts))["rejected"]
    return [(row["record"], row["record_id"], row["field"], row["reason"], row["detail"]) for row in rows]


def test_a_sale_beyond_the_open_quantity_says_how_much_is_short():
    sold = trade("T-2", "SELL", "7.5", "2026-01-06")
    detail = f"the open lots of {APPLE} are short by 2.5"
    assert refused(BOUGHT, sold) == [("trade", "T-2", "quantity", "insufficient_lots", detail)]


def test_a_sale_of_named_lots_says_which_lack_how_much():
    named = [{"lot_id": "T-1", "quantity": "1"}, {"lot_id": "T-9", "quantity": "2.5"}]
    sold = trade("T-2", "SELL", "3.5", "2026-01-06", quantity_breakdown=named)
    detail = f"the open lots of {APPLE} are short by 2.5: lot T-9 has 0 of 2.5"
    rows = calculate_document(document(account(relief_method="SPECIFIC"), BOUGHT, sold))["rejected"]
    assert [row["detail"] for row in rows] == [detail]


def test_a_sale_in_another_currency_than_its_lot_says_so():
    sold = trade("T-2", "SELL", "1", "2026-01-06", currency="EUR")
    detail = "lot T-1 is in USD, and no exchange rate says what it realises"
    assert refused(BOUGHT, sold) == [("trade", "T-2", "currency", "currency_mismatch", detail)]


def test_a_buy_with_the_id_of_a_lot_says_so():
    assert refused(trade("L-1", "BUY", "5", "2026-01-05"), lots=[LOT]) == [
        ("trade", "L-1", "trade_id", "duplicate_lot_id", "a lot L-1 is there already")
    ]


def test_an_opening_lot_reads_as_it_is_written():
    assert read_lot(LOT).to_json() == LOT
    bare = {
        name: LOT[name]
        for name in ("lot_id", "safekeeping_account", "isin", "acquisition_date", "cost_basis", "currency")
    }
    defaults = {
        "parent_lot_id": None,
        "holding_period_start": "2025-01-02",
        "opened_by": "OPENING",
        "quantity_ratio": None,
        "closed_at": None,
    }
    assert read_lot(bare | {"quantity": "4"}).to_json() == bare | {"quantity": "4"} | defaults


@pytest.mark.parametrize(
    ("raw", "reason", "field", "detail"),
    [
        ([], "not_an_object", "", "a lot is one JSON object"),
        (LOT | {"quantity_ratio": {"numerator": "1", "denominator": "0"}}, "zero_ratio", "quantity_ratio.denominator", "numerator and denominator must be above zero"),
        (LOT | {"cost_basis": "12.345"}, "below_minor_unit", "cost_basis", "12.345 has more places than USD's minor unit"),
        (LOT | {"currency": "JPY"}, "below_minor_unit", "cost_basis", "12.30 has more places than JPY's minor unit"),
        (LOT | {"isin": None}, "missing_field", "isin", "isin is required"),
    ],
)  # fmt: skip
def test_a_faulty_opening_lot_is_refused_in_words(raw, reason, field, detail):
    with pytest.raises(RecordError) as fault:
        read_lot(raw)
    assert (fault.value.reason, fault.value.field, fault.value.detail) == (reason, field, detail)


def consolidation(disposition, **priced):
    terms = {"new_to_old": {"numerator": "1", "denominator": "10"}, "fraction_disposition": disposition} | priced
    return event("SPLR", terms, ex_date="2026-03-16")


def test_a_holding_that_a_consolidation_drops_whole_is_a_loss_of_its_basis():
    """5 shares at 10 become half a share, of which RDDN leaves nothing."""
    result = calculate_document(document(account(), position("5"), BOUGHT, consolidation("RDDN")))
    (row,) = result["realised"]
    told = {
        name: row[name]
        for name in ("quantity", "proceeds", "cost_basis", "gain_loss", "closed_by", "holding_term", "date")
    }
    assert told == {
        "quantity": "0.5", "proceeds": "0.00", "cost_basis": "50.00", "gain_loss": "-50.00", "closed_by": "CA-1",
        "holding_term": "SHORT", "date": "2026-03-16",
    }  # fmt: skip
    assert [lot for lot in result["tax_lots"] if lot["quantity"] != "0"] == []


def test_a_dropped_fraction_leaves_its_basis_with_the_rest_of_its_lot_or_with_the_youngest():
    """Two lots of 8 and 7 shares become 0.8 and 0.7: first in, first out, 0.5 of the first goes; its basis of 80 stays with it."""
    second = trade("T-0", "BUY", "8", "2026-01-02", price="10")
    third = trade("T-3", "BUY", "7", "2026-01-07", price="20")
    result = calculate_document(document(account(), position("15"), second, third, consolidation("RDDN")))
    lots = {lot["lot_id"]: (lot["quantity"], lot["cost_basis"]) for lot in result["tax_lots"] if lot["quantity"] != "0"}
    assert lots == {"T-0/CA-1": ("0.3", "80.00"), "T-3/CA-1": ("0.7", "140.00")}
    assert result["realised"] == []


def test_a_lot_that_vanishes_leaves_its_basis_to_the_youngest_left():
    """Lots of 3, 4 and 6 become 0.3, 0.4 and 0.6, together 1.3: all of the first goes, its basis of 30 to the last."""
    bought = [
        trade(f"T-{n}", "BUY", quantity, f"2026-01-0{n}", price="10") for n, quantity in ((1, "3"), (2, "4"), (3, "6"))
    ]
    result = calculate_document(document(account(), position("13"), *bought, consolidation("RDDN")))
    lots = {lot["lot_id"]: (lot["quantity"], lot["cost_basis"]) for lot in result["tax_lots"] if lot["quantity"] != "0"}
    assert lots == {"T-2/CA-1": ("0.4", "40.00"), "T-3/CA-1": ("0.6", "90.00")}
    assert result["realised"] == []


@pytest.mark.parametrize(
    ("disposition", "quantity", "basis"),
    [("RDUP", "1", "50.00"), ("STAN", "1", "50.00"), ("DIST", "0.5", "50.00"), ("BUYU", "1", "53.50")],
)
def test_a_fraction_rounded_up_joins_the_lot_for_nothing_and_one_bought_for_its_price(disposition, quantity, basis):
    priced = {"cash_in_lieu_price": "7", "currency": "USD"} if disposition == "BUYU" else {}
    result = calculate_document(document(account(), position("5"), BOUGHT, consolidation(disposition, **priced)))
    assert [(lot["quantity"], lot["cost_basis"]) for lot in result["tax_lots"] if lot["quantity"] != "0"] == [
        (quantity, basis)
    ]


def test_an_exchange_whose_fraction_has_no_price_leaves_the_lots_and_says_so():
    terms = {"new_to_old": {"numerator": "1", "denominator": "10"}, "fraction_disposition": "CINL", "isin_out": SAP}
    result = calculate_document(document(account(), position("5"), BOUGHT, event("MRGR", terms)))
    detail = f"ACC-1: a fraction of {SAP} is disposed of by CINL: its price is needed"
    told = [(row["field"], row["reason"], row["detail"]) for row in result["rejected"]]
    assert told == [("options.cash_in_lieu_price", reason, detail) for reason in ("missing_terms", "lots_not_adjusted")]
    assert [lot["lot_id"] for lot in result["tax_lots"] if lot["quantity"] != "0"] == ["T-1"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_fraction_rounded_up_joins_the_youngest_lot_and_of_one_day_the_last_by_id(order):
    """Lots of 3, 4 and 6 become 0.3, 0.4 and 0.6, together 1.3: 0.7 joins the last."""
    lots = [opening("L-1", "3", "30.00", 1), opening("L-2", "4", "40.00", 2), opening("L-3", "6", "60.00", 2)]
    result = fold(split(1, 10, 9, fraction_disposition="RDUP"), lots=[lots[each] for each in order])
    assert open_lots(result) == {"L-1/CA": ("0.3", "30.00"), "L-2/CA": ("0.4", "40.00"), "L-3/CA": ("1.3", "60.00")}


def test_a_taxable_exchange_beyond_28_digits_realises_to_the_minor_unit():
    terms = {"new_to_old": {"numerator": "1", "denominator": "1"}, "isin_out": SAP, "currency": "USD"}
    taxable = event("MRGR", terms, tax_treatment="TAXABLE", market_prices={SAP: "12345678901.01"})
    result = fold(taxable, lots=[opening("L", "1234567890123456789", "10.00", 1)])
    worth = "15241578752961592444043743456.89"
    assert realised(result, "proceeds", "gain_loss") == [(worth, "15241578752961592444043743446.89")]
    assert open_lots(result) == {"L/CA-1": ("1234567890123456789", worth)}


def test_an_event_that_nothing_dates_leaves_all_lots_and_says_so_of_no_account():
    undated = event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}}, ex_date=None, source_country="AQ")
    result = calculate_document(document(account(), BOUGHT, undated))
    detail = "neither ex_date nor effective_date is announced, and no calendar derives one"
    assert result["rejected"] == [
        {"record": "corporate_action", "record_id": "CA-1", "field": "ex_date", "reason": "lots_not_adjusted", "detail": detail}
    ]  # fmt: skip


RIGHTS_ISSUE = {
    "record_type": "election",
    "election_id": "E",
    "corporate_action_event_id": "CA-1",
    "safekeeping_account": "ACC-1",
}


@pytest.mark.parametrize(("option", "kind"), [("001", "EXER"), ("002", "SLLE")])
def test_a_rights_issue_that_does_not_name_its_rights_buys_new_shares_and_cannot_sell_the_rights(option, kind):
    options = [
        {"option_number": "001", "option_type": "EXER", "is_default_option": False, "subscription_price": "8", "currency": "USD",
         "new_to_old": {"numerator": "1", "denominator": "1"}, "isin_out": APPLE,
         "intermediate_to_underlying": {"numerator": "1", "denominator": "1"}},
        {"option_number": "002", "option_type": "SLLE", "is_default_option": False, "cash_price_received": "2", "currency": "USD"},
        {"option_number": "003", "option_type": "LAPS", "is_default_option": True},
    ]  # fmt: skip
    issue = event("RHTS", options=options, mandatory_voluntary="CHOS")
    chosen = RIGHTS_ISSUE | {"option_number": option, "quantity": "5"}
    result = calculate_document(document(account(), position("5"), BOUGHT, issue, chosen))
    lots = {each["lot_id"]: (each["parent_lot_id"], each["isin"], each["quantity"]) for each in result["tax_lots"]}
    told = [(each["field"], each["reason"], each["detail"]) for each in result["rejected"]]
    assert lots["T-1"] == (None, APPLE, "5")
    if kind == "EXER":
        assert (lots.get("CA-1/001"), told) == ((None, APPLE, "5"), [])
    else:
        detail = "ACC-1: rights were sold: which security they are is needed"
        assert (len(lots), told[-1]) == (1, ("options.isin_intermediate", "lots_not_adjusted", detail))


def test_a_drawing_of_more_than_the_lots_hold_leaves_them_and_says_so():
    drawn = event("DRAW", {"cash_price_received_percent": "98", "currency": "USD", "drawn_quantity": "5.5"})
    result = calculate_document(document(account(), position("10"), BOUGHT, drawn))
    told = [(row["field"], row["reason"], row["detail"]) for row in result["rejected"]]
    detail = f"ACC-1: 5.5 are drawn, the lots of {APPLE} hold 5"
    assert told == [("options.drawn_quantity", "lots_not_adjusted", detail)]
    assert [lot["quantity"] for lot in result["tax_lots"]] == ["5"]


def test_what_is_bought_for_nothing_is_a_lot_without_a_basis():
    given = event(
        "EXRI", {"option_type": "OVER", "subscription_price": "0", "currency": "USD"}, mandatory_voluntary="VOLU"
    )
    chosen = RIGHTS_ISSUE | {"option_number": "001", "quantity": "5"}
    result = calculate_document(document(account(), position("5"), BOUGHT, given, chosen))
    lots = {each["lot_id"]: (each["quantity"], each["cost_basis"]) for each in result["tax_lots"]}
    assert lots == {"T-1": ("5", "50.00"), "CA-1/001": ("5", "0.00")}


def test_basis_that_a_holder_wants_spread_over_rights_needs_both_prices():
    terms = {
        "intermediate_to_underlying": {"numerator": "1", "denominator": "1"},
        "isin_out": SAP,
        "option_type": "SECU",
    }
    rights = event("RHDI", terms, market_prices={APPLE: "10"})
    wish = RIGHTS_ISSUE | {"option_number": "001", "quantity": "5", "allocate_basis_to_rights": True}
    result = calculate_document(document(account(), position("5"), BOUGHT, rights, wish))
    detail = "ACC-1: basis is to be spread over rights: their and the shares' price is needed"
    told = [(row["field"], row["reason"], row["detail"]) for row in result["rejected"]]
    assert told == [("market_prices", "lots_not_adjusted", detail)]


def test_what_one_lot_leaves_of_a_match_goes_to_the_next_before_a_later_acquisition():
    lots = [buy(name, 40, day, 4) for day, name in enumerate("PQR")]
    result = uk(*lots, TAXABLE, buy("K", 60, 110, 6), buy("L", 60, 111, 7))
    assert [row[1:4:2] for row in matches(result)] == [("K", "40"), ("K", "20"), ("L", "20"), ("L", "40")]


CASH = {"fraction_disposition": "CINL", "cash_in_lieu_price": "90", "currency": "USD"}


@pytest.mark.parametrize(
    ("records", "lots", "expected"),
    [
        ([buy("B", 10, 0, 10), sell("S", 5, 1)], [opening("L", 10, "900.00", 2)], {"B": ("5", "50.00"), "L": ("10", "900.00")}),
        ([buy("B", 100, 0, 10), buy("X", 100, 0, 50, isin=SAP), sell("S", 50, 1)], [], {"B": ("50", "500.00"), "X": ("100", "5000.00")}),
        ([buy("B", 100, 0, 10), split(1, 8, 20, **CASH)], [opening("L", 100, "4000.00", 20, currency="EUR")], {"B/CA": ("12", "960.00"), "L": ("100", "4000.00")}),
        ([*(buy(name, 1, day, "0", settlement_amount="0.01" if day else "0") for day, name in enumerate("CBA0")), sell("S", 1, 9, "1")], [],
         {"B": ("1", "0.01"), "A": ("1", "0.01"), "0": ("1", "0.00")}),
        ([buy("B", 10, 0), buy("X", 10, 1, currency="EUR"), sell("S", 5, 2)], [], {"B": ("10", "100.00"), "X": ("10", "100.00")}),
    ],
    ids=["a later opening lot", "another security", "another currency", "rounding goes to the youngest", "two currencies have no average"],
)  # fmt: skip
def test_an_average_is_of_what_is_there_of_one_security_and_currency(records, lots, expected):
    assert open_lots(fold(*records, method="AVERAGE", lots=lots)) == expected


def test_a_lot_that_is_named_with_nothing_of_it_has_no_realised_row():
    named = [{"lot_id": "B1", "quantity": "0"}, {"lot_id": "B2", "quantity": "5"}]
    sold = sell("S", 5, 30, quantity_breakdown=named)
    assert realised(fold(buy("B1", 9, 0), buy("B2", 9, 1), sold, method="SPECIFIC"), "lot_id", "quantity") == [
        ("B2", "5")
    ]


def test_an_opening_lot_acquired_on_the_ex_date_is_not_split():
    lots = [opening("early", 5, "50.00", 19), opening("late", 5, "50.00", 20)]
    assert open_lots(fold(split(2, 1, 20), lots=lots)) == {"early/CA": ("10", "50.00"), "late": ("5", "50.00")}


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
