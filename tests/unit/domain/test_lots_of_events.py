"""What events do to lots beyond the mandatory split: elections, other securities, prices and currencies that are missing."""

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, SAP, account, document, event, position, trade

BUY = trade("B", "BUY", "100", "2025-01-10", "10")
HALF = {"numerator": "1", "denominator": "2"}
DOUBLE = {"numerator": "2", "denominator": "1"}


def calculate(*records, **parts):
    return calculate_document(document(*records, **parts))


def lots(result):
    return {
        lot["lot_id"]: (lot["isin"], lot["quantity"], lot["cost_basis"])
        for lot in result["tax_lots"]
        if lot["closed_at"] is None
    }


def rejections(result):
    return [(each["record_id"], each["reason"], each["field"]) for each in result["rejected"]]


def choice(kind="CHOS", event_type="BONU", **securities):
    terms = securities or {"additional_for_existing": HALF}
    cash = {"gross_rate": "1", "currency": "USD", "option_type": "CASH"}
    options = [
        {"option_number": "001", "option_type": "SECU", "is_default_option": True} | terms,
        {"option_number": "002", "is_default_option": False} | cash,
    ]
    return event(event_type, mandatory_voluntary=kind, options=options)


def elect(option, quantity, election_id="E"):
    return {
        "record_type": "election",
        "election_id": election_id,
        "corporate_action_event_id": "CA-1",
        "safekeeping_account": "ACC-1",
        "option_number": option,
        "quantity": quantity,
    }


@pytest.mark.parametrize(
    ("kind", "elections", "quantity"),
    [
        ("CHOS", [], "150"),
        ("CHOS", [elect("002", "100")], "100"),
        ("CHOS", [elect("002", "40")], "130"),
        ("MAND", [elect("002", "40")], "130"),
        ("VOLU", [], "100"),
        ("VOLU", [elect("001", "50")], "125"),
        ("VOLU", [elect("001", "45")], "122"),
        ("VOLU", [elect("002", "50")], "100"),
    ],
)
def test_lots_follow_the_option_that_the_account_takes(kind, elections, quantity):
    result = calculate(account(), position("100"), BUY, choice(kind), *elections)
    lot_id = "B" if quantity == "100" else "B/CA-1"
    assert (lots(result), result["rejected"]) == ({lot_id: (APPLE, quantity, "1000.00")}, [])


@pytest.mark.parametrize(("kind", "quantity"), [("CHOS", "150"), ("VOLU", "100")])
def test_lots_without_a_position_follow_the_default_of_a_choice(kind, quantity):
    (lot,) = lots(calculate(account(), BUY, choice(kind))).values()
    assert lot == (APPLE, quantity, "1000.00")


def test_one_accounts_election_leaves_the_others_lots_alone():
    other = {"safekeeping_account": "ACC-2"}
    records = (account(), account("ACC-2"), position("100"), position("100", **other), BUY)
    result = calculate(*records, trade("C", "BUY", "100", "2025-01-10", **other), choice(), elect("002", "100"))
    assert {lot_id: quantity for lot_id, (_, quantity, _) in lots(result).items()} == {"B": "100", "C/CA-1": "150"}


def test_a_replaced_part_of_a_lot_leaves_the_rest_as_it_was():
    same = calculate(account(), position("100"), BUY, choice("VOLU", "SPLF", new_to_old=DOUBLE), elect("001", "50"))
    assert lots(same) == {"B/CA-1": (APPLE, "150", "1000.00")}
    terms = {"new_to_old": DOUBLE, "isin_out": SAP}
    other = calculate(account(), position("100"), BUY, choice("VOLU", "SPLF", **terms), elect("001", "40"))
    assert lots(other) == {"B": (APPLE, "60", "600.00"), "B/CA-1": (SAP, "80", "400.00")}


def test_the_part_that_is_exchanged_for_itself_and_another_security_shares_only_its_own_basis():
    """50 of 100 shares (500.00) become 50 of their own at 10 and 25 of the other at 20: half of that basis goes to each."""
    further = [{"isin": SAP, "ratio": HALF}]
    terms = {"new_to_old": {"numerator": "1", "denominator": "1"}, "securities_movements": further}
    exchange = choice("VOLU", "MRGR", **terms) | {"market_prices": {APPLE: "10", SAP: "20"}}
    result = calculate(account(), position("100"), BUY, exchange, elect("001", "50"))
    assert sorted(lots(result).values()) == [(SAP, "25", "250.00"), (APPLE, "100", "750.00")]


def test_an_account_that_takes_two_securities_options_is_told_so():
    options = [
        {"option_number": number, "option_type": "SECU", "is_default_option": number == "001", "additional_for_existing": HALF}
        for number in ("001", "002")
    ]  # fmt: skip
    records = (account(), position("100"), BUY, event("BONU", mandatory_voluntary="CHOS", options=options))
    result = calculate(*records, elect("002", "50"))
    assert (lots(result), rejections(result)) == (
        {"B": (APPLE, "100", "1000.00")},
        [("CA-1", "lots_not_adjusted", "options")],
    )


def test_an_over_instruction_leaves_the_lots_as_they_were():
    result = calculate(account(), position("100"), BUY, choice(), elect("001", "101"))
    assert (list(lots(result)), rejections(result)) == (
        ["B"],
        [("CA-1", "over_instruction", "quantity"), ("CA-1", "lots_not_adjusted", "quantity")],
    )


UNSPREAD = event("SOFF", {"additional_for_existing": HALF, "isin_out": SAP})
TURNED = event(
    "SPLF", {"new_to_old": DOUBLE, "isin_out": APPLE}, isin=SAP, corporate_action_event_id="CA-0", ex_date="2026-01-05"
)


@pytest.mark.parametrize("held_up", [[UNSPREAD], [choice(), elect("001", "101")]], ids=["terms", "an election"])
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], []),
        ([trade("B", "BUY", "1", "2025-01-10", isin=SAP)], []),
        ([trade("B", "BUY", "1", "2025-01-10", isin=SAP), TURNED], ["CA-1"]),
        ([BUY], ["CA-1"]),
    ],
    ids=["no lots", "of another security", "that another security turned into", "of the security"],
)
def test_what_an_event_lacks_is_told_of_lots_only_where_there_may_be_some(held_up, more, expected):
    result = calculate(account(), position("100"), *held_up, *more)
    assert [record for record, reason, _ in rejections(result) if reason == "lots_not_adjusted"] == expected


@pytest.mark.parametrize(
    ("terms", "prices", "expected"),
    [
        ({"cost_basis_allocation": "40"}, {APPLE: "30", SAP: "10"}, ("600.00", "400.00")),
        ({}, {APPLE: "30", SAP: "20"}, ("750.00", "250.00")),
        ({}, {APPLE: "20", SAP: "20"}, ("666.67", "333.33")),
    ],
)
def test_basis_spreads_by_a_given_allocation_else_by_market_prices(terms, prices, expected):
    option = {"additional_for_existing": HALF, "isin_out": SAP} | terms
    result = calculate(account(), BUY, event("BONU", option, market_prices=prices))
    assert lots(result) == {"B": (APPLE, "100", expected[0]), "B/CA-1": (SAP, "50", expected[1])}


@pytest.mark.parametrize("prices", [None, {APPLE: "30"}, {APPLE: "0", SAP: "0"}])
def test_basis_is_not_spread_by_a_guess(prices):
    option = {"additional_for_existing": HALF, "isin_out": SAP}
    result = calculate(account(), BUY, event("BONU", option, market_prices=prices))
    assert (list(lots(result)), rejections(result)) == (
        ["B"],
        [("CA-1", "lots_not_adjusted", "options.cost_basis_allocation")],
    )


def test_market_prices_are_read_by_isin():
    result = calculate(event("BONU", {"additional_for_existing": HALF}, market_prices={"us0378331005": "1"}))
    assert rejections(result) == [("corporate_actions.0", "invalid_isin", "market_prices.us0378331005")]


@pytest.mark.parametrize(
    ("quantity", "more", "field"),
    [
        ("101", {}, "options.cash_in_lieu_price"),
        ("101", {"cash_in_lieu_price": "5", "currency": "EUR"}, "options.currency"),
        ("100", {}, None),
    ],
)
def test_a_fraction_is_never_sold_for_an_invented_price(quantity, more, field):
    option = {"new_to_old": HALF, "fraction_disposition": "CINL"} | more
    buy = trade("B", "BUY", quantity, "2025-01-10", "10")
    result = calculate(account(), buy, event("SPLR", option))
    assert rejections(result) == ([("CA-1", "lots_not_adjusted", field)] if field else [])
    assert (list(lots(result)), result["realised"]) == (["B"] if field else ["B/CA-1"], [])


def test_a_sale_in_another_currency_than_the_lots_is_refused():
    result = calculate(account(), BUY, trade("S", "SELL", "1", "2025-02-01", currency="EUR"))
    assert (rejections(result), result["realised"]) == ([("S", "currency_mismatch", "currency")], [])


def test_a_buy_that_an_opening_lot_stands_for_already_opens_no_second_one():
    opening = {"lot_id": "B", "safekeeping_account": "ACC-1", "isin": APPLE, "acquisition_date": "2025-01-10"}
    opening |= {"quantity": "60", "cost_basis": "600.00", "currency": "USD"}
    result = calculate(account(), BUY, lots=[opening])
    assert lots(result) == {"B": (APPLE, "60", "600.00")}
    assert rejections(result) == [("B", "duplicate_lot_id", "trade_id")]


def test_a_large_distribution_touches_lots_from_the_business_day_after_payment():
    market = {
        "country": "US", "country_default": True, "weekend": [5, 6], "valid_from": "2024-01-01", "valid_to": "2027-12-31",
        "holidays": [], "settlement_cycles": [{"valid_from": "2024-05-28", "valid_to": None, "days": 1}],
        "large_distribution": {"threshold_percent": "25"},
    }  # fmt: skip
    rules = {"market_calendars": {"schema_version": 1, "calendars": {"XNYS": market}}}
    late = trade("L", "BUY", "10", "2026-03-20", "10")
    for percent, expected in (("25", {"B/CA-1", "L/CA-1"}), ("24.9", {"B/CA-1", "L"})):
        bonus = event("BONU", {"additional_for_existing": HALF}, ex_date=None, distribution_percent=percent)
        result = calculate(account(), BUY, late, bonus, rules=rules)
        assert set(lots(result)) == expected
        ex_date = "2026-03-30" if percent == "25" else "2026-03-16"
        assert result["corporate_actions"][0]["ex_date"] == ex_date
