"""Market claims, reverse claims and due bills, by the scenarios of the T2S standards, and what they add up to."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, account, document, event, position, trade

CALENDAR = {
    "country": "US", "country_default": True, "timezone": "America/New_York", "weekend": [5, 6], "valid_from": "2026-01-01",
    "valid_to": "2026-12-31", "holidays": ["2026-04-03"], "settlement_cycles": [{"valid_from": "2024-05-28", "valid_to": None, "days": 1}],
    "large_distribution": {"threshold_percent": "25", "ex_date": "NEXT_DAY_AFTER_PAYMENT"}, "source": "test",
}  # fmt: skip
CALENDARS = {"schema_version": 1, "version": "c", "calendars": {"XNYS": CALENDAR}}


def calculate(*records, calendars=CALENDARS, **parts):
    reported = any(record["record_type"] == "account" for record in records)
    made = document(*records, *(() if reported else (account(),)), **parts)
    if calendars:
        made["rules"]["market_calendars"] = calendars
    return calculate_document(made)


def dealt(side, on, settled, **changes):
    """A trade of 100 units, dealt and contractually settled on two days."""
    return trade("T", side, "100", on, settlement_date=settled, **changes)


def claims(*records, **parts):
    result = calculate(*records, **parts)
    assert result["rejected"] == []
    return [(each["claim_type"], each["quantity"], each["market_claim_amount"]) for each in result["market_claims"]]


def reasons(result):
    """But for what lots miss."""
    return [(each["reason"], each["field"]) for each in result["rejected"] if each["reason"] != "lots_not_adjusted"]


CLAIM, REVERSE = [("MARKET_CLAIM", "100", "25.00")], [("REVERSE_CLAIM", "-100", "-25.00")]
SCENARIOS = [
    # dealt, due, settled, conditions, matching -> what the buyer gets; ex-date and record date are 16 March 2026
    ("2026-03-13", "2026-03-17", None, None, None, CLAIM),
    ("2026-03-13", "2026-03-16", "2026-03-17", None, None, CLAIM),
    ("2026-03-13", "2026-03-16", None, None, None, []),
    ("2026-03-13", "2026-03-17", "2026-03-16", None, None, []),
    ("2026-03-16", "2026-03-17", None, None, None, []),
    ("2026-03-16", "2026-03-16", None, None, None, REVERSE),
    ("2026-03-16", "2026-03-17", "2026-03-16", None, None, REVERSE),
    ("2026-03-16", "2026-03-17", None, "CCPN", None, CLAIM),
    ("2026-03-16", "2026-03-16", None, ["CCPN"], None, []),
    ("2026-03-13", "2026-03-17", None, "XCPN", None, []),
    ("2026-03-13", "2026-03-16", None, ["XCPN"], None, REVERSE),
    ("2026-03-13", "2026-03-17", None, "NOMC", None, []),
    ("2026-03-16", "2026-03-16", None, ["NOMC", "BCRO"], None, []),
    ("2026-03-13", "2026-03-17", None, None, "MACH", CLAIM),
    ("2026-03-13", "2026-03-17", None, None, "NMAT", []),
    ("2026-03-16", "2026-03-16", None, None, "NMAT", []),
    ("2026-03-13", "2026-04-14", None, None, None, CLAIM),
    ("2026-03-13", "2026-04-15", None, None, None, []),
    ("2026-03-13", "2026-03-17", "2026-04-14", None, None, CLAIM),
    ("2026-03-13", None, None, None, None, []),
    ("2026-02-12", "2026-02-13", None, "XCPN", None, []),
    ("2026-02-12", "2026-02-16", None, "XCPN", None, REVERSE),
]  # fmt: skip


@pytest.mark.parametrize(("on", "due", "settled", "conditions", "matching", "expected"), SCENARIOS)
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_claim_follows_from_dealing_and_settlement_and_what_the_parties_agreed(
    side, on, due, settled, conditions, matching, expected
):
    one = dealt(side, on, due, effective_settlement_date=settled, trade_transaction_conditions=conditions)
    sign = 1 if side == "BUY" else -1
    signed = [(kind, str(sign * int(quantity)), str(sign * Decimal(amount))) for kind, quantity, amount in expected]
    opened = trade("OPEN", "BUY", "100", "2025-03-10")
    assert claims(event(), one | {"matching_status": matching}, opened) == signed


def test_a_claim_names_trade_event_account_option_securities_and_currency():
    (claim,) = calculate(event(), dealt("BUY", "2026-03-13", "2026-03-17"))["market_claims"]
    assert claim == {
        "trade_id": "T", "corporate_action_event_id": "CA-1", "version": 1, "option_number": "001", "claim_type": "MARKET_CLAIM",
        "safekeeping_account": "ACC-1", "isin": APPLE, "isin_out": None, "quantity": "100", "quantity_ratio": None, "quantity_type": "UNIT",
        "securities_movements": [], "market_claim_amount": "25.00", "currency": "USD", "payment_date": "2026-03-27",
    }  # fmt: skip


def test_trades_of_other_securities_cancelled_events_and_events_without_a_record_date_claim_nothing():
    one = dealt("BUY", "2026-03-13", "2026-03-17")
    assert claims(event(), one | {"isin": SAP}) == []
    assert claims(event(), event(version=2, function="CANC"), one) == []
    assert claims(event(record_date=None, effective_date="2026-03-16"), one) == []
    assert claims(event(), one, as_of="2026-03-16") == []
    assert claims(event(), one, as_of="2026-03-17") == CLAIM


@pytest.mark.parametrize(
    ("percent", "on", "expected"),
    [("25", "2026-03-27", CLAIM), ("25", "2026-03-30", []), ("24.9", "2026-03-27", []), ("24.9", "2026-03-13", CLAIM)],
)
def test_due_bills_of_a_large_distribution_follow_its_later_ex_date(percent, on, expected):
    large = event(ex_date=None, distribution_percent=percent)
    assert claims(large, dealt("BUY", on, "2026-03-31")) == expected


def test_an_ex_date_that_nothing_says_holds_the_claims_and_not_the_entitlements():
    records = (account(), position("10"), event(ex_date=None), dealt("BUY", "2026-03-13", "2026-03-17"))
    result = calculate(*records, calendars=None)
    assert (result["market_claims"], len(result["entitlements"])) == ([], 1)
    assert reasons(result) == [("claims_not_detected", "ex_date")]
    beyond = event(ex_date=None, record_date="2028-03-16")
    assert reasons(calculate(beyond, dealt("BUY", "2028-03-13", "2028-03-17"))) == [("claims_not_detected", "ex_date")]
    told = dealt("BUY", "2026-03-13", "2026-03-17", trade_transaction_conditions="CCPN")
    assert claims(event(ex_date=None), told, calendars=None) == CLAIM


def test_without_a_calendar_twenty_days_are_certain_and_more_are_not_guessed():
    assert claims(event(), dealt("BUY", "2026-03-13", "2026-04-05"), calendars=None) == CLAIM
    result = calculate(event(), dealt("BUY", "2026-03-13", "2026-04-06"), calendars=None)
    assert (result["market_claims"], reasons(result)) == ([], [("claims_not_detected", "rules.market_calendars")])
    short = {**CALENDARS, "calendars": {"XNYS": CALENDAR | {"valid_to": "2026-04-10"}}}
    result = calculate(event(), dealt("BUY", "2026-03-13", "2026-04-06"), calendars=short)
    assert (result["market_claims"], reasons(result)) == ([], [("claims_not_detected", "rules.market_calendars")])


def test_what_needs_neither_ex_date_nor_calendar_is_said_without_them():
    assert claims(event(), dealt("BUY", "2026-03-16", "2026-04-30"), calendars=None) == []
    assert claims(event(ex_date=None), dealt("BUY", "2026-03-13", "2026-03-16"), calendars=None) == []
    told = dealt("BUY", "2026-03-13", "2026-03-16", trade_transaction_conditions="XCPN")
    assert claims(event(ex_date=None), told, calendars=None) == REVERSE
    old = dealt("BUY", "2026-02-12", "2026-02-13", trade_transaction_conditions="XCPN")
    assert reasons(calculate(event(), old, calendars=None)) == [("claims_not_detected", "rules.market_calendars")]
    assert claims(event(), dealt("BUY", "2026-02-12", "2026-02-13"), calendars=None) == []


def test_a_trade_of_another_season_needs_no_calendar():
    assert claims(event(), dealt("BUY", "2026-03-13", "2026-05-16"), calendars=None) == []


BONUS = {"additional_for_existing": {"numerator": "1", "denominator": "3"}, "isin_out": SAP}


@pytest.mark.parametrize(
    ("terms", "quantity", "amount"),
    [
        ({}, "33", "0"),
        ({"fraction_disposition": "RDUP"}, "34", "0"),
        ({"fraction_disposition": "CINL", "cash_in_lieu_price": "9", "currency": "USD"}, "33", "3.00"),
        ({"fraction_disposition": "CINL", "cash_in_lieu_price": "9", "currency": "USD", "gross_rate": "0.5", "option_type": "CASE"},
         "33", "53.00"),
    ],
)  # fmt: skip
def test_a_claim_of_securities_is_what_the_trades_quantity_yields_fractions_disposed_of(terms, quantity, amount):
    bonus = event("BONU", BONUS | terms)
    (bought,) = calculate(bonus, dealt("BUY", "2026-03-13", "2026-03-17"))["market_claims"]
    (sold,) = calculate(bonus, dealt("SELL", "2026-03-13", "2026-03-17"))["market_claims"]
    assert (bought["isin_out"], bought["quantity"], bought["market_claim_amount"]) == (SAP, quantity, amount)
    negated = "0" if amount == "0" else f"-{amount}"
    assert (sold["quantity"], sold["market_claim_amount"]) == (f"-{quantity}", negated)


def test_a_fraction_without_a_price_is_held_for_that_trade_alone():
    bonus = event("BONU", BONUS | {"fraction_disposition": "CINL"})
    whole = dealt("BUY", "2026-03-13", "2026-03-17") | {"trade_id": "W", "quantity": "99"}
    result = calculate(bonus, whole, dealt("BUY", "2026-03-13", "2026-03-17"))
    assert [each["trade_id"] for each in result["market_claims"]] == ["W"]
    assert reasons(result) == [("missing_terms", "options.cash_in_lieu_price")]
    assert result["rejected"][0]["detail"].startswith("trade T: ")


def test_a_claim_pays_for_the_fraction_of_each_class_at_its_own_price():
    moved = {"isin": TOYOTA, "ratio": {"numerator": "1", "denominator": "8"}, "cash_in_lieu_price": "20"}
    terms = {
        "fraction_disposition": "CINL",
        "cash_in_lieu_price": "9",
        "currency": "USD",
        "securities_movements": [moved],
    }
    (bought,) = calculate(event("BONU", BONUS | terms), dealt("BUY", "2026-03-13", "2026-03-17"))["market_claims"]
    assert bought["securities_movements"] == [{"isin": TOYOTA, "quantity": "12"}]
    assert bought["market_claim_amount"] == "13.00"  # 1/3 x 9 + 1/2 x 20
    del moved["cash_in_lieu_price"]
    result = calculate(event("BONU", BONUS | terms), dealt("BUY", "2026-03-13", "2026-03-17"))
    assert reasons(result) == [("missing_terms", "options.securities_movements.cash_in_lieu_price")]


PERCENT = {"interest_rate": "5", "interest_period": "2025-03-16/2026-03-16", "day_count": "A005", "currency": "USD"}
OF_DEBT = [
    ("INTR", PERCENT, "5.00"),
    ("INTR", {"gross_rate": "50", "denomination": "1000", "currency": "USD"}, "5.00"),
    ("PRED", {"previous_factor": "0.8", "next_factor": "0.7", "currency": "USD"}, "10.00"),
]


@pytest.mark.parametrize(("kind", "terms", "amount"), OF_DEBT)
def test_a_claim_on_debt_is_money_of_the_face_amount_and_by_the_day_on_which_the_trade_was_to_settle(
    kind, terms, amount
):
    bond = event(kind, terms, ex_date=None)
    late = dealt("BUY", "2026-03-10", "2026-03-12", effective_settlement_date="2026-03-20")
    for calendars in (CALENDARS, None):
        (claim,) = calculate(bond, late, calendars=calendars)["market_claims"]
        assert (claim["market_claim_amount"], claim["quantity"], claim["quantity_type"]) == (amount, "100", "FAMT")
    after = dealt("BUY", "2026-03-10", "2026-03-18", effective_settlement_date="2026-03-20")
    assert claims(bond, after, calendars=None) == []  # it was never to settle by the record date
    assert claims(bond, dealt("BUY", "2026-03-16", "2026-03-16"), calendars=None) == []
    unsaid = calculate(bond, dealt("BUY", "2026-03-10", "2026-03-18"), calendars=None)
    assert reasons(unsaid) == [("claims_not_detected", "ex_date")]  # nothing says when it was to settle


def choice(**changes):
    options = [
        {"option_number": number, "option_type": "CASH", "is_default_option": number == "002", "gross_rate": each, "currency": "USD"}
        for number, each in (("001", "1"), ("002", "0.25"))
    ]  # fmt: skip
    return event("DVSE", mandatory_voluntary="CHOS", options=options) | changes


def test_of_a_choice_the_default_option_is_claimed_and_of_a_voluntary_event_nothing():
    late = dealt("BUY", "2026-03-13", "2026-03-17")
    assert claims(choice(), late) == CLAIM
    assert claims(choice(mandatory_voluntary="MAND"), late) == CLAIM
    assert claims(choice(mandatory_voluntary="VOLU"), late) == []
    silent = choice(options=[each | {"is_default_option": False} for each in choice()["options"]])
    assert reasons(calculate(silent, late)) == [("missing_terms", "options.is_default_option")]
    nothing = [{"option_number": "001", "option_type": "NOAC", "is_default_option": True}]
    assert claims(choice(options=nothing), late) == []


days = st.dates(min_value=date(2026, 2, 20), max_value=date(2026, 4, 20))
quantities = st.integers(1, 10_000)
sides = st.sampled_from(["BUY", "SELL"])
conditions = st.sampled_from([None, "CCPN", "XCPN", "NOMC"])


@given(days, days, quantities, st.decimals(min_value=0, max_value=100, places=4), conditions)
def test_claims_of_the_two_sides_of_one_trade_sum_to_zero(on, settled, quantity, per_unit, said):
    terms = {"settlement_date": str(settled), "trade_transaction_conditions": said}
    both = [trade(side, side, str(quantity), str(on), safekeeping_account=side, **terms) for side in ("BUY", "SELL")]
    cash = event(option={"gross_rate": str(per_unit), "currency": "USD"})
    bonus = event("BONU", BONUS | {"fraction_disposition": "CINL", "cash_in_lieu_price": "9", "currency": "USD"},
                  corporate_action_event_id="CA-2")  # fmt: skip
    found = calculate(cash, bonus, *both)["market_claims"]
    assert len(found) % 2 == 0
    for name in ("quantity", "market_claim_amount"):
        assert sum(Decimal(each[name]) for each in found if not each["quantity_ratio"]) == 0


@given(days, days, quantities, st.integers(0, 10_000), st.decimals(min_value="0.01", max_value=100, places=2), sides)
def test_entitlement_and_claim_are_what_the_account_would_have_had_had_the_trade_settled_in_time(
    on, settled, quantity, held, per_unit, side
):
    """Held: what settled_quantity says at the record date, the trade in it where it settled by then."""
    one = dealt(side, str(min(on, settled)), str(max(on, settled))) | {"quantity": str(quantity)}
    on, settled = min(on, settled), max(on, settled)
    record, sign = date(2026, 3, 16), 1 if side == "BUY" else -1
    base = held + 10_000
    at_record = base + (sign * quantity if settled <= record else 0)
    in_time = base + (sign * quantity if on < record else 0)
    if settled > date(2026, 4, 14):
        in_time = at_record
    cash = event(option={"gross_rate": str(per_unit), "currency": "USD"})
    result = calculate(account(), position(str(at_record)), cash, one)
    due = sum(Decimal(each["gross_amount"]) for each in result["entitlements"])
    claimed = sum(Decimal(each["market_claim_amount"]) for each in result["market_claims"])
    assert due + claimed == in_time * per_unit


LATE = ("2026-03-13", "2026-03-17")


def test_an_ex_date_is_derived_from_the_record_date_and_not_from_the_effective_one():
    both = event(ex_date=None, effective_date="2026-03-10")
    assert claims(both, dealt("BUY", *LATE)) == CLAIM


def test_two_default_options_are_not_chosen_between():
    doubtful = choice(options=[each | {"is_default_option": True} for each in choice()["options"]])
    assert reasons(calculate(doubtful, dealt("BUY", *LATE))) == [("missing_terms", "options.is_default_option")]


def test_a_partial_call_is_not_claimed_a_full_one_transforms_and_a_pool_factor_pays_what_is_claimed():
    price = {"option_type": "CASH", "cash_price_received": "2", "currency": "USD"}
    assert claims(event("PCAL", price | {"redeemed_percent": "10"}), dealt("BUY", *LATE)) == []
    (redeemed,) = calculate(event("REDM", price), dealt("BUY", *LATE))["transformations"]
    assert (redeemed["isin_out"], redeemed["quantity"], redeemed["cash_amount"]) == (None, "0", "200.00")
    factors = {"previous_factor": "0.8", "next_factor": "0.7"}
    paid_down = event("PRED", {"option_type": "CASH", "currency": "USD"} | factors)
    assert claims(paid_down, dealt("BUY", *LATE)) == [("MARKET_CLAIM", "100", "10.00")]


def test_shares_whose_rights_lapse_are_neither_claimed_nor_transformed():
    rights = {"intermediate_to_underlying": {"numerator": "1", "denominator": "1"}, "isin_intermediate": SAP}
    lapse = event("RHTS", {"option_type": "LAPS"} | rights)
    result = calculate(lapse, dealt("BUY", *LATE))
    assert (result["market_claims"], result["transformations"]) == ([], [])


def test_what_is_reinvested_is_claimed_in_securities_and_not_in_cash_too():
    drip = event(
        "DRIP",
        {
            "option_type": "SECU",
            "gross_rate": "0.25",
            "currency": "USD",
            "cash_price_received": "5",
            "subscription_price": "5",
        },
    )
    (claim,) = calculate(drip, dealt("BUY", *LATE))["market_claims"]
    assert (claim["quantity"], claim["market_claim_amount"]) == ("5", "0.00")


def test_further_securities_are_claimed_with_the_same_sign():
    further = {
        "isin": "JP3633400001",
        "credit_debit_indicator": "CRED",
        "ratio": {"numerator": "1", "denominator": "2"},
    }
    split_off = event("SOFF", BONUS | {"securities_movements": [further]})
    signs = {"BUY": "50", "SELL": "-50"}
    for side, quantity in signs.items():
        (claim,) = calculate(split_off, dealt(side, *LATE))["market_claims"]
        assert claim["securities_movements"] == [{"isin": "JP3633400001", "quantity": quantity}]
