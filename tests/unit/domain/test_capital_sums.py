"""UK law of cash that a holding brings, at its borders: small or a part disposal, of one pool, with shares that wait aside, and rights nil paid.

Figures: TCGA 1992 s.104 (one asset at its average cost), s.122 and s.129 (cost x cash / (cash + value), or the whole cash off the cost), s.123
(rights sold nil paid), HMRC CG57835 (small: at most 5 % of the value, or GBP 3,000).
"""

from decimal import Decimal

import pytest

from domain.lots import lot_effects
from domain.lots.effect import Elected
from domain.records import parse_record
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, event
from tests.unit.domain.folds import buy, fold, on, open_lots, opening, realised, sell

RIGHTS = "US0000RIGHT2"
ONE_FOR_A_HUNDRED = {"numerator": "1", "denominator": "100"}


def uk(*records, **parts):
    return fold(*records, regime="UK_SHARE_MATCHING", **parts)


def bought(trade_id, quantity, day, price, currency="GBP", **more):
    return buy(trade_id, quantity, day, price, currency=currency, **more)


def sold(trade_id, quantity, day, price, currency="GBP", **more):
    return sell(trade_id, quantity, day, price, currency=currency, **more)


def capital(per_share, price=None, currency="GBP", day=10):
    prices = {} if price is None else {"market_prices": {APPLE: price}}
    return event("CAPD", {"gross_rate": per_share, "currency": currency}, ex_date=on(day), **prices)


def rows(result):
    return realised(result, "lot_id", "quantity", "proceeds", "cost_basis")


def held_up(result):
    return [(hold.identity, hold.held.reason, hold.held.field, hold.held.detail) for hold in result.holds]


@pytest.mark.parametrize(
    ("currency", "per_share", "price", "cost", "left", "used"),
    [
        ("USD", "0.5", "9.5", "10", "9500.00", None),  # 500 / (500 + 9500) is 5 %
        ("USD", "0.5", "9.49", "10", "9499.50", ("500.00", "500.50")),  # 10000 x 500 / 9990 = 500.5005
        ("GBP", "3", "1", "10", "7000.00", None),
        ("GBP", "3.00001", "1", "10", "2499.99", ("3000.01", "7500.01")),  # 10000 x 3000.01 / 4000.01 = 7500.0062
        ("USD", "3", "1", "10", "2500.00", ("3000.00", "7500.00")),  # GBP 3,000 are of GBP alone
        ("GBP", "3", "1", "3", "0.00", None),  # all of the cost
        ("GBP", "3", "1", "2.999", "749.75", ("3000.00", "2249.25")),  # above the cost: 2999 x 3000 / 4000
        ("GBP", "3", None, "10", "7000.00", None),  # small whatever the shares are worth
    ],
)
def test_a_capital_distribution_is_small_up_to_a_twentieth_or_3000_pounds_and_the_cost(
    currency, per_share, price, cost, left, used
):
    result = uk(bought("B1", 1000, 0, cost, currency), capital(per_share, price, currency))
    assert open_lots(result) == {"B1": ("1000", left)}
    assert rows(result) == ([("B1", "0", *used)] if used else [])


@pytest.mark.parametrize(("per_share", "cost"), [("3.00001", "10"), ("3", "2.999")])
def test_a_capital_distribution_that_is_not_small_in_itself_needs_the_shares_price(per_share, cost):
    result = uk(bought("B1", 1000, 0, cost), capital(per_share))
    detail = f"a capital distribution under TCGA 1992 s.122 needs the market price of {APPLE} after it"
    assert held_up(result) == [("CA-1", "lots_not_adjusted", "market_prices", detail)]
    assert open_lots(result) == {"B1": ("1000", f"{1000 * float(cost):.2f}")}


def test_a_capital_distribution_is_of_one_pool_and_of_none_acquired_on_its_day():
    purchases = [bought("B1", 400, 0, "5"), bought("B2", 600, 1, "10"), bought("B3", 100, 10, "7")]
    result = uk(*purchases, capital("4", "4"))
    assert rows(result) == [("B1", "0", "1600.00", "1600.00"), ("B2", "0", "2400.00", "2400.00")]  # 8000 x 1/2
    assert open_lots(result) == {"B1": ("400", "1600.00"), "B2": ("600", "2400.00"), "B3": ("100", "700.00")}


def consolidation(price, disposition="CINL", day=10, **more):
    option = {"new_to_old": ONE_FOR_A_HUNDRED, "fraction_disposition": disposition, "currency": "GBP"} | more
    prices = {} if price is None else {"cash_in_lieu_price": price}
    return event("SPLR", option | prices, ex_date=on(day))


SOLD_AND_BOUGHT_BACK = (
    *(bought("B1", 60, 0, "10"), bought("B2", 40, 1, "30")),
    *(sold("S", 40, 5, "12"), bought("B3", "0.4", 20, "4000")),
)


def test_a_holding_that_becomes_one_fraction_costs_the_average_with_what_is_aside():
    result = uk(*SOLD_AND_BOUGHT_BACK, consolidation("5000"))
    fraction = [row for row in realised(result, "closed_by", "proceeds", "cost_basis") if row[0] == "CA-1"]
    assert [sum(float(row[place]) for row in fraction) for place in (1, 2)] == [3000, 1080]  # 1800 x 0.6 / 1.0
    assert sum(float(basis) for _, basis in open_lots(result).values()) == 720


@pytest.mark.parametrize("currency", ["GBP", "USD"])
def test_a_merged_fraction_that_is_dropped_leaves_its_cost_to_the_shares_held_before(currency):
    into = {"isin_out": APPLE, "new_to_old": ONE_FOR_A_HUNDRED, "fraction_disposition": "RDDN"}
    merger = event("MRGR", into, isin=TOYOTA, ex_date=on(10))
    result = uk(bought("B1", 100, 0, "10", currency), bought("X", 10, 0, "5", currency, isin=TOYOTA), merger)
    assert open_lots(result) == {"B1": ("100", "1050.00")}
    assert rows(result) == []


def handed_out(numerator=1, denominator=1, day=10, **more):
    """A distribution of rights on APPLE."""
    ratio = {"numerator": str(numerator), "denominator": str(denominator)}
    option = {"isin_out": RIGHTS, "additional_for_existing": ratio, "currency": "GBP", "option_type": "SECU"}
    return event("RHDI", option | more, ex_date=on(day), corporate_action_event_id="RI")


def of_rights(option_type, day=20, prices=None, **terms):
    """What becomes of all rights by one option."""
    option = {"option_type": option_type, "currency": "GBP"} | terms
    return event("EXRI", option, isin=RIGHTS, ex_date=on(day), **({"market_prices": prices} if prices else {}))


def taken_up(into=APPLE, day=20):
    one = {"numerator": "1", "denominator": "1"}
    return of_rights("EXER", day, isin_out=into, new_to_old=one, subscription_price="4")


HELD = bought("B1", 100, 0, "10")
NEW_ISIN = event("CHAN", {"isin_out": TOYOTA}, ex_date=on(12))


@pytest.mark.parametrize(
    ("records", "lots", "gains"),
    [
        # Sold for at most GBP 3,000: off the shares' cost, whatever they are worth.
        ((HELD, handed_out(), sold("S", 100, 15, "2", isin=RIGHTS)), {"B1": ("100", "800.00")}, []),
        ((HELD, handed_out(), of_rights("SLLE", cash_price_received="2")), {"B1": ("100", "800.00")}, []),
        # A fraction of rights that is paid in cash likewise: 100/3 rights, 0.33.. x 0.90 = 0.30.
        (
            (HELD, handed_out(1, 3, fraction_disposition="CINL", cash_in_lieu_price="0.90")),
            {"B1": ("100", "999.70"), "B1/RI": ("33", "0.00")},
            [],
        ),
        # Under the shares' new ISIN.
        ((HELD, handed_out(), NEW_ISIN, sold("S", 100, 15, "2", isin=RIGHTS)), {"B1/CA-1": ("100", "800.00")}, []),
        # No shares are left whose cost the rights could use up.
        (
            (HELD, handed_out(), sold("S", 100, 15, "12"), sold("R", 100, 16, "2", isin=RIGHTS)),
            {},
            [("B1", "1200.00", "1000.00", "POOL"), ("B1/RI", "200.00", "0.00", None)],
        ),
        # Rights that were bought are an asset by themselves.
        (
            (HELD, bought("R1", 50, 12, "3", isin=RIGHTS), sold("S", 50, 15, "2", isin=RIGHTS)),
            {"B1": ("100", "1000.00")},
            [("R1", "100.00", "150.00", "POOL")],
        ),
    ],
)
def test_rights_sold_nil_paid_lower_the_cost_of_the_shares_that_brought_them(records, lots, gains):
    result = uk(*records)
    assert (open_lots(result), held_up(result)) == (lots, [])
    assert realised(result, "lot_id", "proceeds", "cost_basis", "matched_by") == gains


def test_rights_sold_in_the_market_for_more_than_3000_pounds_need_the_shares_price():
    result = uk(HELD, handed_out(), sold("S", 60, 15, "60", isin=RIGHTS))
    share = f"rights {RIGHTS} sold nil paid are a part disposal of {APPLE} (TCGA 1992 s.123), whose market price is needed: "
    share += f"report the sale as an option SLLE of the rights issue, with market_prices of {APPLE}"
    assert held_up(result) == [("S", "missing_terms", "market_prices", share)]


@pytest.mark.parametrize(
    ("how", "identity", "reason"),
    [
        (sold("S", 50, 15, "2", isin=RIGHTS), "S", "missing_terms"),
        (of_rights("SLLE", cash_price_received="2"), "CA-1", "lots_not_adjusted"),
    ],
)
def test_rights_that_were_both_handed_out_and_bought_are_not_sold_by_a_guess(how, identity, reason):
    result = uk(HELD, handed_out(), bought("R1", 50, 12, "3", isin=RIGHTS), how)
    detail = f"rights {RIGHTS} were both handed out and bought: UK_SHARE_MATCHING does not say which are sold"
    assert held_up(result) == [(identity, reason, "isin", detail)]
    assert open_lots(result) == {"B1": ("100", "1000.00"), "B1/RI": ("100", "0.00"), "R1": ("50", "150.00")}


def test_rights_sold_by_an_event_need_the_shares_price_too_and_with_it_are_a_part_disposal():
    without = uk(HELD, handed_out(), of_rights("SLLE", cash_price_received="40"))
    assert [told[:3] for told in held_up(without)] == [("CA-1", "lots_not_adjusted", "market_prices")]
    priced = uk(HELD, handed_out(), of_rights("SLLE", prices={APPLE: "60"}, cash_price_received="40"))
    assert rows(priced) == [("B1", "0", "4000.00", "400.00")]  # 1000 x 4000 / (4000 + 6000)
    assert open_lots(priced) == {"B1": ("100", "600.00")}


@pytest.mark.parametrize(
    ("records", "acquired", "basis"),
    [
        ((HELD, handed_out(), taken_up()), on(0), "400.00"),  # as old as the holding
        (
            (HELD, handed_out(), sold("S", 100, 15, "12"), taken_up()),
            on(20),
            "400.00",
        ),  # nothing is held to be as old as
        ((HELD, bought("R1", 100, 12, "3", isin=RIGHTS), taken_up()), on(20), "700.00"),  # a purchase
    ],
)
def test_shares_taken_up_are_as_old_as_the_holding_that_brought_the_rights(records, acquired, basis):
    made = [lot for lot in uk(*records).lots if lot.opened_by == "CA-1" and lot.closed_at is None]
    assert [(lot.acquisition_date.isoformat(), str(lot.cost_basis)) for lot in made] == [(acquired, basis)]


def test_shares_taken_up_are_as_old_and_as_long_held_as_the_oldest_of_the_holding():
    older = opening("A1", 100, "900.00", -20, holding_period_start=on(-90), currency="GBP")
    result = uk(HELD, handed_out(), taken_up(), lots=[opening("C1", 10, "90.00", -5, currency="GBP"), older])
    made = [lot for lot in result.lots if lot.opened_by == "CA-1" and lot.closed_at is None]
    assert {(str(lot.acquisition_date), str(lot.holding_period_start)) for lot in made} == {(on(-20), on(-90))}


def one_option(event_type, isin=APPLE, **terms):
    return event(event_type, {"currency": "GBP"} | terms, isin=isin, ex_date=on(10))


PAYDOWN = one_option("PRED", option_type="CASH", previous_factor="1", next_factor="0.9")
OFFER = one_option("RHTS", option_type="EXER", isin_out=SAP, new_to_old=ONE_FOR_A_HUNDRED, subscription_price="4")
BY_VALUE = f"{APPLE} and {SAP} share the cost by value (TCGA 1992 s.129, s.130)"
IN_EURO = OFFER | {"market_prices": {APPLE: "9", SAP: "9"}, "options": [OFFER["options"][0] | {"currency": "EUR"}]}


@pytest.mark.parametrize(
    ("records", "field", "detail"),
    [
        ([PAYDOWN], "lot_regime", "UK_SHARE_MATCHING does not cover a paydown (PRED): the lots keep their cost"),
        ([handed_out(), taken_up(SAP)], "market_prices", f"{BY_VALUE}: their market prices are needed"),
        ([OFFER], "market_prices", f"{BY_VALUE}: their market prices are needed"),
        ([OFFER | {"market_prices": {APPLE: "9"}}], "market_prices", f"{BY_VALUE}: their market prices are needed"),
        ([IN_EURO], "options.currency", f"{BY_VALUE}, which is in another currency than EUR"),
    ],
)
def test_what_the_regime_does_not_cover_is_held_by_name(records, field, detail):
    result = uk(HELD, *records)
    assert held_up(result) == [("CA-1", "lots_not_adjusted", field, detail)]
    assert open_lots(result)["B1"] == ("100", "1000.00")


def test_the_regime_knows_no_choice_of_basis_for_rights():
    wanted = Elected("ACC-1", Decimal(100), {"001": Decimal(100)}, allocates=True)
    effects = lot_effects(parse_record(handed_out() | {"market_prices": {APPLE: "9", RIGHTS: "1"}})[0], None, wanted)
    detail = "UK_SHARE_MATCHING knows no choice of basis for rights (allocate_basis_to_rights, US IRC §307)"
    assert held_up(uk(HELD, effects=effects)) == [("RI", "lots_not_adjusted", "lot_regime", detail)]
